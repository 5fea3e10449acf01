using Xunit;

namespace Optim.Properties.Checking;

/// <summary>The rows of the registry, for theories.</summary>
internal static class RuleNames
{
    /// <summary>Every rule, for what needs no step.</summary>
    public static TheoryData<string> Every => Named(_ => true);

    /// <summary>The rules that a gradient is enough for.</summary>
    public static TheoryData<string> All => Named(entry => entry.GradientIsEnough);

    public static TheoryData<string> Presets => Named(entry => entry.GradientIsEnough && entry.IsPreset);

    public static TheoryData<string> Elementwise => Named(entry => entry.GradientIsEnough && entry.IsElementwise);

    public static TheoryData<string> PerTensor => Named(entry => entry.GradientIsEnough && entry.IsPerTensor);

    /// <summary>The rules that evaluate the objective themselves; ClosureLawTests hold them to the same laws.</summary>
    public static TheoryData<string> WithObjective => Named(entry => entry.NeedsObjective);

    /// <summary>The rules that a gradient is not enough for, nor an objective asked for: the suite of laws gives them what they need.</summary>
    public static TheoryData<string> WithMore => Named(entry => entry.NeedsLoss || entry.NeedsHessianDiagonal);

    /// <summary>The entries that <see cref="All"/> names.</summary>
    public static IReadOnlyList<RuleEntry> OfGradient => AnyRule.OfGradient;

    private static TheoryData<string> Named(Func<RuleEntry, bool> which) => [.. RuleRegistry.All.Where(which).Select(entry => entry.Name)];
}
