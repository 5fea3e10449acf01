using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Optim.Generators.Tests;

/// <summary>One run of the generator over a user's source, against the library as users see it.</summary>
internal sealed class Run
{
    /// <summary>What the files of these tests begin with.</summary>
    private const string Usings = """
        #nullable enable
        using System.Collections.Generic;
        using System.Numerics;
        using System.Runtime.CompilerServices;
        using Optim;
        using Optim.Execution;
        using Optim.Lanes;

        """;

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Append(typeof(Rule).Assembly.Location).Distinct().Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private Run(GeneratorDriver driver, CSharpCompilation compilation)
    {
        Driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out var output, out _);
        Before = compilation;
        After = (CSharpCompilation)output;
    }

    public GeneratorDriver Driver { get; }

    public CSharpCompilation Before { get; }

    public CSharpCompilation After { get; }

    /// <summary>What the generator had to say.</summary>
    public ImmutableArray<Diagnostic> Reported => Driver.GetRunResult().Diagnostics;

    /// <summary>What the compiler has to say, generated code included, with every warning there is.</summary>
    public IEnumerable<Diagnostic> Compiled => After.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning);

    public static Run Of(string source, DocumentationMode documentation = DocumentationMode.Diagnose, bool usings = true)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest, documentation);
        var compilation = CSharpCompilation.Create(
            "Users", [CSharpSyntaxTree.ParseText((usings ? Usings : "") + source, options, "Rules.cs")], References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, warningLevel: 9999));
        return new(
            CSharpGeneratorDriver.Create(
                [new RuleGenerator().AsSourceGenerator()], parseOptions: options,
                driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true)),
            compilation);
    }

    /// <summary>The same driver over a changed compilation.</summary>
    public Run Again(Func<CSharpCompilation, CSharpCompilation> change) => new(Driver, change(Before));

    /// <summary>The one generated file of a name.</summary>
    public string File(string name) => Assert.Single(Driver.GetRunResult().Results[0].GeneratedSources, source => source.HintName == name).SourceText.ToString();

    public Assembly Load()
    {
        using var stream = new MemoryStream();
        var result = After.Emit(stream);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return Assembly.Load(stream.ToArray());
    }
}
