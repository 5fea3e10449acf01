using Optim.Tuning;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Tuning;

public class ParameterImportanceTests(ITestOutputHelper output)
{
    private static readonly SearchSpace Space = SearchSpace.Of(
        SearchParameter.Categorical("optimizer", "adam", "sgd"), SearchParameter.LogUniform("rate", 1e-6, 1), SearchParameter.Uniform("nothing", 0, 1),
        SearchParameter.Categorical("neither", "a", "b", "c"), SearchParameter.Uniform("momentum", 0, 1).When("optimizer", "sgd"));

    [Fact]
    public void What_decides_is_the_most_important_what_does_nothing_has_no_importance_and_all_sum_to_1()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            var shares = Shares(seed, a => Square(Math.Log10(a.Number("rate")) + 3) + (a.Choice("optimizer") == "sgd" ? 1 : 0));
            output.WriteLine(string.Join(", ", shares.Select(share => FormattableString.Invariant($"{share.Key} {share.Value:F3}"))));
            Assert.Equal(1, shares.Values.Sum(), 1e-12);
            Assert.Equal("rate", shares.MaxBy(share => share.Value).Key);
            Assert.All((string[])["nothing", "neither", "momentum"], name => Assert.InRange(shares[name], 0, 0.1));
        }
    }

    [Fact]
    public void A_parameter_of_some_trials_is_judged_by_these()
    {
        var shares = Shares(1, a => a.Find("momentum") is { } momentum ? Square(momentum.Number - 0.9) : 0.2);
        Assert.Equal("momentum", shares.MaxBy(share => share.Value).Key);
        Assert.InRange(shares["rate"] + shares["nothing"], 0, 0.1);
    }

    [Fact]
    public void A_loss_in_other_units_changes_nothing_and_one_that_diverged_is_no_more_than_the_last()
    {
        var plain = Shares(2, a => Math.Log10(a.Number("rate")));
        Assert.Equal(plain, Shares(2, a => Math.Exp(50 * Math.Log10(a.Number("rate")))));
    }

    [Fact]
    public void Where_nothing_is_explained_all_are_0()
    {
        Assert.All(Shares(3, _ => 1).Where(share => share.Key is "optimizer" or "rate"), share => Assert.InRange(share.Value, 0, 1));
        Assert.All(ParameterImportance.Of(Space, []), importance => Assert.Equal(0, importance.Share));
    }

    private static Dictionary<string, double> Shares(long seed, Func<Assignment, double> objective)
    {
        var result = new Study(Space) { Sampler = new RandomSampler(), Seed = seed }.Run(trial => objective(trial.Parameters), new() { Trials = 120 });
        return result.Importance().ToDictionary(importance => importance.Name, importance => importance.Share);
    }

    private static double Square(double x) => x * x;
}
