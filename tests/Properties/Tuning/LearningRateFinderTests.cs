using FsCheck;
using FsCheck.Fluent;
using Optim.Properties.Checking;
using Optim.Tuning;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Tuning;

public class LearningRateFinderTests(ITestOutputHelper output)
{
    /// <summary><c>sum of c_i p_i^2 / 2</c> from all parameters at 1.</summary>
    internal sealed record Quadratic(IReadOnlyList<double> Curvatures)
    {
        public double Largest => Curvatures.Max();

        public static TensorSet<double> Start(Quadratic quadratic) => TensorSet.OfArray([.. quadratic.Curvatures.Select(_ => 1.0)]);

        public Tuple<double, TensorSet<double>> At(TensorSet<double> p)
        {
            double[] gradient = [.. p.Span.ToArray().Zip(Curvatures, (x, c) => c * x)];
            return Tuple.Create(0.5 * gradient.Zip(p.ToArray(), (g, x) => g * x).Sum(), TensorSet.OfArray(gradient));
        }

        public override string ToString() => $"curvatures {string.Join(", ", Curvatures)}";
    }

    private static readonly Arbitrary<Quadratic> Quadratics = Arb.From(
        from count in Gen.Choose(1, 8)
        from exponents in Gen.Choose(-200, 200).ListOf(count)
        select new Quadratic([.. exponents.Select(e => Math.Pow(10, e / 100.0))]));

    [Fact]
    public void On_a_quadratic_the_suggestion_for_sgd_is_stable_and_twice_its_limit_is_not() => Law.Check(output, Quadratics, quadratic =>
    {
        var result = Find(new Sgd(), quadratic, new() { From = 1e-7, To = 1e5, Steps = 200 });
        double limit = 2 / quadratic.Largest;
        Assert.Equal(RangeTestVerdict.Usable, result.Verdict);
        Assert.InRange(result.Suggestion!.Value, 0, limit * 0.99);
        Assert.True(result.EndedEarly);
        Assert.True(LossAfter(result.Suggestion.Value) < 0.9 * quadratic.At(Quadratic.Start(quadratic)).Item1, result.Reason);
        Assert.False(LossAfter(1.01 * limit) < quadratic.At(Quadratic.Start(quadratic)).Item1);

        double LossAfter(double rate)
        {
            var state = Optimizer.Init(new Sgd { LearningRate = rate }, Quadratic.Start(quadratic));
            for (int step = 0; step < 2000; step++)
            {
                state = state.Donate().Step(quadratic.At(state.Parameters).Item2).Item1;
            }

            return quadratic.At(state.Parameters).Item1;
        }
    });

    [Fact]
    public void A_loss_in_other_units_has_its_rates_in_other_units() => Law.Check(output, Quadratics, quadratic =>
    {
        // By powers of 2: the run is then the same to the bit.
        const double Unit = 1 << 12;
        var scaled = new Quadratic([.. quadratic.Curvatures.Select(c => Unit * c)]);
        RangeTest test = new() { From = double.ScaleB(1, -24), To = double.ScaleB(1, 15), Steps = 150 };
        var plain = Find(new Sgd(), quadratic, test);
        var other = Find(new Sgd(), scaled, test with { From = test.From / Unit, To = test.To / Unit });
        Assert.Equal(plain.Verdict, other.Verdict);
        Assert.Equal(plain.Curve.Count, other.Curve.Count);
        Assert.Equal(plain.Suggestion!.Value, other.Suggestion!.Value * Unit, plain.Suggestion.Value * 1e-12);

        // Adam does not see the unit at all, but for its epsilon.
        Assert.Equal(Find(new Adam { Epsilon = 0 }, quadratic, test).Suggestion, Find(new Adam { Epsilon = 0 }, scaled, test).Suggestion);
    });

    [Fact]
    public void The_test_is_pure_and_its_curve_holds_every_step()
    {
        var quadratic = new Quadratic([1, 10]);
        var start = Quadratic.Start(quadratic);
        var copy = start.Copy();
        var steps = new List<int>();
        var result = LearningRateFinder.Run(
            new ClipByGlobalNorm(1).Then(new AdamW()), start,
            (step, p) =>
            {
                steps.Add(step);
                return quadratic.At(p);
            },
            new() { Steps = 40, To = 1 });
        Assert.Equal(copy, start);
        Assert.Equal(Enumerable.Range(0, result.Curve.Count), steps.Take(result.Curve.Count));
        Assert.Equal((1e-6, quadratic.At(start).Item1), (result.Curve[0].Rate, result.Curve[0].Loss));
        Assert.Equal(result.Curve[0].Loss, result.Curve[0].Smoothed, 1e-12);
        Assert.All(result.Curve.Skip(1).Zip(result.Curve), pair => Assert.Equal(Math.Pow(1e6, 1 / 39.0), pair.First.Rate / pair.Second.Rate, 1e-9));
    }

    [Fact]
    public void A_curve_that_says_nothing_gives_no_rate_and_the_reason()
    {
        var quadratic = new Quadratic([1, 10]);
        Expect(RangeTestVerdict.TooShort, "No suggestion: 5 points are too few", Find(new Sgd(), quadratic, new() { Steps = 5, To = 0.1 }));
        Expect(RangeTestVerdict.NeverFell, "No suggestion: the loss did not fall by a tenth between 1E-06 and 1E-05.", Find(new Sgd(), quadratic, new() { To = 1e-5 }));
        Expect(RangeTestVerdict.DivergedAtOnce, "No suggestion: the loss left the ground within 2 points, so that every rate from 1E+03 on is too high; begin lower.", Find(new Sgd(), quadratic, new() { From = 1e3, To = 1e6 }));
        Expect(RangeTestVerdict.DivergedAtOnce, "No suggestion: the loss left the ground within 0 points", LearningRateFinder.Run(
            new Sgd(), Quadratic.Start(quadratic), (_, p) => Tuple.Create(double.NaN, p)));
        Expect(RangeTestVerdict.NeverFell, "No suggestion: the loss rose before it had fallen by a tenth.", LearningRateFinder.Run(
            new Sgd(), Quadratic.Start(quadratic), (step, p) => Tuple.Create(Math.Exp(step / 20.0), p)));
        var falling = Find(new Sgd(), quadratic, new() { To = 0.01 });
        Assert.Equal(RangeTestVerdict.StillFalling, falling.Verdict);
        Assert.Contains("end higher to see", falling.Reason, StringComparison.Ordinal);
        Assert.NotNull(falling.Suggestion);

        static void Expect(RangeTestVerdict verdict, string reason, RangeTestResult result)
        {
            Assert.Equal((verdict, null), (result.Verdict, result.Suggestion));
            Assert.StartsWith(reason, result.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_loss_below_0_is_no_reason_to_stop()
    {
        var quadratic = new Quadratic([1, 10]);
        var result = LearningRateFinder.Run(
            new Sgd(), Quadratic.Start(quadratic), (_, p) => Tuple.Create(quadratic.At(p).Item1 - 5, quadratic.At(p).Item2), new() { To = 100, Steps = 150 });
        Assert.Equal(RangeTestVerdict.Usable, result.Verdict);
        Assert.InRange(result.Suggestion!.Value, 0.001, 0.19);
    }

    /// <summary>
    /// A bowl whose losses are noisy before anything is learnt, as those of batches are. A reading that takes the noise of the plateau for a slope suggests a rate far below; 2 is the highest stable one.
    /// </summary>
    [Fact]
    public void The_noise_of_the_plateau_is_no_slope() => Law.Check(output, Arb.From(from seed in Gen.Choose(0, 1_000_000) from noise in Gen.Choose(1, 12) select (seed, noise / 100.0)), noisy =>
    {
        var (seed, noise) = noisy;
        var random = new Random(seed);
        var result = LearningRateFinder.Run(
            new Sgd(), TensorSet.OfArray([1.0, 1.0]),
            (_, p) => Tuple.Create((0.5 * p.Span.ToArray().Sum(x => x * x)) + 1 + (noise * Math.Sqrt(3) * ((2 * random.NextDouble()) - 1)), p.Copy()));
        Assert.InRange(result.Suggestion!.Value, 0.02, 1);
    });

    /// <summary>Accumulating repeats of a batch is the batch; each rate is used, once, for all of them.</summary>
    [Fact]
    public void Under_accumulation_each_rate_has_all_its_micro_batches() => Law.Check(output, Arb.From(from quadratic in Quadratics.Generator from k in Gen.Choose(1, 5) select (quadratic, k)), drawn =>
    {
        var (quadratic, k) = drawn;
        RangeTest test = new() { From = 1e-7, To = 1e5, Steps = 60 };
        var steps = new List<int>();
        var plain = Find(new Sgd(), quadratic, test);
        var accumulated = LearningRateFinder.Run(new Accumulate(new Sgd(), k), Quadratic.Start(quadratic), Evaluated, test);
        Assert.Equal(plain.Curve.Count, accumulated.Curve.Count);
        Assert.Equal(Enumerable.Range(0, k * plain.Curve.Count), steps);
        Assert.Equal(accumulated.Curve, LearningRateFinder.Run(new AccumulateOnSchedule(new Sgd(), k), Quadratic.Start(quadratic), Evaluated, test).Curve);
        Assert.All(plain.Curve.Zip(accumulated.Curve), pair =>
        {
            Assert.Equal(pair.First.Rate, pair.Second.Rate);
            Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-9 * pair.First.Loss);
        });

        Tuple<double, TensorSet<double>> Evaluated(int step, TensorSet<double> p)
        {
            steps.Add(step);
            return quadratic.At(p);
        }
    });

    /// <summary>A rule that evaluates the objective itself sees the batch of its step, at the points that it asks for.</summary>
    [Fact]
    public void Rules_on_the_objective_are_tested_too()
    {
        var quadratic = new Quadratic([1, 10]);
        var asked = new List<int>();
        var sam = LearningRateFinder.Run(new Sam(new Sgd()) { Rho = 1e-3 }, Quadratic.Start(quadratic), Evaluated, new() { To = 100, Steps = 150 });
        Assert.InRange(sam.Suggestion!.Value, 0.001, 0.2);
        Assert.Equal(Enumerable.Range(0, sam.Curve.Count).SelectMany(step => new[] { step, step }), asked);

        var lbfgs = LearningRateFinder.Run(new Lbfgs(), Quadratic.Start(quadratic), (_, p) => quadratic.At(p));
        Assert.NotNull(lbfgs.Suggestion);

        // A loss that is not finite at a point of the rule's own ends the test like one at the parameters.
        int evaluations = 0;
        var broken = LearningRateFinder.Run(
            new Lbfgs { LineSearch = new FixedStep() }, Quadratic.Start(quadratic), (_, p) => ++evaluations > 3 ? Tuple.Create(double.NaN, p) : quadratic.At(p));
        Assert.True(broken.EndedEarly);

        Tuple<double, TensorSet<double>> Evaluated(int step, TensorSet<double> p)
        {
            asked.Add(step);
            return quadratic.At(p);
        }
    }

    [Fact]
    public void A_rule_that_takes_no_step_ends_the_test()
    {
        var result = LearningRateFinder.Run(
            new ApplyIfFinite(new Sgd()), TensorSet.OfArray([1.0]), (_, p) => Tuple.Create(1.0, TensorSet.OfArray([double.NaN])));
        Assert.Equal((true, RangeTestVerdict.DivergedAtOnce), (result.EndedEarly, result.Verdict));
    }

    [Fact]
    public void Several_tests_suggest_their_median_and_nothing_where_they_are_a_hundredfold_apart()
    {
        RangeTestResult[] tests = [.. new[] { 1.0, 4, 2 }.Select(curvature => Find(new Sgd(), new([curvature]), new() { To = 100, Steps = 150 }))];
        var summary = new RangeTestSummary(tests);
        Assert.Equal((tests[2].Suggestion, tests[1].Suggestion, tests[0].Suggestion), (summary.Suggestion, summary.Lowest, summary.Highest));
        Assert.Equal(tests[0].Suggestion / tests[1].Suggestion, summary.Spread);
        Assert.Equal(RangeTestVerdict.Usable, summary.Verdict);
        Assert.StartsWith($"{summary.Suggestion!.Value.ToString("G2", System.Globalization.CultureInfo.InvariantCulture)}: the median of 3 tests, which suggest", summary.Reason, StringComparison.Ordinal);

        var scattered = new RangeTestSummary([tests[0], Find(new Sgd(), new([1e3]), new() { To = 100, Steps = 150 })]);
        Assert.Equal((RangeTestVerdict.Scattered, null), (scattered.Verdict, scattered.Suggestion));
        Assert.StartsWith("No suggestion: 2 tests, which suggest ", scattered.Reason, StringComparison.Ordinal);

        var silent = Find(new Sgd(), new([1, 10]), new() { To = 1e-5 });
        var mostlySilent = new RangeTestSummary([tests[0], silent, silent]);
        Assert.Equal((RangeTestVerdict.NeverFell, null, silent.Reason), (mostlySilent.Verdict, mostlySilent.Suggestion, mostlySilent.Reason));
        Assert.Equal(silent.Reason, new RangeTestSummary([silent]).Reason);
        Refused.With<ArgumentException>("results must hold at least one range test", () => new RangeTestSummary([]));
    }

    [Fact]
    public void A_wrong_option_is_refused()
    {
        Refused.With<ArgumentOutOfRangeException>("From must be more than 0", () => new RangeTest { From = 0 });
        Refused.With<ArgumentOutOfRangeException>("Steps must be 2 or more, was 1.", () => new RangeTest { Steps = 1 });
        Refused.With<ArgumentOutOfRangeException>("Smoothing must be in [0, 1), was 1.", () => new RangeTest { Smoothing = 1 });
        Refused.With<ArgumentOutOfRangeException>("StopFactor must be more than 1, and finite, was 1.", () => new RangeTest { StopFactor = 1 });
        Refused.With<ArgumentException>("To must be more than From, was 1, and From 2.", () => Find(new Sgd(), new([1]), new() { From = 2, To = 1 }));
        Refused.With<ArgumentException>("LearningRate", () => Find(new Scale(1), new([1]), new()));
    }

    private static RangeTestResult Find(Rule rule, Quadratic quadratic, RangeTest test) =>
        LearningRateFinder.Run(rule, Quadratic.Start(quadratic), (_, p) => quadratic.At(p), test);
}
