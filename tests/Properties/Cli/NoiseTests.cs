using System.Text.Json.Nodes;
using MathNet.Numerics.Statistics;
using Optim.Cli;
using Optim.Cli.Compare;
using Optim.Cli.Reports;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>Comparisons over several seeds: medians, quartiles, what is noise; and what fits into 80 columns.</summary>
public class NoiseTests
{
    [Fact]
    public void Quantiles_are_those_of_MathNets_definition_R7_and_runs_that_diverged_are_last()
    {
        double[] values = [3.5, -1, 2, 8, 0.25, 4];
        foreach (double share in (double[])[0, 0.1, 0.25, 0.5, 0.75, 1])
        {
            Assert.Equal(values.QuantileCustom(share, QuantileDefinition.R7), Quantile.Of(values, share), 1e-12);
        }

        Assert.Equal(2, Quantile.Median([double.NaN, 1, 2]));
        Assert.Equal(double.PositiveInfinity, Quantile.Of([double.NaN, 1, 2], 0.75));
    }

    [Fact]
    public void Differences_by_chance_are_noise_as_often_as_the_level_says()
    {
        // R: t.test(c(0.2, 0.1, 0.4, 0.3, 0.25))$p.value
        Assert.Equal(0.0075, Noise.Probability([0.2, 0.1, 0.4, 0.3, 0.25]), 1e-3);
        var random = new MathNet.Numerics.Distributions.Normal(0, 1, new Random(1));
        int believed = Enumerable.Range(0, 4000).Count(_ => Noise.Probability([.. Enumerable.Range(0, 5).Select(_ => random.Sample())]) < Difference.Level);

        // A binomial of 4000 and 0.05 has a standard deviation of 14.
        Assert.InRange(believed, 200 - 70, 200 + 70);
    }

    [Fact]
    public void Five_seeds_have_medians_of_the_single_runs_and_say_what_is_noise()
    {
        string[] options = ["--optimizers", "sgd,adam,lion", "--epochs", "3", "--lr", "sgd=0.0001", "--json"];
        var whole = JsonNode.Parse(Run(["compare", .. options, "--seeds", "5"]).Output)!;
        double[] first = [.. JsonNode.Parse(Run(["compare", .. options, "--seed", "1"]).Output)!["results"]!.AsArray().Select(result => (double)result!["finalTrainingLoss"]!)];
        for (int i = 0; i < 3; i++)
        {
            double[] losses = [.. whole["results"]![i]!["runs"]!.AsArray().Select(run => (double)run!["finalTrainingLoss"]!)];
            Assert.Equal((5, first[i]), (losses.Length, losses[0]));
            Assert.Equal(losses.Order().ElementAt(2), (double)whole["results"]![i]!["finalTrainingLoss"]!);
        }

        var noise = whole["noise"]!.AsArray().Single(entry => (string)entry!["measure"]! == "training loss")!;
        var sgd = noise["others"]!.AsArray().Single(other => (string)other!["optimizer"]! == "sgd")!;
        Assert.False((bool)sgd["withinNoise"]!);
    }

    [Fact]
    public void A_tuned_rate_is_found_and_one_run_of_one_seed_says_that_it_is_one()
    {
        var (code, output, error) = Run("compare", "--optimizers", "sgd,adam", "--epochs", "2", "--tune", "6", "--lr", "0.00001", "--json");
        Assert.Equal((0, ""), (code, error));
        Assert.All(JsonNode.Parse(output)!["results"]!.AsArray(), result => Assert.True((double)result!["learningRate"]! > 0.00002, result.ToJsonString()));
        string screen = Run("compare", "--optimizers", "adam", "--epochs", "1").Output;
        Assert.Contains("Training loss, one run of one seed", screen, StringComparison.Ordinal);
        Assert.Contains("medians of 3 seeds", Run("compare", "--optimizers", "adam", "--epochs", "1", "--seeds", "3").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void One_learning_rate_is_everybodys()
    {
        var results = JsonNode.Parse(Run("compare", "--optimizers", "sgd,adam", "--epochs", "1", "--learning-rate", "0.01", "--json").Output)!["results"]!.AsArray();
        Assert.All(results, result => Assert.Equal(0.01, (double)result!["learningRate"]!));
        Assert.Equal([0.01, 0.5], ContestantList.Parse(["sgd,adam"], ["0.01,adam=0.5"]).Select(contestant => contestant.LearningRate));
        Assert.Throws<FormatException>(() => ContestantList.Parse(["sgd"], ["0.01,0.02"]));
    }

    [Theory]
    [InlineData("train", "--epochs", "2")]
    [InlineData("compare", "--epochs", "1", "--optimizers", "sgd,adam", "--seeds", "2")]
    [InlineData("find-lr", "-q", "--repeats", "1")]
    [InlineData("landscape", "booth", "-q", "--steps", "5")]
    [InlineData("tune", "--trials", "3", "--epochs", "1", "--repeats", "1", "--folds", "1", "-q")]
    [InlineData("train", "--help")]
    [InlineData("compare", "--help")]
    public void Nothing_is_wider_than_80_columns(params string[] arguments)
    {
        var (code, output, _) = Run(arguments);
        Assert.Equal(0, code);
        Assert.All(output.Split('\n'), line => Assert.True(line.TrimEnd().Length <= 80 || IsOneWord(line), line));

        // What cannot be broken: an example's command line, an option's name.
        static bool IsOneWord(string line) => line.TrimStart().StartsWith("optim ", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.31, 0.33)]
    [InlineData(2.1, 4.9)]
    [InlineData(5e-7, 3)]
    [InlineData(1, 1)]
    public void A_scale_always_has_two_marks_or_more(double least, double most)
    {
        var scale = LogScale.Of([least, most], 18)!;
        Assert.InRange(Enumerable.Range(0, 18).Count(row => scale.Label(row).Length > 0), 2, 18);
    }

    [Fact]
    public void The_winner_of_a_tuning_is_printed_in_both_languages()
    {
        string screen = Run("tune", "--trials", "2", "--epochs", "1", "--repeats", "1", "--folds", "1", "--optimizers", "adamw", "-q").Output.ReplaceLineEndings(" ");
        Assert.Matches(@"var rule = new AdamW \{ LearningRate = ", screen);
        Assert.Matches(@"let rule = AdamW\(LearningRate = ", screen);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
