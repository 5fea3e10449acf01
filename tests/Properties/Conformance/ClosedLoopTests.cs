using System.Text;
using Optim.Conformance;
using Xunit;

namespace Optim.Properties.Conformance;

/// <summary>What the replay of closed loops compares, and what it refuses to judge.</summary>
public class ClosedLoopTests
{
    // One step of SGD on Booth's function from the origin, whose gradient there is (-34, -38).
    private const string Case = """
        "name": "one", "hyperparameters": { "optimizer": "SGD", "lr": 0.5 }, "shapes": [[2]], "tensors": [[0, 0]], "steps": 1,
        "params": [[[17, 19]]], "loss": [4608], "initial_loss": 74, "recommended_abs_tolerance": 1e-10
        """;

    [Fact]
    public void Parameters_loss_and_evaluations_are_compared()
    {
        var result = Replayed(Case + """, "function_evaluations": [1]""");
        Assert.Equal(Outcome.Passed, result.Outcome);
        Assert.Equal(["function_evaluations", "loss", "params"], result.Comparison!.Compared.Order());
    }

    [Theory]
    [InlineData("[[17, 19]]", "[[17, 19.00000001]]", "params")]
    [InlineData("[4608]", "[4608.001]", "loss")]
    [InlineData("\"initial_loss\": 74", "\"initial_loss\": 75", "loss")]
    [InlineData("\"steps\"", "\"function_evaluations\": [2], \"steps\"", "function_evaluations")]
    public void Each_of_them_can_fail(string old, string changed, string worst)
    {
        var result = Replayed(Case.Replace(old, changed, StringComparison.Ordinal));
        Assert.Equal(Outcome.Failed, result.Outcome);
        Assert.Equal(worst, result.Comparison!.Worst!.Quantity);
    }

    [Theory]
    [InlineData("[4608]", "[4608, 1]", "booth", "key 'loss': must hold one entry a recorded step, 1, was 2")]
    [InlineData("\"SGD\"", "\"SGD\", \"nonsense\": 1", "booth", "the rule takes no notice of: nonsense")]
    [InlineData("\"steps\"", "\"nonsense\": 1, \"steps\"", "booth", "key 'nonsense': is not understood")]
    [InlineData("\"steps\": 1", "\"steps\": 1.5", "booth", "key 'steps': must hold whole numbers, was 1.5")]
    [InlineData("", "", "ackley", "key 'problem': the function 'ackley' is not known here")]
    [InlineData("", "", "quadratic", "key 'problem': 'data' is missing")]
    [InlineData("", "", "quadratic\", \"data_in\": \"../loop.json", "key 'problem': 'data_in' must name a file beside this one, was '../loop.json'")]
    [InlineData("", "", "logistic\", \"data_in\": \"no such file.json", "key 'problem': Could not find file")]
    [InlineData("", "", "quadratic\", \"data\": { \"A\": [[1, 0], [0]], \"c\": [0, 0] }, \"x\": \"", "the rows of 'A' must be of one length")]
    public void What_is_not_understood_fails_by_name(string old, string changed, string function, string message)
    {
        var result = Replayed(old.Length == 0 ? Case : Case.Replace(old, changed, StringComparison.Ordinal), function);
        Assert.Equal(Outcome.Failed, result.Outcome);
        Assert.Contains(message, result.Reason, StringComparison.Ordinal);
        Assert.StartsWith("loop.json, case 'one'", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_optimizer_that_is_not_here_is_skipped_by_name()
    {
        var result = Replayed(Case.Replace("SGD", "Nonesuch", StringComparison.Ordinal));
        Assert.Equal(Outcome.Skipped, result.Outcome);
        Assert.Equal("no rule for the optimizer 'Nonesuch'", result.Reason);
    }

    private static CaseResult Replayed(string body, string function = "booth") => Assert.Single(Replayer.Replay(RecordingFile.Parse(
        "loop.json",
        Encoding.UTF8.GetBytes($$"""{ "family": "loops", "kind": "closed-loop", "problem": { "function": "{{function}}" }, "cases": [{ {{body}} }] }"""),
        AppContext.BaseDirectory)));
}
