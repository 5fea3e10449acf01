using Mono.Cecil;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>Whoever uses one of our assemblies sees what we see of it, and dependencies point one way: read from the compiled assemblies of every project under src/.</summary>
public class AssemblyTests
{
    /// <summary>From the lowest to the highest: each uses those before its own row, none of its own.</summary>
    private static readonly string[][] Layers =
    [
        ["Optim.Core"],
        ["Optim.CSharp", "Optim.Networks", "Optim.Laws", "Optim.Conformance"],
        ["Optim.Tuning"],
        ["Optim.Distributed", "Optim.Reports"],
        ["optim"],
    ];

    /// <summary>It is loaded by the compiler alone, and nothing of ours uses it.</summary>
    private const string Generators = "Optim.Generators";

    /// <summary>It is not in the solution, as what it depends on is large; tests/TorchSharp reads it in its place.</summary>
    private const string Bridge = "Optim.TorchSharp";

    private static readonly string[] Shipped = [.. Projects("src").Where(name => name != Bridge).Order(StringComparer.Ordinal)], Tests = [.. Projects("tests")];

    public static TheoryData<string> All => [.. Shipped];

    [Fact]
    public void Every_project_has_its_layer() =>
        Assert.Equal(Shipped, Layers.SelectMany(layer => layer).Append(Generators).Order(StringComparer.Ordinal));

    [Fact]
    public void Nothing_in_the_solution_uses_the_bridge() => Assert.All(Shipped.Where(name => name != Generators), name =>
    {
        using var assembly = Read(name);
        Assert.DoesNotContain(assembly.MainModule.AssemblyReferences, reference => reference.Name is Bridge or "TorchSharp");
    });

    [Theory]
    [MemberData(nameof(All))]
    public void Only_tests_see_internals(string name)
    {
        using var assembly = Read(name);
        string[] friends = [.. assembly.CustomAttributes.Where(attribute => attribute.AttributeType.Name == "InternalsVisibleToAttribute")
            .Select(attribute => ((string)attribute.ConstructorArguments[0].Value).Split(',')[0])];
        Assert.True(friends.All(Tests.Contains), $"{name} lets {string.Join(", ", friends.Except(Tests))} see its internals.");
        Assert.DoesNotContain(assembly.CustomAttributes, attribute => attribute.AttributeType.Name == "IgnoresAccessChecksToAttribute");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Each_uses_those_of_lower_layers_alone(string name)
    {
        using var assembly = Read(name);
        string[] used = [.. assembly.MainModule.AssemblyReferences.Select(reference => reference.Name).Where(reference => Shipped.Contains(reference) || Tests.Contains(reference))];
        string[] lower = [.. Layers.TakeWhile(layer => !layer.Contains(name)).SelectMany(layer => layer)];
        Assert.True(used.All(name == Generators ? _ => false : lower.Contains), $"{name} uses {string.Join(", ", used.Except(lower))}.");
    }

    [Fact]
    public void The_command_trains_by_the_facade_and_that_by_the_core()
    {
        using AssemblyDefinition command = Read("optim"), facade = Read("Optim.CSharp");
        Assert.Contains("Optim.CSharp", command.MainModule.AssemblyReferences.Select(reference => reference.Name));
        Assert.Contains("Optim.Core", facade.MainModule.AssemblyReferences.Select(reference => reference.Name));
    }

    /// <summary>The assemblies of the projects in a folder of the repository.</summary>
    private static IEnumerable<string> Projects(string folder) =>
        from project in Directory.EnumerateDirectories(Path.Combine(Repository.Root, folder)).SelectMany(project => Directory.EnumerateFiles(project, "*.??proj"))
        let named = System.Xml.Linq.XDocument.Load(project).Descendants("AssemblyName").FirstOrDefault()
        select named?.Value ?? Path.GetFileNameWithoutExtension(project);

    private static AssemblyDefinition Read(string name)
    {
        string beside = Path.Combine(AppContext.BaseDirectory, name + ".dll");
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return AssemblyDefinition.ReadAssembly(
            name == Generators ? Path.Combine(Repository.Root, "src", name, "bin", configuration, "netstandard2.0", name + ".dll") : beside);
    }
}
