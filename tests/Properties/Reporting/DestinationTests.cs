using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Optim.Cli;
using Optim.Reports;
using Xunit;

namespace Optim.Properties.Reporting;

/// <summary>Where reports go, for every command that has one.</summary>
public sealed class DestinationTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("optim-reports-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("curves,results", "compare", "--optimizers", "sgd,adam", "--epochs", "1")]
    [InlineData("paths,results", "landscape", "booth", "--optimizers", "sgd,adam", "--steps", "10")]
    public void A_command_writes_page_document_tables_and_curves(string tables, params string[] arguments)
    {
        string page = In("report.html");
        File.WriteAllText(page, "old");
        var (code, output, error) = Run([.. arguments, "--json", "--output", page, "--csv", In("figures"), "--tensorboard", In("runs")]);
        Assert.Equal((0, ""), (code, error));
        var document = JsonNode.Parse(output)!;
        Assert.Equal(arguments[0], (string)document["command"]!);
        Assert.StartsWith($"optim {arguments[0]} ", (string)document["provenance"]!["commandLine"]!, StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Equal(tables.Split(',').Select(name => $"{name}.csv"), Names(In("figures")));
        Assert.All(Directory.GetFiles(In("figures")), file => Assert.True(File.ReadAllLines(file).Length > 2, file));
        Assert.Equal(["Adam", "SGD"], Names(In("runs")));
        Assert.Equal(["figures", "report.html", "runs"], Names(folder.FullName));

        // Without --json the screen says where they are.
        output = Run([.. arguments, "--output", page, "--csv", In("figures"), "--tensorboard", In("runs")]).Output;
        Assert.Contains("Report: ", output, StringComparison.Ordinal);
        Assert.Contains("Figures: ", output, StringComparison.Ordinal);
        Assert.Contains("tensorboard --logdir ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensorboards_curves_are_the_documents()
    {
        var document = JsonNode.Parse(Run("compare", "--optimizers", "adam", "--epochs", "2", "--json", "--tensorboard", In("runs")).Output)!;
        byte[] file = File.ReadAllBytes(Assert.Single(Directory.GetFiles(In("runs"), "*", SearchOption.AllDirectories)));
        foreach (var point in document["results"]![0]!["curve"]!.AsArray())
        {
            Assert.True(file.AsSpan().IndexOf(BitConverter.GetBytes((float)(double)point!["trainingLoss"]!)) > 0);
            Assert.True(file.AsSpan().IndexOf(BitConverter.GetBytes((float)(double)point["testAccuracy"]!)) > 0);
        }
    }

    [Fact]
    public void A_page_needs_no_network_unless_it_is_told_to()
    {
        var (code, _, error) = Run("landscape", "booth", "--steps", "5", "--output", In("whole.html"));
        Assert.Equal((0, ""), (code, error));
        string whole = File.ReadAllText(In("whole.html"));
        Assert.DoesNotContain("<script src", whole, StringComparison.Ordinal);
        Assert.DoesNotContain("https://cdn", whole, StringComparison.Ordinal);
        Assert.Equal(0, Run("landscape", "booth", "--steps", "5", "--output", In("linked.html"), "--link-scripts").Code);
        string linked = File.ReadAllText(In("linked.html"));
        Assert.Equal(3, Regex.Count(linked, "<script src=\"https://cdn.jsdelivr.net/npm/vega(-lite|-embed)?@[0-9.]+\"></script>"));
        Assert.True(linked.Length < whole.Length / 10);
    }

    [Theory]
    [InlineData(1, "^--link-scripts needs --output: it is about the page.$", "--link-scripts")]
    [InlineData(2, "^--csv must be a folder that can be written, was '.*file': ", "--csv", "{0}/file")]
    [InlineData(2, "^--csv must be a folder that can be written, was '.*sub': ", "--csv", "{0}/file/sub")]
    [InlineData(2, "^--tensorboard must be a folder that can be written, was '.*file': ", "--tensorboard", "{0}/file")]
    [InlineData(2, "^--output must be a file that can be written, was '.*empty': ", "--output", "{0}/empty")]
    public void What_cannot_be_written_is_refused_before_the_work(int expected, string sentence, params string[] arguments)
    {
        folder.CreateSubdirectory("empty");
        File.WriteAllText(In("file"), "kept");
        var (code, output, error) = Run(["landscape", "booth", .. arguments.Select(argument => string.Format(null, argument, folder.FullName))]);
        Assert.Equal((expected, ""), (code, output));
        Assert.Matches(new Regex(sentence, RegexOptions.Singleline), error.TrimEnd());
        Assert.Equal("kept", File.ReadAllText(In("file")));
        Assert.Equal(["empty", "file"], Names(folder.FullName));
        Assert.Empty(Names(In("empty")));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static IEnumerable<string> Names(string path) => Directory.GetFileSystemEntries(path).Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal);

    private string In(string name) => Path.Combine(folder.FullName, name);
}
