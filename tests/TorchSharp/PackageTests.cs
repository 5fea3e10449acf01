using System.Reflection;
using System.Runtime.CompilerServices;
using Optim.TorchSharp;
using Xunit;

namespace BridgeTests;

/// <summary>The package, as the compiled library has it: what it uses, and who sees inside. What the other packages use is read in tests/Properties.</summary>
public class PackageTests
{
    private static readonly Assembly Bridge = typeof(TorchOptimizer).Assembly;

    [Fact]
    public void It_uses_the_facade_and_the_core_and_of_TorchSharp_the_managed_half() =>
        Assert.Equal(
            ["Optim.CSharp", "Optim.Core", "TorchSharp"],
            Bridge.GetReferencedAssemblies().Select(name => name.Name!).Where(name => !name.StartsWith("System.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Fact]
    public void Only_tests_see_its_internals() =>
        Assert.Equal(["Optim.Torch.Tests"], Bridge.GetCustomAttributes<InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName));

    [Fact]
    public void The_libraries_below_do_not_know_it() =>
        Assert.All(
            new[] { typeof(Optim.Optimizer).Assembly, typeof(Optim.CSharp.InPlaceOptimizer).Assembly },
            below => Assert.DoesNotContain(below.GetReferencedAssemblies(), name => name.Name is "Optim.TorchSharp" or "TorchSharp"));
}
