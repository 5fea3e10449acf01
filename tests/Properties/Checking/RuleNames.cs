using Xunit;

namespace Optim.Properties.Checking;

/// <summary>The rows of the registry, for theories.</summary>
internal static class RuleNames
{
    public static TheoryData<string> All => [.. RuleRegistry.All.Select(entry => entry.Name)];

    public static TheoryData<string> Presets => [.. RuleRegistry.All.Where(entry => entry.IsPreset).Select(entry => entry.Name)];

    public static TheoryData<string> Elementwise => [.. RuleRegistry.All.Where(entry => entry.IsElementwise).Select(entry => entry.Name)];
}
