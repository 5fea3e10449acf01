using System.Linq;
using System.Security;
using Microsoft.CodeAnalysis.Text;

namespace Optim.Generators;

/// <summary>A rule's generated part: setters that check, values at a step, copies, and the row of the registry.</summary>
internal static class RuleWriter
{
    public static SourceText Write(RuleModel rule)
    {
        var code = new Code();
        return code.Within(rule.Type, () =>
        {
            Documentation(code, rule.Documentation);
            code.Block($"{rule.Type.Keyword} {rule.Type.Name}", () =>
            {
                Constructors(code, rule);
                Checks(code, rule);
                Values(code, rule);
                Copies(code, rule);
                Row(code, rule);
            });
        }).ToSource();
    }

    /// <summary>The compiler joins the documentation of a type's parts, and editors show no tags of our own: here they stand in remarks.</summary>
    private static void Documentation(Code code, DocComment documentation)
    {
        var parts = new[] { ("Paper", documentation.Paper), ("Definition", documentation.Definition), ("Others", documentation.Differs) }
            .Where(part => part.Item2.Length > 0).ToList();
        if (documentation.Formula.Length == 0 && parts.Count == 0)
        {
            return;
        }

        code.Line("/// <remarks>");
        if (documentation.Formula.Length > 0)
        {
            var lines = documentation.Formula.Split('\n').Select(line => SecurityElement.Escape(line)!).ToList();
            for (int i = 0; i < lines.Count; i++)
            {
                code.Line($"/// {(i == 0 ? "<code>" : "")}{lines[i]}{(i == lines.Count - 1 ? "</code>" : "")}");
            }
        }

        foreach (var (title, text) in parts)
        {
            code.Line($"/// <para>{title}: {SecurityElement.Escape(text)}</para>");
        }

        code.Line("/// </remarks>");
    }

    private static void Constructors(Code code, RuleModel rule)
    {
        foreach (var construction in rule.Constructions)
        {
            if (!construction.IsDeclared)
            {
                code.Line("/// <summary>The rule with its defaults.</summary>").Line(Code.Generated);
                code.Block($"public {rule.Type.Name}()", () => { }).Line();
            }

            code.Line("/// <summary>The same constructor again, for the compiler of F#: see <see cref=\"global::Optim.NoValue\"/>.</summary>").Line("/// <exclude/>");
            code.Line(Code.Generated).Line("[global::System.ComponentModel.EditorBrowsable(global::System.ComponentModel.EditorBrowsableState.Never)]");
            code.Line("#pragma warning disable RS0026, RS0027 // Nobody gives the parameter.");
            string separator = construction.Parameters.Length > 0 ? ", " : "";
            code.Line($"public {rule.Type.Name}({construction.Parameters}{separator}global::Optim.NoValue? unused = null)");
            code.Block($"    : this({construction.Arguments})", () => { }).Line("#pragma warning restore RS0026, RS0027").Line();
        }
    }

    private static void Checks(Code code, RuleModel rule)
    {
        foreach (var property in rule.Checked)
        {
            code.Line(Code.Generated);
            code.Line($"{property.Modifiers} {property.Type} {property.Name} {{ get; init => field = {property.Check}; }}").Line();
        }
    }

    private static void Values(Code code, RuleModel rule)
    {
        var schedules = rule.Checked.Where(property => property.At is not null).ToList();
        if (schedules.Count == 0)
        {
            return;
        }

        code.Line("/// <summary>The hyperparameters at a step, all of them checked, in use or not.</summary>").Line(Code.Generated);
        code.Block($"private readonly struct Values({rule.Type.Name} rule, long clock)", () =>
        {
            foreach (var property in schedules)
            {
                code.Line($"public double {property.Name} {{ get; }} = global::Optim.Constraint.{property.At}.At(rule.{property.Name}, clock, {Code.Quoted(property.Name)});");
            }
        }).Line();
        code.Line("/// <summary>The hyperparameters after some number of steps.</summary>").Line(Code.Generated);
        code.Line("private Values At(long clock) => new(this, clock);").Line();
        code.Line("/// <summary>The hyperparameters at the plan's step.</summary>").Line(Code.Generated);
        code.Line("private Values At<T>(global::Optim.Execution.Plan<T> plan)");
        code.Line("    where T : unmanaged, global::System.Numerics.IFloatingPointIeee754<T> =>");
        code.Line("    plan is null ? throw new global::System.ArgumentNullException(nameof(plan)) : new(this, plan.Clock);").Line();
    }

    private static void Copies(Code code, RuleModel rule)
    {
        foreach (var property in rule.Copied)
        {
            code.Line($"/// <summary>A copy with another <see cref=\"{property.Reference}\"/>.</summary>");
            code.Line("/// <param name=\"value\">The value.</param>");
            code.Line(Code.Generated);
            code.Line($"public {rule.Type.Name} With{property.Name}({property.Type} value) => this with {{ {property.Name} = value }};").Line();
            if (property.Type.TrimEnd('?') == "global::Optim.Schedule")
            {
                code.Line($"/// <summary>A copy with another <see cref=\"{property.Reference}\"/>, a number.</summary>");
                code.Line("/// <param name=\"value\">The number.</param>");
                code.Line(Code.Generated);
                code.Line($"public {rule.Type.Name} With{property.Name}(double value) => this with {{ {property.Name} = value }};").Line();
            }
        }
    }

    private static void Row(Code code, RuleModel rule)
    {
        if (rule.Registration is not { } row)
        {
            return;
        }

        string name = rule.Type.Name;
        string rate = row.StartingRate is null ? "" : $", {row.StartingRate}, " + (row.AtRate ? "AtRate" : $"rate => new {name} {{ LearningRate = rate }}");
        var documentation = rule.Documentation;
        code.Line(Code.Generated);
        code.Block(
            $"internal static RuleEntry Entry {{ get; }} = new({Code.Quoted(row.Name)}, {Code.Quoted(row.Title)}, {Code.Quoted(documentation.Summary)}, () => new {name}(){rate})",
            () =>
            {
                foreach (string fact in row.Facts)
                {
                    code.Line(fact);
                }

                code.Line($"Formula = {Code.Quoted(documentation.Formula)},");
                code.Line($"Paper = {Code.Quoted(documentation.Paper)},");
                code.Line($"Definition = {Code.Quoted(documentation.Definition)},");
                code.Line($"Disagreements = {Code.Quoted(documentation.Differs)},");
            },
            "};");
    }
}
