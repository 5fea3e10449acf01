using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 21 to 24, and the articles' forms.</summary>
public class SgdTests(ITestOutputHelper output)
{
    [Fact]
    public void Sgd_follows_its_textbook() => Textbook.Agrees(output, Any, rule => new TextbookSgd((Sgd)rule));

    [Fact]
    public void Law_21_the_parameter_is_the_first_one_minus_the_rate_times_the_sum_of_gradients() =>
        Law.Check(output, Scenario.From(draw => new Sgd { LearningRate = draw.Fraction() }, draw => draw.Plain()), s =>
        {
            double lr = ((Sgd)s.Rule).LearningRate.At(0);
            double[] end = s.Run<double>().Parameters.ToArray();
            for (int i = 0; i < end.Length; i++)
            {
                Same.Close(s.Start[i] - (lr * s.Gradients.Sum(g => g[i])), end[i], 1e-13, 300);
            }
        });

    [Fact]
    public void Law_22_momentum_0_is_plain_descent_and_keeps_nothing() =>
        Law.Check(output, Scenario.From(draw => new Sgd { LearningRate = draw.Fraction(), Dampening = draw.Fraction(), WeightDecay = draw.Fraction() }), s =>
        {
            Assert.Empty(s.Begin<double>().Slots);
            Same.Bits(s.Run<double>(((Sgd)s.Rule).WithDampening(0)), s.Run<double>());
            Assert.Equal(
                s.Run<double>().Parameters.Map(x => x + 0),
                s.Run<double>(((Sgd)s.Rule).WithDampening(0).WithMomentum(Schedule.Table([0]))).Parameters.Map(x => x + 0));
        }, 50);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Law_22_a_constant_gradient_fills_the_buffer_geometrically(bool nesterov) =>
        Law.Check(output, Cases.Of(draw => (Mu: draw.Fraction(), G: draw.Plain(), Steps: draw.Integer(1, 60))), c =>
        {
            var sgd = new Sgd { LearningRate = 1, Momentum = c.Mu, Nesterov = nesterov };
            var states = Optimizer.Scan(Optimizer.Init(sgd, TensorSet.OfArray([0.0])), Enumerable.Repeat(TensorSet.OfArray([c.G]), c.Steps)).ToList();
            for (int t = 1; t <= c.Steps; t++)
            {
                // The buffer's recursion has all terms of one sign and rounds at most twice a step, the closed form's sum as often; their
                // difference is seen in units of the parameter, from which the update is taken.
                double allowed = 8 * (t + 2) * Math.ScaleB(1, -53);
                double update = states[t - 1].Parameters.Span[0] - states[t].Parameters.Span[0];
                Same.Close(c.G * Geometric(c.Mu, t), states[t].Slots["momentum_buffer"].Span[0], allowed);
                Same.Close(c.G * Geometric(c.Mu, nesterov ? t + 1 : t), update, allowed, Math.Abs(states[t].Parameters.Span[0]));
            }
        });

    /// <summary>(1 - mu^t) / (1 - mu) as the sum that it is: with mu near 1 the quotient of the two differences keeps few digits.</summary>
    private static double Geometric(double mu, int t)
    {
        double sum = 0;
        for (int i = 0; i < t; i++)
        {
            sum = 1 + (mu * sum);
        }

        return sum;
    }

    [Fact]
    public void Law_23_the_way_is_linear_in_the_gradients() =>
        Law.Check(output, Scenario.From(draw => ((Sgd)Any(draw)).WithWeightDecay(0), draw => draw.Plain(), (2, 20)), s =>
        {
            var zero = s with { Start = new double[s.Start.Length] };
            var other = s.Gradients.Reverse().ToArray();
            double[][] both = [.. s.Gradients.Zip(other, (a, b) => a.Zip(b, (x, y) => (3 * x) + y).ToArray())];
            double[] sum = (zero with { Gradients = both }).Run<double>().Parameters.ToArray();
            double[] first = zero.Run<double>().Parameters.ToArray(), second = (zero with { Gradients = other }).Run<double>().Parameters.ToArray();
            Same.Close([.. first.Zip(second, (x, y) => (3 * x) + y)], sum, 1e-12, 1e4);
        });

    [Fact]
    public void Law_24_on_a_parabola_x_shrinks_by_its_factor_and_the_loss_falls_below_two_over_its_curvature() =>
        Law.Check(output, Cases.Of(draw => (Curvature: draw.Fraction() * 10 + 0.01, Share: draw.Fraction() * 1.98 + 0.01, X: draw.Moderate())), c =>
        {
            double rate = c.Share / c.Curvature;
            var state = Optimizer.Init(new Sgd { LearningRate = rate }, TensorSet.OfArray([c.X]));
            for (int t = 0; t < 10; t++)
            {
                double x = state.Parameters.Span[0];
                state = state.Step(TensorSet.OfArray([c.Curvature * x])).Item1;
                Same.Close((1 - (rate * c.Curvature)) * x, state.Parameters.Span[0], 1e-13, Math.Abs(x));
                Assert.True(Math.Abs(state.Parameters.Span[0]) < Math.Abs(x), "the loss did not fall");
            }
        });

    [Fact]
    public void The_first_gradient_is_not_dampened()
    {
        var sgd = new Sgd { LearningRate = 1, Momentum = 0.5, Dampening = 0.75 };
        var states = Optimizer.Scan(Optimizer.Init(sgd, TensorSet.OfArray([0.0])), [TensorSet.OfArray([8.0]), TensorSet.OfArray([16.0])]).ToList();
        Assert.Equal(8, states[1].Slots["momentum_buffer"].Span[0]);
        Assert.Equal((0.5 * 8) + (0.25 * 16), states[2].Slots["momentum_buffer"].Span[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_rate_inside_the_velocity_is_the_default_while_it_is_constant_and_parts_from_it_when_it_changes(bool nesterov) =>
        Law.Check(output, Scenario.From(
            draw => new Sgd { LearningRate = draw.Fraction() + 1e-6, Momentum = (0.9 * draw.Fraction()) + 0.05, Nesterov = nesterov },
            draw => draw.Moderate(), (3, 30)), s =>
        {
            var sgd = (Sgd)s.Rule;
            Same.Close(s.Run<double>().Parameters.ToArray(), s.Run<double>(sgd.WithLearningRateInVelocity(true)).Parameters.ToArray(), 1e-12, 1e4);
            var falling = sgd.WithLearningRate(Schedule.Table([1, 0.5, 0.25, 0.125]));
            if (s.Start.Length > 0)
            {
                Assert.NotEqual(s.Run<double>(falling).Parameters, s.Run<double>(falling.WithLearningRateInVelocity(true)).Parameters);
            }
        });

    [Fact]
    public void The_look_ahead_form_is_the_articles_loop() =>
        Law.Check(output, Cases.Of(draw => (
            Mu: draw.Coin() ? Schedule.Constant(0.05 + (0.9 * draw.Fraction())) : Schedule.Table(draw.Numbers(10, () => 0.05 + (0.9 * draw.Fraction()))),
            Lr: Textbook.Any(draw, 0, 0.15), X: draw.Moderate(), Curvature: draw.Fraction() * 3)), c =>
        {
            var sgd = new Sgd { LearningRate = c.Lr, Momentum = c.Mu, Nesterov = true, LearningRateInVelocity = true, LookAhead = true };
            var state = Optimizer.Init(sgd, TensorSet.OfArray([c.X]));
            double p = c.X, v = 0;
            for (int t = 0; t < 40; t++)
            {
                double there = p - (c.Mu.At(t) * v);
                Same.Close(there, state.Parameters.Span[0], 1e-12, Math.Abs(c.X), "the point of the gradient");
                Same.Close(p, state.EvaluationParameters.Span[0], 1e-12, Math.Abs(c.X), "the point to evaluate");
                v = (c.Mu.At(t) * v) + (c.Lr.At(t) * Gradient(there));
                p -= v;
                state = state.Step(state.Parameters.Map(Gradient)).Item1;
            }

            double Gradient(double x) => (c.Curvature * x) + Math.Sin(x);
        });

    [Fact]
    public void Maximize_turns_the_gradient_before_the_decay_is_added()
    {
        // Gradient 3 up, decay 0.5 * 4 down: the decay pulls towards 0 whatever the direction.
        var sgd = new Sgd { LearningRate = 1, WeightDecay = 0.5, Maximize = true };
        Assert.Equal(4 + 3 - 2, Optimizer.Init(sgd, TensorSet.OfArray([4.0])).Step(TensorSet.OfArray([3.0])).Item2.Span[0]);
    }

    private static Rule Any(Draw draw)
    {
        bool momentum = draw.Integer(0, 3) > 0, nesterov = momentum && draw.Coin();
        return new Sgd
        {
            LearningRate = Textbook.Any(draw, 0, 0.1), Momentum = momentum ? Textbook.Any(draw, 0.01, 0.99) : 0,
            Dampening = momentum && !nesterov ? Textbook.Any(draw, 0, 0.9) : 0, WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 1),
            Nesterov = nesterov, Maximize = draw.Coin(), LearningRateInVelocity = draw.Coin(),
        };
    }
}
