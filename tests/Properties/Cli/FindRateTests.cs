using System.Text.Json.Nodes;
using Optim.Cli;
using Xunit;

namespace Optim.Properties.Cli;

public class FindRateTests
{
    [Theory]
    [InlineData("sgd", 0.03, 0.7)]
    [InlineData("adamw", 0.003, 0.05)]
    [InlineData("sam", 0.03, 0.7)]
    public void The_suggestion_on_the_digits_trains_them(string optimizer, double least, double most)
    {
        var document = Json("--optimizer", optimizer);
        Assert.Equal("Usable", (string)document["verdict"]!);
        double rate = (double)document["suggestion"]!;
        Assert.InRange(rate, least, most);
        Assert.True((double)document["tests"]![0]!["curve"]![0]!["learningRate"]! == 1e-6);
        if (optimizer == "sam")
        {
            // A comparison gives gradients alone.
            return;
        }

        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, Program.Run(["compare", "--optimizers", optimizer, "--learning-rate", FormattableString.Invariant($"{optimizer}={rate}"), "--epochs", "20", "--json"], output, error));
        Assert.True((double)JsonNode.Parse(output.ToString())!["results"]![0]!["testAccuracy"]! > 0.93);
    }

    [Fact]
    public void The_same_seed_gives_the_same_curve()
    {
        string first = Json("--seed", "5")["tests"]!.ToJsonString();
        Assert.Equal(first, Json("--seed", "5")["tests"]!.ToJsonString());
        Assert.NotEqual(first, Json("--seed", "6")["tests"]!.ToJsonString());

        // A test of several is that of its own seed alone.
        Assert.Equal(JsonNode.Parse(first)![0]!.ToJsonString(), Json("--seed", "5", "--repeats", "1")["tests"]![0]!.ToJsonString());
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("momentum")]
    [InlineData("adamw")]
    public void Twenty_seeds_agree_within_a_factor_of_ten(string optimizer)
    {
        var document = Json("--optimizer", optimizer, "--repeats", "20");
        double[] rates = [.. document["tests"]!.AsArray().Select(test => (double)test!["suggestion"]!)];
        Assert.Equal((20, rates.Min(), rates.Max()), (rates.Length, (double)document["lowest"]!, (double)document["highest"]!));
        Assert.InRange(rates.Max() / rates.Min(), 1, 10);
        Assert.Contains((double)document["suggestion"]!, rates);
    }

    [Fact]
    public void The_screen_has_the_curve_the_readings_and_the_reason()
    {
        var (code, output, error) = Run("--optimizer", "lion");
        Assert.Equal((0, ""), (code, error));
        Assert.DoesNotContain('\u001b', output);
        foreach (string text in (string[])["Smoothed loss", "seed 5", "Falls fastest", "Suggestion for Lion: ", "the median of 5 tests, which suggest", "optim find-lr --optimizer lion --from 1E-06 --to 10 --steps 100 --repeats 5 --data digits --model small"])
        {
            Assert.Contains(text, output.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_curve_that_says_nothing_has_no_suggestion_and_exit_code_1()
    {
        var (code, output, _) = Run("--to", "1e-5");
        Assert.Equal(1, code);
        Assert.Contains("No suggestion: the loss did not fall by a tenth", output.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--optimizer must be a known name, was 'adma'", "--optimizer", "adma")]
    [InlineData("--repeats must be a whole number from 1 to 1000, was '0'.", "--repeats", "0")]
    [InlineData("--from must be a number more than 0, and finite, was '0'.", "--from", "0")]
    [InlineData("--to must be more than --from, was 1E-07, and --from 1E-06.", "--to", "1e-7")]
    [InlineData("--steps must be a whole number from 2 to 100000, was '1'.", "--steps", "1")]
    [InlineData("--seed must be a whole number", "--seed", "one")]
    [InlineData("--model must be a known name, was 'lenet'", "--model", "lenet")]
    [InlineData("--model small is for the digits", "--model", "small", "--data", "/no/such/folder")]
    [InlineData("--output must be a file that can be written, was '/no/such/folder/r.html'", "--output", "/no/such/folder/r.html")]
    public void A_wrong_option_is_refused_in_a_sentence(string sentence, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.NotEqual(0, code);
        Assert.Equal("", output);
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static JsonNode Json(params string[] arguments)
    {
        var (code, output, error) = Run([.. arguments, "--json"]);
        Assert.Equal((0, ""), (code, error));
        return JsonNode.Parse(output)!;
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = Program.Run(["find-lr", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
