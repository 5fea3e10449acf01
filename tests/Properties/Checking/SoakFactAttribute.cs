using Xunit;
using Xunit.Sdk;

namespace Optim.Properties.Checking;

/// <summary>
/// A test that takes minutes, the long version of one that every run has: skipped unless OPTIM_SOAK=1, and found by
/// <c>dotnet test --filter Category=Soak</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[TraitDiscoverer("Optim.Properties.Checking.SoakDiscoverer", "Optim.Properties")]
public sealed class SoakFactAttribute : FactAttribute, ITraitAttribute
{
    public SoakFactAttribute() => Skip = Soak.Reason;
}

/// <summary>As <see cref="SoakFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
[TraitDiscoverer("Optim.Properties.Checking.SoakDiscoverer", "Optim.Properties")]
public sealed class SoakTheoryAttribute : TheoryAttribute, ITraitAttribute
{
    public SoakTheoryAttribute() => Skip = Soak.Reason;
}
