using Xunit.Abstractions;
using Xunit.Sdk;

namespace Optim.Properties.Checking;

/// <summary>Whether tests that take minutes are run.</summary>
internal static class Soak
{
    /// <summary>Why they are not; null where they are.</summary>
    public static string? Reason { get; } = Environment.GetEnvironmentVariable("OPTIM_SOAK") == "1" ? null : "takes minutes: set OPTIM_SOAK=1";
}

/// <summary>The trait of soaks.</summary>
public sealed class SoakDiscoverer : ITraitDiscoverer
{
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute) => [new("Category", "Soak")];
}
