using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>LARS; law 40.</summary>
public class LarsTests(ITestOutputHelper output)
{
    [Fact]
    public void Lars_follows_its_textbook() => SetTextbook.Agrees(
        output,
        draw =>
        {
            var momentum = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0.1, 0.95));
            bool nesterov = draw.Coin() && !momentum.Equals(Schedule.Constant(0));
            return new Lars
            {
                LearningRate = Textbook.Any(draw, 0.1, 1), Momentum = momentum, Nesterov = nesterov, Dampening = nesterov ? 0 : Textbook.Any(draw, 0, 0.9),
                WeightDecay = draw.Of<Schedule>(0, 5e-4, Textbook.Any(draw, 0.01, 0.5)), TrustCoefficient = Textbook.Any(draw, 0, 0.5),
                Epsilon = draw.Of(0, 1e-8, 0.1), ClipTrust = draw.Coin(), AlwaysAdapt = draw.Coin(),
            };
        },
        s => new TextbookLars((Lars)s.Rule));

    [Fact]
    public void Law_40_each_tensor_moves_by_a_fraction_of_its_norm() => Law.Check(
        output, Scenario.From(draw => new Lars { LearningRate = 2, Momentum = 0, WeightDecay = 0, TrustCoefficient = 0.25, Epsilon = 0, AlwaysAdapt = true }, steps: (1, 1)), s =>
        {
            var next = s.Begin<double>().Step(s.Set<double>(s.Gradients[0])).Item2;
            for (int i = 0; i < s.Layout.Count; i++)
            {
                double[] p = s.StartOf<double>()[i].ToArray(), g = s.Set<double>(s.Gradients[0])[i].ToArray(), u = [.. p.Zip(next[i].ToArray(), (a, b) => a - b)];
                double norm = Layerwise.Norm(p);
                Same.Close(norm == 0 || Layerwise.Norm(g) == 0 ? 2 * Layerwise.Norm(g) : 0.5 * norm, Layerwise.Norm(u), 1e-12, norm);
            }
        });

    [Fact]
    public void The_ratio_divides_by_the_norm_of_the_gradient() => Law.Check(
        output, Scenario.From(draw => new Lars { Epsilon = 0, WeightDecay = 0, AlwaysAdapt = true, Momentum = draw.Of(0, 0.9) }, draw => draw.Moderate()), s =>
        {
            // A rule that multiplied by the norm would move by the square of the scale.
            var scaled = s with { Gradients = [.. s.Gradients.Select(g => Array.ConvertAll(g, x => 1024 * x))] };
            Same.Bits(s.Run<double>().Parameters, scaled.Run<double>().Parameters);
            Same.Bits(s.Run<float>().Parameters, scaled.Run<float>().Parameters);
        });

    [Fact]
    public void Without_decay_and_without_AlwaysAdapt_it_is_SGD_with_momentum() => Law.Check(
        output, Scenario.From(draw => new Lars { WeightDecay = 0, LearningRate = draw.Fraction(), Momentum = draw.Of(0, 0.5), Dampening = draw.Of(0, 0.25) }), s =>
        {
            var lars = (Lars)s.Rule;
            Same.Bits(s.Run<float>(new Sgd { LearningRate = lars.LearningRate, Momentum = lars.Momentum, Dampening = lars.Dampening }), s.Run<float>());
        });

    [Fact]
    public void The_clipped_ratio_keeps_each_tensors_rate_at_or_below_lr()
    {
        // r / lr = 0.5 * 4 / 1 / 0.1 = 20 is cut to 1; 0.5 * 4 / 1000 / 0.1 = 0.02 is not.
        var rule = new Lars { LearningRate = 0.1, Momentum = 0, WeightDecay = 0, TrustCoefficient = 0.5, Epsilon = 0, AlwaysAdapt = true, ClipTrust = true };
        var layout = Layout.Of(new TensorShape("a"), new TensorShape("b"));
        var next = Optimizer.Init(rule, TensorSet.OfValues<double>(layout, [4, 4])).Step(TensorSet.OfValues<double>(layout, [1, 1000])).Item2;
        Same.Close([4 - 0.1, 4 - (0.1 * 0.02 * 1000)], next.ToArray(), 1e-15);
        Assert.Equal([4.0, 4], Optimizer.Init(rule.WithLearningRate(0), TensorSet.OfValues<double>(layout, [4, 4])).Step(TensorSet.OfValues<double>(layout, [1, 1000])).Item2.ToArray());
    }
}
