using Xunit;
using Xunit.Sdk;

namespace Optim.Distributed.Tests;

/// <summary>A test that starts processes by MPICH's mpiexec: skipped with the reason where it is absent, unless OPTIM_REQUIRE_MPI=true, where it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MpiFactAttribute : FactAttribute
{
    public MpiFactAttribute() => Skip = MpiJob.Absence;
}

/// <summary>The same, minutes long: skipped unless OPTIM_SOAK=1 too.</summary>
[AttributeUsage(AttributeTargets.Method)]
[TraitDiscoverer("Optim.Distributed.Tests.SoakDiscoverer", "Optim.Distributed.Tests")]
public sealed class MpiSoakFactAttribute : FactAttribute, ITraitAttribute
{
    public MpiSoakFactAttribute() => Skip = Environment.GetEnvironmentVariable("OPTIM_SOAK") == "1" ? MpiJob.Absence : "takes minutes; OPTIM_SOAK=1 runs it";
}

/// <summary>The trait of tests that take minutes.</summary>
public sealed class SoakDiscoverer : ITraitDiscoverer
{
    public IEnumerable<KeyValuePair<string, string>> GetTraits(Xunit.Abstractions.IAttributeInfo traitAttribute) => [new("Category", "Soak")];
}
