using System.Globalization;
using System.Linq;
using Microsoft.CodeAnalysis.Text;

namespace Optim.Generators;

/// <summary>A formula's generated part: the interface that sweeps call, around the author's arithmetic.</summary>
internal static class FormulaWriter
{
    public static SourceText Write(FormulaModel formula)
    {
        var code = new Code();
        return code.Within(formula.Type, () =>
        {
            Implementation(code, formula);
            code.Line();
            Declarations(code, formula);
        }).ToSource();
    }

    /// <summary>Every slot is read before the first is written: all streams of a sweep lie at the same place in their pages, and the processor takes a load for dependent on a store before it there.</summary>
    private static void Implementation(Code code, FormulaModel formula)
    {
        string element = formula.Element;
        code.Block($"{formula.Type.Keyword} {formula.Type.Name}<{element}> : global::Optim.Execution.IFormula<{element}>", () =>
        {
            code.Line("/// <inheritdoc/>").Line(Code.Generated);
            code.Line($"public static int SlotCount => {formula.Slots.Count.ToString(CultureInfo.InvariantCulture)};").Line();
            code.Line("/// <inheritdoc/>").Line(Code.Generated);
            code.Line("[global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]");
            code.Line("public L Apply<L, S>(L update, L parameter, S slots)");
            code.Line($"    where L : struct, global::Optim.Lanes.ILane<L, {element}>");
            code.Block("    where S : struct, global::Optim.Lanes.ISlots<L>", () =>
            {
                for (int i = 0; i < formula.Slots.Count; i++)
                {
                    code.Line(formula.Slots[i].IsRead ? $"L slot{Number(i)} = slots.Read({Number(i)});" : $"L slot{Number(i)};");
                }

                string arguments = (formula.TakesParameter ? ", parameter" : "")
                    + string.Concat(formula.Slots.Select((slot, i) => $", {(slot.IsRead ? "ref" : "out")} slot{Number(i)}"));
                code.Line($"L outgoing = Apply<L>(update{arguments});");
                for (int i = 0; i < formula.Slots.Count; i++)
                {
                    code.Line($"slots.Write({Number(i)}, slot{Number(i)});");
                }

                code.Line("return outgoing;");
            });
        });
    }

    private static void Declarations(Code code, FormulaModel formula)
    {
        string name = formula.Type.Name;
        string slots = string.Join(", ", formula.Slots.Select(slot => $"new({Code.Quoted(slot.Name)})"));
        code.Line($"/// <summary>What <see cref=\"{name}{{{formula.Element}}}\"/> keeps.</summary>").Line(Code.Generated);
        code.Block($"{formula.Type.Accessibility} static class {name}", () =>
        {
            code.Line("/// <summary>The slots, in the formula's order.</summary>");
            code.Line($"public static global::System.Collections.Generic.IReadOnlyList<global::Optim.SlotDeclaration> Slots {{ get; }} = [{slots}];");
        });
    }

    private static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);
}
