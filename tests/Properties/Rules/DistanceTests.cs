using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>The rules that find their own learning rate: D-Adaptation and Prodigy.</summary>
public class DistanceTests(ITestOutputHelper output)
{
    // The estimate is a difference of large sums, which magnifies rounding; in float beyond use.
    private const double Tolerance = 1e-7;

    [Fact]
    public void DAdaptSgd_follows_its_textbook() => SetTextbook.Agrees(
        output,
        draw => new DAdaptSgd
        {
            LearningRate = Textbook.Any(draw, 0.1, 2), Momentum = Textbook.Any(draw, 0, 0.95), WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0.001, 0.1)),
            InitialDistance = draw.Of(1e-6, 1e-2, 0.5), GrowthRate = draw.Of(double.PositiveInfinity, 1.5, 1.02),
        },
        s => new TextbookDAdaptSgd((DAdaptSgd)s.Rule), Tolerance, double.PositiveInfinity);

    [Fact]
    public void DAdaptAdam_follows_its_textbook() => SetTextbook.Agrees(
        output,
        draw => new DAdaptAdam
        {
            LearningRate = Textbook.Any(draw, 0.1, 2), Beta1 = Textbook.Any(draw, 0, 0.95), Beta2 = Textbook.Any(draw, 0.8, 0.999), Epsilon = draw.Of(1e-8, 1e-3),
            WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0.001, 0.1)), DecoupledWeightDecay = draw.Coin(), BiasCorrection = draw.Coin(),
            InitialDistance = draw.Of(1e-6, 1e-2, 0.5), GrowthRate = draw.Of(double.PositiveInfinity, 1.5, 1.02),
        },
        s => new TextbookDAdaptAdam((DAdaptAdam)s.Rule), Tolerance, double.PositiveInfinity);

    [Fact]
    public void Prodigy_follows_its_textbook() => SetTextbook.Agrees(
        output,
        draw => new Prodigy
        {
            LearningRate = Textbook.Any(draw, 0.1, 2), Beta1 = Textbook.Any(draw, 0, 0.95), Beta2 = Textbook.Any(draw, 0.8, 0.999),
            Beta3 = draw.Of<Schedule>(0, Textbook.Any(draw, 0.5, 0.99)), Epsilon = draw.Of(1e-8, 1e-3),
            WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0.001, 0.1)), DecoupledWeightDecay = draw.Coin(), BiasCorrection = draw.Coin(),
            SafeguardWarmup = draw.Coin(), InitialDistance = draw.Of(1e-6, 1e-2, 0.5), DistanceCoefficient = Textbook.Any(draw, 0.5, 2),
            GrowthRate = draw.Of(double.PositiveInfinity, 1.5, 1.02),
        },
        s => new TextbookProdigy((Prodigy)s.Rule), Tolerance, double.PositiveInfinity);

    [Fact]
    public void Mechanic_follows_its_textbook() => SetTextbook.Agrees(
        output,
        draw => Mechanic(draw) with { Form = MechanicForm.Authors, StoreDelta = draw.Coin() }, s => new TextbookMechanic((Mechanic)s.Rule), Tolerance, double.PositiveInfinity);

    [Fact]
    public void Mechanic_of_Optax_follows_its_textbook() => SetTextbook.Agrees(
        output, draw => Mechanic(draw) with { Form = MechanicForm.Optax }, s => new TextbookMechanic((Mechanic)s.Rule), Tolerance, double.PositiveInfinity);

    [Fact]
    public void Trac_follows_its_textbook() => SetTextbook.Agrees(
        output,
        draw => new Trac(Inner(draw)) { Betas = Betas(draw), InitialScale = draw.Of(1e-4, 1e-2, 0.3), Epsilon = draw.Of(1e-8, 1e-3, 0.1) },
        s => new TextbookTrac((Trac)s.Rule), Tolerance, double.PositiveInfinity);

    [Theory]
    [InlineData("dadapt_sgd")]
    [InlineData("dadapt_adam")]
    [InlineData("prodigy")]
    public void The_estimate_grows_from_its_start_and_by_no_more_than_it_may(string name) => Law.Check(output, Scenario.Of(name), s =>
    {
        var rule = s.Rule;
        double limit = (double)RuleProperty.Of(rule).Single(h => h.Name == "GrowthRate").Value(rule);
        double before = (double)RuleProperty.Of(rule).Single(h => h.Name == "InitialDistance").Value(rule);
        foreach (var state in Optimizer.Scan(s.Begin<double>(), s.GradientsOf<double>()))
        {
            double d = state.Scalars["d"];
            Assert.True(double.IsNaN(d) || (d >= before && d <= before * limit) || (rule is Prodigy prodigy && before == prodigy.InitialDistance), $"d went from {before} to {d}");
            before = d;
        }
    }, 50);

    [Theory]
    [InlineData("dadapt_sgd", 0)]
    [InlineData("dadapt_adam", 0)]
    [InlineData("prodigy", 0)]
    [InlineData("dadapt_sgd", 1)]
    [InlineData("dadapt_adam", 1)]
    [InlineData("prodigy", 1)]
    public void A_convex_function_is_minimised_without_a_learning_rate(string name, int scale)
    {
        // f = |x - c|_1 scaled: only the distance, not the slope, decides how far to go. The rate needs a shape, not a size.
        const int Steps = 2000;
        double[] target = [3, -5, 8];
        double slope = Math.Pow(1000, scale);
        var state = Optimizer.Init(RuleRegistry.Find(name)!.Create(Schedule.WarmupCosine(1, 0, Steps)), TensorSet.OfArray([0.0, 0, 0]));
        double best = double.PositiveInfinity;
        for (int t = 0; t < Steps; t++)
        {
            double[] x = state.Parameters.ToArray();
            best = Math.Min(best, x.Zip(target, (a, b) => Math.Abs(a - b)).Sum());
            state = state.Step(TensorSet.OfArray([.. x.Zip(target, (a, b) => slope * Math.Sign(a - b))])).Item1;
        }

        output.WriteLine($"best {best:R} of 16, d {state.Scalars["d"]:R}");
        Assert.True(best < 0.16, $"the best point was {best:R} away");
    }

    [Fact]
    public void Without_any_gradient_nothing_moves_and_nothing_is_measured()
    {
        var start = TensorSet.OfArray([1.0, -2]);
        var none = TensorSet.OfArray([0.0, 0]);
        foreach (var rule in new Rule[] { new DAdaptSgd { WeightDecay = 0.1 }, new DAdaptAdam(), new Prodigy() })
        {
            var state = Optimizer.Fold(Optimizer.Init(rule, start), [none, none]);
            Assert.Equal([1.0, -2], state.Parameters.ToArray());
            Assert.Equal(Optimizer.Init(rule, start).Scalars, state.Scalars);
        }
    }

    private static Mechanic Mechanic(Draw draw) => new(Inner(draw))
    {
        Betas = Betas(draw), ScaledDecay = draw.Of<Schedule>(0, 0.01, Textbook.Any(draw, 0.05, 1)), InitialScale = draw.Of(1e-4, 1e-2, 0.3), Epsilon = draw.Of(1e-8, 1e-3, 0.1),
    };

    private static Sgd Inner(Draw draw) => new() { LearningRate = Textbook.Any(draw, 0.001, 0.5), Momentum = Textbook.Any(draw, 0, 0.9), WeightDecay = draw.Of<Schedule>(0, 0.05) };

    private static double[] Betas(Draw draw) => draw.Of([0.9], [0.5, 0.99], new double[] { 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999 });
}
