using System.Text.Json.Nodes;
using Optim.Cli;
using Xunit;

namespace Optim.Properties.Cli;

public class LandscapeCommandTests
{
    [Fact]
    public void Json_holds_every_point_of_every_path_and_the_figures_follow_from_them()
    {
        var (code, output, error) = Run("himmelblau", "--optimizers", "adam,sgd", "--steps", "150", "--json");
        Assert.Equal((0, ""), (code, error));
        var document = JsonNode.Parse(output)!;
        var results = document["results"]!.AsArray();
        Assert.Equal(["adam", "sgd"], results.Select(result => (string)result!["optimizer"]!));
        var landscape = Landscape.Find("himmelblau")!;
        foreach (var result in results)
        {
            double[][] points = [.. result!["points"]!.AsArray().Select(point => point!.AsArray().Select(x => (double)x!).ToArray())];
            Assert.Equal(151, points.Length);
            Assert.Equal(landscape.Start, points[0]);
            Assert.Equal(points.Select(point => landscape.Objective(TensorSet.OfArray(point)).Item1), result["values"]!.AsArray().Select(x => (double)x!));
            Assert.Equal(landscape.Distance(points[^1]), (double)result["finalDistance"]!);
            int arrived = (int)result["stepsToTolerance"]!;
            Assert.True(landscape.Distance(points[arrived - 1]) > 0.01);
            Assert.All(points.Skip(arrived), point => Assert.True(landscape.Distance(point) <= 0.01));
        }
    }

    [Fact]
    public void A_rate_that_is_given_is_used_and_the_others_are_found()
    {
        var results = JsonNode.Parse(Run("booth", "--optimizers", "sgd,momentum", "--learning-rate", "SGD=0.05", "--json").Output)!["results"]!.AsArray();
        Assert.Equal((0.05, false), ((double)results[0]!["learningRate"]!, (bool)results[0]!["learningRateFound"]!));
        double found = (double)results[1]!["learningRate"]!, best = Settled(results[1]!);
        Assert.True((bool)results[1]!["learningRateFound"]!);
        foreach (string rate in (string[])["0.0001", "0.01", "0.3"])
        {
            var other = JsonNode.Parse(Run("booth", "--optimizers", "momentum", "--learning-rate", "momentum=" + rate, "--json").Output)!["results"]![0]!;
            Assert.NotEqual(found, (double)other["learningRate"]!);
            Assert.True((bool)other["diverged"]! || Settled(other) > best);
        }

        static double Settled(JsonNode result) => result["values"]!.AsArray().Select(value => (double)value!).TakeLast(21).Max();
    }

    [Fact]
    public void What_diverged_is_said_and_has_no_final_figures()
    {
        string[] arguments = ["rosenbrock", "--optimizers", "sgd", "--learning-rate", "sgd=1"];
        Assert.Contains("diverged", Run(arguments).Output, StringComparison.Ordinal);
        var result = JsonNode.Parse(Run([.. arguments, "--json"]).Output)!["results"]![0]!;
        Assert.True((bool)result["diverged"]!);
        Assert.Null(result["finalValue"]);
        Assert.Null(result["stepsToTolerance"]);
    }

    [Fact]
    public void Rules_that_evaluate_the_objective_take_part()
    {
        var (code, output, _) = Run("rosenbrock", "--optimizers", "lbfgs,sam,random_search,sgd", "--steps", "50");
        Assert.Equal(0, code);
        Assert.Contains("L-BFGS, SAM, Random search: several function evaluations per step.", string.Join(' ', output.Split('\n')).Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        var lbfgs = JsonNode.Parse(Run("rosenbrock", "--optimizers", "lbfgs", "--steps", "50", "--json").Output)!["results"]![0]!;
        Assert.True((int)lbfgs["stepsToTolerance"]! < 10);
        Assert.DoesNotContain("evaluations", Run("booth", "--optimizers", "sgd", "--steps", "5").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_drawing_shows_start_minima_and_paths_without_escape_sequences()
    {
        string output = Run("himmelblau").Output;
        Assert.DoesNotContain('\u001b', output);
        string[] drawing = output.Split('\n')[..24];
        Assert.Equal(4, drawing.Sum(line => line.Count(c => c == 'M')));
        Assert.Equal(1, drawing.Sum(line => line.Count(c => c == 'S')));
        Assert.All("ox+*", mark => Assert.Contains(drawing, line => line.Contains(mark, StringComparison.Ordinal)));
        Assert.Contains("o SGD  x Momentum  + Adam  * Lion", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_names_every_landscape()
    {
        Assert.Equal(Landscape.All.Select(landscape => landscape.Name), Run("--list").Output.TrimEnd().Split('\n').Select(line => line.Split(' ')[0]));
        Assert.Equal(
            Landscape.All.Select(landscape => landscape.Name),
            JsonNode.Parse(Run("--list", "--json").Output)!["landscapes"]!.AsArray().Select(landscape => (string)landscape!["name"]!));
    }

    [Fact]
    public void Every_landscape_is_drawn_and_some_optimizer_ends_below_its_start() => Assert.All(Landscape.All, landscape =>
    {
        var (code, output, _) = Run(landscape.Name, "--optimizers", "adam,momentum", "--steps", "100", "--json");
        Assert.Equal(0, code);
        Assert.Contains(JsonNode.Parse(output)!["results"]!.AsArray(), result => !(bool)result!["diverged"]!);
        Assert.Equal(0, Run(landscape.Name, "--optimizers", "adam", "--steps", "10").Code);
    });

    [Fact]
    public void The_page_holds_contours_and_paths_with_a_slider_and_curves()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".html");
        try
        {
            Assert.Equal(0, Run("rosenbrock", "--optimizers", "sgd,adam", "--steps", "1000", "--output", path).Code);
            string page = File.ReadAllText(path);
            var charts = PageText.Specifications(page);
            Assert.Equal(["https://vega.github.io/schema/vega/v6.json", "https://vega.github.io/schema/vega-lite/v6.json"], charts.Select(chart => (string)chart["$schema"]!));
            var data = charts[0]["data"]!.AsArray().ToDictionary(set => (string)set!["name"]!, set => set!["values"]?.AsArray());
            Assert.Equal(120 * 80, data["grid"]![0]!["values"]!.AsArray().Count);

            // Every third of a thousand steps.
            Assert.Equal(2 * 334, Assert.Single(PageText.Tables(page))["rows"]!.AsArray().Count);
            Assert.Equal(3, (int)charts[0]["signals"]!.AsArray().Single(signal => (string)signal!["name"]! == "step")!["bind"]!["step"]!);
            Assert.Contains("optim landscape rosenbrock --optimizers sgd,adam --steps 1000 --tolerance 0.01", page, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("Name a landscape: optim landscape himmelblau. Known: sphere, ")]
    [InlineData("The landscape must be a known one, was 'alps'; the nearest are 'ackley', 'beale', 'easom'. Known: sphere, ", "alps")]
    [InlineData("--optimizers must hold known names, was 'lbfgz'", "booth", "--optimizers", "lbfgz")]
    [InlineData("--optimizers must hold at most 7 names, held ", "booth", "--optimizers", "all")]
    [InlineData("--steps must be a whole number from 1 to 10000, was '0'.", "booth", "--steps", "0")]
    [InlineData("--tolerance must be a number more than 0, and finite, was 'near'.", "booth", "--tolerance", "near")]
    [InlineData("--output must be a file that can be written, was '/no/such/folder/r.html'", "booth", "--output", "/no/such/folder/r.html")]
    public void A_wrong_option_is_refused_in_a_sentence(string sentence, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.NotEqual(0, code);
        Assert.Equal("", output);
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = Program.Run(["landscape", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
