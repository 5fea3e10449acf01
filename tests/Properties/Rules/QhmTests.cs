using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>QHM between gradient descent and momentum, and law 23.</summary>
public class QhmTests(ITestOutputHelper output)
{
    [Fact]
    public void QHM_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new Qhm
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Momentum = Textbook.Any(draw, 0, 0.999), Nu = draw.Of<Schedule>(0, 1, Textbook.Any(draw, 0, 1)),
            WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 0.5)), DecoupledWeightDecay = draw.Coin(),
        },
        rule => new TextbookQhm((Qhm)rule));

    [Fact]
    public void With_nu_0_it_is_gradient_descent() => Law.Check(output, Constants(), s =>
    {
        var plain = (Qhm)s.Rule;
        Same.Bits(s.Run<double>(new Sgd { LearningRate = plain.LearningRate }).Parameters, s.Run<double>(plain.WithNu(0)).Parameters);
    });

    [Fact]
    public void With_nu_1_it_is_momentum_and_with_nu_of_the_momentum_Nesterovs() => Law.Check(output, Constants(), s =>
    {
        var plain = (Qhm)s.Rule;
        double b = plain.Momentum.At(0);
        var sgd = new Sgd { LearningRate = plain.LearningRate.At(0) * (1 - b), Momentum = b };
        Close(s, s.Run<double>(sgd), s.Run<double>(plain.WithNu(1)));
        Close(s, s.Run<double>(sgd.WithNesterov(true)), s.Run<double>(plain.WithNu(b)));
    });

    [Fact]
    public void Law_23_the_steps_from_0_are_linear_in_the_gradients() => Law.Check(output, Constants(), s =>
    {
        var zero = s with { Start = new double[s.Start.Length] };
        var tripled = zero with { Gradients = [.. s.Gradients.Select(g => Array.ConvertAll(g, x => 3 * x))] };
        Close(s, zero.Run<double>(), tripled.Run<double>(), 3);
    });

    [Fact]
    public void A_momentum_without_weight_is_left_out_of_the_step_even_where_it_is_infinite()
    {
        var rule = new Qhm { LearningRate = 1, Nu = Schedule.Table([1, 0, 1]), Momentum = 0.5 };
        var states = Optimizer.Scan(
            Optimizer.Init(rule, TensorSet.OfArray([0.0f])), new[] { 1f, 3, float.PositiveInfinity }.Select(g => TensorSet.OfArray([g]))).ToList();
        Assert.Equal([0, -0.5f, -3.5f, float.NegativeInfinity], states.Select(state => state.Parameters.Span[0]));
        var blown = Optimizer.Init(rule.WithNu(0), TensorSet.OfArray([1.0f])).Step(TensorSet.OfArray([float.PositiveInfinity])).Item1;
        var later = Optimizer.Restore(blown.Rule, 1, TensorSet.OfArray([1.0f]), blown.Slots, blown.Scalars).Step(TensorSet.OfArray([0.25f])).Item1;
        Assert.Equal(0.75f, later.Parameters.Span[0]);
    }

    private static FsCheck.Arbitrary<Scenario> Constants() => Scenario.From(
        draw => new Qhm { LearningRate = draw.Fraction(), Momentum = 0.01 + (0.98 * draw.Fraction()), Nu = draw.Fraction() }, draw => draw.Moderate());

    /// <summary>Within rounding of all that was added up on the way.</summary>
    private static void Close(Scenario s, OptimizerState<double> expected, OptimizerState<double> actual, double factor = 1)
    {
        double scale = s.Start.Concat(s.Gradients.SelectMany(g => g)).Select(Math.Abs).DefaultIfEmpty().Max();
        Same.Close([.. expected.Parameters.ToArray().Select(x => factor * x)], actual.Parameters.ToArray(), 1e-12, scale);
    }
}
