using Optim.Properties.Checking;
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
[TraitDiscoverer("Optim.Properties.Checking.SoakDiscoverer", "Optim.Distributed.Tests")]
public sealed class MpiSoakFactAttribute : FactAttribute, ITraitAttribute
{
    public MpiSoakFactAttribute() => Skip = Soak.Reason ?? MpiJob.Absence;
}

/// <summary>A test that starts PostgreSQL: skipped with the reason where it is absent, unless OPTIM_REQUIRE_POSTGRES=true, where it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresServer.Absence;
}

/// <summary>The same, minutes long.</summary>
[AttributeUsage(AttributeTargets.Method)]
[TraitDiscoverer("Optim.Properties.Checking.SoakDiscoverer", "Optim.Distributed.Tests")]
public sealed class PostgresSoakFactAttribute : FactAttribute, ITraitAttribute
{
    public PostgresSoakFactAttribute() => Skip = Soak.Reason ?? PostgresServer.Absence;
}
