using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Xunit;

namespace Optim.Generators.Tests;

/// <summary>A mistake in a declaration is named where it was made.</summary>
public class DiagnosticTests
{
    private const string Prepare = "public override void Prepare<T>(Plan<T> plan) { }";

    [Theory]
    [InlineData("OPTIM001", "Wrong", "'Wrong' must be declared 'partial'", "[Rule] public sealed record Wrong : Rule { " + Prepare + " }")]
    [InlineData("OPTIM001", "Wrong", "and so must the types around it", "public class Outer { [Rule] public sealed partial record Wrong : Rule { " + Prepare + " } }")]
    [InlineData("OPTIM002", "Wrong", "'Wrong' must derive from Optim.Rule", "[Rule] public sealed partial record Wrong;")]
    [InlineData("OPTIM003", "Rate", "'Rate' accepts every value, NaN included", "[Rule] public sealed partial record Wrong : Rule { public Schedule Rate { get; init; } = 1; " + Prepare + " }")]
    [InlineData("OPTIM003", "Rate", "'Rate' accepts every value", "[Rule] public sealed partial record Wrong : Rule { public partial double Rate { get; init; } " + Prepare + " }")]
    [InlineData("OPTIM003", "Count", "'Count' accepts every value", "[Rule] public sealed partial record Wrong : Rule { public int Count { get; init; } " + Prepare + " }")]
    [InlineData("OPTIM004", "Rate", "must be declared as 'public partial Schedule Rate { get; init; }'", "[Rule] public sealed partial record Wrong : Rule { [Range(Bounds.Positive)] public Schedule Rate { get; init; } = 1; " + Prepare + " }")]
    [InlineData("OPTIM005", "Rate", "'Rate' is of type 'Optim.Schedule'", "[Rule] public sealed partial record Wrong : Rule { [AtLeast(1)] public partial Schedule Rate { get; init; } = 1; " + Prepare + " }")]
    [InlineData("OPTIM005", "Count", "'Count' is of type 'int'", "[Rule] public sealed partial record Wrong : Rule { [Range(Bounds.Positive)] public partial int Count { get; init; } = 1; " + Prepare + " }")]
    [InlineData("OPTIM006", "Count", "has both", "[Rule] public sealed partial record Wrong : Rule { [AtLeast(1), Range(Bounds.Positive)] public partial int Count { get; init; } = 1; " + Prepare + " }")]
    [InlineData("OPTIM007", "1.5", "The default of 'Beta' must be in [0, 1), was 1.5", "[Rule] public sealed partial record Wrong : Rule { [Range(Bounds.UnitInterval)] public partial Schedule Beta { get; init; } = 1.5; " + Prepare + " }")]
    [InlineData("OPTIM007", "-1", "must be 0 or more, and finite, was -1", "[Rule] public sealed partial record Wrong : Rule { [Range(Bounds.NonNegative)] public partial Schedule Rate { get; init; } = -1; " + Prepare + " }")]
    [InlineData("OPTIM007", "double.NaN", "was NaN", "[Rule] public sealed partial record Wrong : Rule { [Range(Bounds.Finite)] public partial double Rate { get; init; } = double.NaN; " + Prepare + " }")]
    [InlineData("OPTIM007", "Limit", "must be more than 0, and finite, was 0", "[Rule] public sealed partial record Wrong : Rule { [Range(Bounds.Positive)] public partial double Limit { get; init; } " + Prepare + " }")]
    [InlineData("OPTIM007", "0", "must be a whole number of 1 or more, was 0", "[Rule] public sealed partial record Wrong : Rule { [AtLeast(1)] public partial int Count { get; init; } = 0; " + Prepare + " }")]
    [InlineData("OPTIM008", "Rate", "'Rate' needs a default", "[Rule] public sealed partial record Wrong : Rule { [Range(Bounds.Positive)] public partial Schedule Rate { get; init; } " + Prepare + " }")]
    [InlineData("OPTIM010", "Wrong", "has <formula> more than once", "/// <formula>a</formula>\n/// <formula>b</formula>\n[Rule] public sealed partial record Wrong : Rule { " + Prepare + " }")]
    [InlineData("OPTIM011", "Wrong", "cannot be read", "/// <formula>a < b</formula>\n[Rule] public sealed partial record Wrong : Rule { " + Prepare + " }")]
    [InlineData("OPTIM021", "Wrong", "must be a 'readonly partial struct Wrong<T>'", "[Formula] public partial struct Wrong<T> where T : unmanaged, IFloatingPointIeee754<T> { [MethodImpl(MethodImplOptions.AggressiveInlining)] private L Apply<L>(L g) where L : struct, ILane<L, T> => g; }")]
    [InlineData("OPTIM021", "Wrong", "must be a 'readonly partial struct Wrong<T>'", "[Formula] public readonly partial struct Wrong { [MethodImpl(MethodImplOptions.AggressiveInlining)] private L Apply<L>(L g) where L : struct, ILane<L, float> => g; }")]
    [InlineData("OPTIM022", "Wrong", "has none", "[Formula] public readonly partial struct Wrong<T> where T : unmanaged, IFloatingPointIeee754<T>;")]
    [InlineData("OPTIM022", "Wrong", "returns something else", "[Formula] public readonly partial struct Wrong<T> where T : unmanaged, IFloatingPointIeee754<T> { private void Apply<L>(L g) where L : struct, ILane<L, T> { } }")]
    [InlineData("OPTIM022", "Wrong", "has 2", "[Formula] public readonly partial struct Wrong<T> where T : unmanaged, IFloatingPointIeee754<T> { private L Apply<L>(L g) where L : struct, ILane<L, T> => g; private L Apply<L>(L g, L p) where L : struct, ILane<L, T> => g; }")]
    [InlineData("OPTIM023", "rate", "'rate' of 'Wrong.Apply' must be a lane, 'L'", "[Formula] public readonly partial struct Wrong<T> where T : unmanaged, IFloatingPointIeee754<T> { [MethodImpl(MethodImplOptions.AggressiveInlining)] private L Apply<L>(L g, double rate) where L : struct, ILane<L, T> => g; }")]
    [InlineData("OPTIM023", "third", "must be a slot, by 'ref'", "[Formula] public readonly partial struct Wrong<T> where T : unmanaged, IFloatingPointIeee754<T> { [MethodImpl(MethodImplOptions.AggressiveInlining)] private L Apply<L>(L g, L p, L third) where L : struct, ILane<L, T> => g; }")]
    [InlineData("OPTIM023", "m", "must be the update, by value", "[Formula] public readonly partial struct Wrong<T> where T : unmanaged, IFloatingPointIeee754<T> { [MethodImpl(MethodImplOptions.AggressiveInlining)] private L Apply<L>(ref L m) where L : struct, ILane<L, T> => m; }")]
    [InlineData("OPTIM024", "M", "the slots 'm' and 'M'", "[Formula] public readonly partial struct Wrong<T> where T : unmanaged, IFloatingPointIeee754<T> { [MethodImpl(MethodImplOptions.AggressiveInlining)] private L Apply<L>(L g, ref L m, ref L M) where L : struct, ILane<L, T> => g; }")]
    [InlineData("OPTIM025", "Apply", "needs [MethodImpl(MethodImplOptions.AggressiveInlining)]", "[Formula] public readonly partial struct Wrong<T> where T : unmanaged, IFloatingPointIeee754<T> { private L Apply<L>(L g, ref L m) where L : struct, ILane<L, T> => g; }")]
    public void A_mistake_is_named_at_its_place(string id, string place, string message, string source)
    {
        var run = Run.Of(source);
        var diagnostic = Assert.Single(run.Reported);
        Assert.Equal(id, diagnostic.Id);
        Assert.Contains(message, diagnostic.GetMessage(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var text = run.Before.SyntaxTrees[0].ToString();
        Assert.Equal(place, text.Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length));
        Assert.Equal("Rules.cs", diagnostic.Location.GetLineSpan().Path);
    }

    [Theory]
    [InlineData("/// <summary>s</summary><paper>p</paper><definition>d</definition>", "formula", "StartingRate = 1")]
    [InlineData("/// <summary>s</summary><formula>f</formula><definition>d</definition>", "paper", "StartingRate = 1")]
    [InlineData("/// <summary>s</summary><formula>f</formula><paper>p</paper>", "definition", "StartingRate = 1")]
    [InlineData("/// <formula>f</formula><paper>p</paper><definition>d</definition>", "summary", "StartingRate = 1")]
    public void A_rule_of_the_library_says_whose_it_is(string documentation, string missing, string arguments)
    {
        var diagnostic = Assert.Single(Registered(documentation, arguments, "public double LearningRate { get; init => field = value; }"));
        Assert.Equal(("OPTIM009", true), (diagnostic.Id, diagnostic.GetMessage(CultureInfo.InvariantCulture).Contains($"<{missing}>", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_optimizer_of_the_library_can_be_made_at_a_rate()
    {
        const string Documentation = "/// <summary>s</summary><formula>f</formula><paper>p</paper><definition>d</definition>";
        Assert.Equal("OPTIM012", Assert.Single(Registered(Documentation, "StartingRate = 1", "")).Id);
        Assert.Empty(Registered(Documentation, "IsElementwise = false", ""));
        Assert.Empty(Registered(Documentation, "StartingRate = 1", "private static Wrong AtRate(Schedule rate) => new();"));
    }

    [Fact]
    public void Every_diagnostic_is_tested_and_listed()
    {
        var known = typeof(Diagnostics).GetFields().Select(field => (DiagnosticDescriptor)field.GetValue(null)!).Select(descriptor => descriptor.Id).Order().ToList();
        var tested = typeof(DiagnosticTests).GetMethod(nameof(A_mistake_is_named_at_its_place))!.GetCustomAttributesData()
            .Where(data => data.AttributeType == typeof(InlineDataAttribute))
            .Select(data => (string)((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)data.ConstructorArguments[0].Value!)[0].Value!)
            .Concat(["OPTIM009", "OPTIM012"]).Distinct().Order();
        Assert.Equal(known, tested);
        Assert.Equal(known.Count, known.Distinct().Count());
    }

    /// <summary>The attribute is the library's own; here stands one of the same name.</summary>
    private static ImmutableArray<Diagnostic> Registered(string documentation, string arguments, string member) => Run.Of($$"""
        namespace Optim
        {
            [System.AttributeUsage(System.AttributeTargets.Class)]
            internal sealed class RegisteredRuleAttribute(string name, string title) : System.Attribute
            {
                public string Name => name;
                public string Title => title;
                public double StartingRate { get; set; }
                public bool IsElementwise { get; set; }
            }

            {{documentation}}
            [RegisteredRule("wrong", "Wrong", {{arguments}})]
            public sealed partial record Wrong : Rule { {{member}} {{Prepare}} }
        }
        """).Reported;
}
