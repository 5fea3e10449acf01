using Optim.Properties.Checking;
using Xunit;
using Xunit.Sdk;

namespace Optim.Distributed.Tests;

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
