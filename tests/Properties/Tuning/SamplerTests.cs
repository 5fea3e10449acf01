using Optim.Properties.Checking;
using Optim.Tuning;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Tuning;

public class SamplerTests(ITestOutputHelper output)
{
    private static readonly SearchSpace Space = SearchSpaceTests.Usual;

    public static TheoryData<Sampler> Samplers => [new RandomSampler(), new TpeSampler(), new TpeSampler { StartupTrials = 1, GoodShare = 0.9, Candidates = 1 }];

    [Theory]
    [MemberData(nameof(Samplers))]
    public void What_is_proposed_is_an_assignment_of_the_space_and_depends_on_the_arguments_alone(Sampler sampler)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            var history = new List<TrialRecord>();
            for (int number = 0; number < 60; number++)
            {
                var proposed = sampler.Propose(Space, history, seed, number);
                Assert.Equal(proposed, Space.Assign(proposed.ToDictionary()));
                Assert.Equal(proposed, sampler.Propose(Space, [.. history], seed, number));
                history.Add(Ended(number, proposed));
            }

            Assert.Equal(history.Count, history.Select(trial => trial.Parameters).Distinct().Count());
            Assert.NotEqual(sampler.Propose(Space, history, seed, 60), sampler.Propose(Space, history, seed + 1, 60));
        }

        // States of all kinds, by number.
        static TrialRecord Ended(int number, Assignment parameters) => new(number, parameters)
        {
            State = (number % 5) switch { 3 => TrialState.Pruned, 4 => TrialState.Failed, 2 when number > 50 => TrialState.Running, _ => TrialState.Complete },
            Value = number % 5 < 2 || (number % 5 == 2 && number <= 50) ? number % 7 : null,
            Reports = [new(1, number % 11)],
        };
    }

    [Fact]
    public void Log_uniform_is_uniform_in_the_logarithm_and_whole_numbers_are_equally_frequent()
    {
        const int Draws = 4000;
        var drawn = Enumerable.Range(0, Draws).Select(i => new RandomSampler().Propose(Space, [], 3, i)).ToList();

        // Kolmogorov and Smirnov: beyond 1.95 / sqrt(n) a uniform sample comes once in a thousand; the seed is fixed.
        double[] logarithms = [.. drawn.Select(a => (Math.Log10(a.Number("rate")) + 5) / 5).Order()];
        double distance = Enumerable.Range(0, Draws).Max(i => Math.Max(Math.Abs(logarithms[i] - ((double)i / Draws)), Math.Abs(logarithms[i] - ((i + 1.0) / Draws))));
        Assert.InRange(distance, 0, 1.95 / Math.Sqrt(Draws));

        var widths = drawn.CountBy(a => a.Integer("width")).ToDictionary();
        Assert.Equal(10, widths.Count);
        double chiSquared = widths.Values.Sum(count => (count - (Draws / 10.0)) * (count - (Draws / 10.0)) / (Draws / 10.0));
        Assert.InRange(chiSquared, 0, MathNet.Numerics.Distributions.ChiSquared.InvCDF(9, 0.999));

        // The decade from 1 to 10 holds as many as that from 100 to 1000: log(10.5 / 0.5) to log(1000.5 / 99.5), as they own their cells.
        double low = drawn.Count(a => a.Integer("batch") <= 10) / (double)Draws, high = drawn.Count(a => a.Integer("batch") is >= 100 and <= 1000) / (double)Draws;
        Assert.Equal(Math.Log(10.5 / 0.5) / Math.Log(4096.5 / 0.5), low, 0.03);
        Assert.Equal(Math.Log(1000.5 / 99.5) / Math.Log(4096.5 / 0.5), high, 0.03);
        Assert.All(drawn, a => Assert.Equal(a.Choice("optimizer") != "sgd", a.Has("beta")));
    }

    [Fact]
    public void Tpe_finds_lower_values_than_random_search_on_four_kinds_of_bowl()
    {
        int better = 0;
        foreach (var (name, space, objective) in Bowls())
        {
            double[] tpe = [.. Enumerable.Range(0, 15).Select(seed => Lowest(new TpeSampler(), space, objective, seed)).Order()];
            double[] random = [.. Enumerable.Range(0, 15).Select(seed => Lowest(new RandomSampler(), space, objective, seed)).Order()];
            output.WriteLine(FormattableString.Invariant($"{name}: median lowest of 60 trials over 15 seeds: TPE {tpe[7]:G3}, random {random[7]:G3}"));
            better += tpe[7] < random[7] ? 1 : 0;
        }

        Assert.Equal(4, better);
    }

    private static IEnumerable<(string Name, SearchSpace Space, Func<Assignment, double> Objective)> Bowls()
    {
        var plane = SearchSpace.Of(SearchParameter.Uniform("x", -5, 5), SearchParameter.Uniform("y", -5, 5));
        yield return ("quadratic", plane, a => Square(a.Number("x") - 1) + Square(a.Number("y") + 2));
        var rates = SearchSpace.Of(SearchParameter.LogUniform("rate", 1e-6, 1e2), SearchParameter.LogUniform("decay", 1e-8, 1), SearchParameter.Uniform("beta", 0, 1));
        yield return ("rates", rates, a => Square(Math.Log10(a.Number("rate")) + 2) + (0.3 * Square(Math.Log10(a.Number("decay")) + 4)) + Square(a.Number("beta") - 0.9));
        var choice = SearchSpace.Of(
            SearchParameter.Categorical("optimizer", "adam", "sgd", "lion", "rmsprop"), SearchParameter.LogUniform("rate", 1e-6, 1e2),
            SearchParameter.Uniform("momentum", 0, 1).When("optimizer", "sgd"));
        yield return ("a rate for each optimizer", choice, a => a.Choice("optimizer") switch
        {
            "adam" => Square(Math.Log10(a.Number("rate")) + 3),
            "sgd" => 0.2 + Square(Math.Log10(a.Number("rate")) + 1) + Square(a.Number("momentum") - 0.9),
            "lion" => 0.1 + Square(Math.Log10(a.Number("rate")) + 4),
            _ => 0.5 + Square(Math.Log10(a.Number("rate")) + 3),
        });
        var whole = SearchSpace.Of(Enumerable.Range(0, 4).Select(i => SearchParameter.Integer("n" + (char)('0' + i), 0, 100)));
        yield return ("whole numbers", whole, a => Enumerable.Range(0, 4).Sum(i => Square((a.Integer("n" + (char)('0' + i)) / 100.0) - 0.7)));
    }

    private static double Square(double x) => x * x;

    private static double Lowest(Sampler sampler, SearchSpace space, Func<Assignment, double> objective, long seed) =>
        new Study(space) { Sampler = sampler, Seed = seed }.Run(trial => objective(trial.Parameters), new() { Trials = 60 }).Best!.Value!.Value;

    [Fact]
    public void Running_trials_are_not_proposed_again()
    {
        var space = SearchSpace.Of(SearchParameter.Uniform("x", 0, 1));
        var history = Enumerable.Range(0, 20).Select(i => new TrialRecord(i, At(i / 20.0)) { State = TrialState.Complete, Value = Square((i / 20.0) - 0.5) }).ToList();
        double alone = Mean(history), beside = Mean([.. history, .. Enumerable.Range(0, 6).Select(i => new TrialRecord(20 + i, At(0.5 + (0.02 * (i - 3)))))]);
        output.WriteLine(FormattableString.Invariant($"mean distance from the best: {alone:F3} alone, {beside:F3} beside six that run there"));
        Assert.True(beside > 1.3 * alone);

        Assignment At(double x) => space.Assign(new Dictionary<string, ParameterValue> { ["x"] = ParameterValue.Of(x) });

        double Mean(IReadOnlyList<TrialRecord> trials) =>
            Enumerable.Range(0, 200).Average(seed => Math.Abs(new TpeSampler().Propose(space, trials, seed, trials.Count).Number("x") - 0.5));
    }

    [Fact]
    public void A_wrong_option_is_refused()
    {
        Refused.With<ArgumentOutOfRangeException>("GoodShare must be more than 0 and less than 1, was 1.", () => new TpeSampler { GoodShare = 1 });
        Refused.With<ArgumentOutOfRangeException>("GoodShare must be more than 0 and less than 1, was NaN.", () => new TpeSampler { GoodShare = double.NaN });
        Refused.With<ArgumentOutOfRangeException>("StartupTrials must be 1 or more, was 0.", () => new TpeSampler { StartupTrials = 0 });
        Refused.With<ArgumentOutOfRangeException>("Candidates must be 1 or more, was 0.", () => new TpeSampler { Candidates = 0 });
    }

    [Fact]
    public void The_triweight_kernel_is_a_density_and_is_drawn_as_such()
    {
        foreach (var (centre, deviation) in new[] { (0.5, 0.05), (0.0, 0.2), (0.97, 0.1), (0.3, 0.2) })
        {
            const int Cells = 20_000;
            double sum = Enumerable.Range(0, Cells).Sum(i => Triweight.Density(centre, deviation, (i + 0.5) / Cells)) / Cells;
            Assert.Equal(1, sum, 1e-6);
            double below = Triweight.Draw(centre, deviation, 0.3);
            double share = Enumerable.Range(0, Cells).Where(i => (i + 0.5) / Cells < below).Sum(i => Triweight.Density(centre, deviation, (i + 0.5) / Cells)) / Cells;
            Assert.Equal(0.3, share, 1e-3);
        }

        // Uncut, of the deviation it is asked for.
        double variance = Enumerable.Range(0, 20_000).Sum(i => Square(((i + 0.5) / 20_000) - 0.5) * Triweight.Density(0.5, 0.1, (i + 0.5) / 20_000)) / 20_000;
        Assert.Equal(0.01, variance, 1e-5);
    }

    [Fact]
    public void A_mixture_is_a_density_over_the_tree()
    {
        var space = SearchSpace.Of(SearchParameter.Categorical("o", "a", "b", "c"), SearchParameter.Uniform("x", 0, 1).When("o", "a", "b"));
        var mixture = new ParzenMixture(space, [Of("a", 0.3), Of("a", 0.4), Of("c", null)]);
        const int Cells = 2000;
        double sum = mixture.Density(Of("c", null)) / 3;
        foreach (string choice in (string[])["a", "b"])
        {
            sum += Enumerable.Range(0, Cells).Sum(i => mixture.Density(Of(choice, (i + 0.5) / Cells))) / Cells / 3;
        }

        Assert.Equal(1, sum, 1e-4);

        // What is drawn is as frequent as the density says.
        var draws = Enumerable.Range(0, 4000).Select(i => mixture.Draw(new Draws(1, i))).ToList();
        Assert.Equal(mixture.Density(Of("c", null)) / 3, draws.Count(draw => draw.Choice("o") == "c") / 4000.0, 0.03);

        Assignment Of(string choice, double? x)
        {
            var values = new Dictionary<string, ParameterValue> { ["o"] = ParameterValue.OfChoice(choice) };
            if (x is { } number)
            {
                values["x"] = ParameterValue.Of(number);
            }

            return space.Assign(values);
        }
    }
}
