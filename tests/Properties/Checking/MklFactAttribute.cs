using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Optim.Properties.Checking;

/// <summary>
/// A test that needs Intel MKL: skipped with the reason where it is absent, unless OPTIM_REQUIRE_MKL=true, where it fails; found by
/// <c>dotnet test --filter Category=Mkl</c>. A test that passes without MKL and does something else with it has that trait too.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[TraitDiscoverer("Optim.Properties.Checking.MklDiscoverer", "Optim.Properties")]
public sealed class MklFactAttribute : FactAttribute, ITraitAttribute
{
    public MklFactAttribute() => Skip = MklTests.Reason;
}

/// <summary>As <see cref="MklFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
[TraitDiscoverer("Optim.Properties.Checking.MklDiscoverer", "Optim.Properties")]
public sealed class MklTheoryAttribute : TheoryAttribute, ITraitAttribute
{
    public MklTheoryAttribute() => Skip = MklTests.Reason;
}

/// <summary>Whether tests of Intel MKL are run.</summary>
internal static class MklTests
{
    /// <summary>Why they are not; null where they are.</summary>
    public static string? Reason { get; } = Environment.GetEnvironmentVariable("OPTIM_REQUIRE_MKL") == "true" ? null : Acceleration.Mkl is { IsAvailable: false } mkl ? mkl.Reason : null;
}

/// <summary>The trait of tests of Intel MKL.</summary>
public sealed class MklDiscoverer : ITraitDiscoverer
{
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute) => [new("Category", "Mkl")];
}
