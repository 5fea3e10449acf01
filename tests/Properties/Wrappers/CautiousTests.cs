using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Caution around any rule (Liang et al. 2024).</summary>
public class CautiousTests(ITestOutputHelper output)
{
    [Fact]
    public void A_step_is_that_of_the_rule_inside_where_it_goes_against_the_gradient_enlarged() => Law.Check(output, Any(), s =>
    {
        var rule = (Cautious)s.Rule;
        var state = s.Begin<double>();
        var inner = Optimizer.Init(rule.Inner.Then(new ScaleByMomentum { Momentum = 0 }), s.StartOf<double>());
        foreach (double[] g in s.Gradients)
        {
            // A buffer without memory keeps the step.
            inner = Optimizer.Restore(inner.Rule, inner.StepCount, state.Parameters, inner.Slots, inner.Scalars).Step(s.Set<double>(g)).Item1;
            double[] u = inner.Slots.Values.Last().ToArray();
            state = state.Step(s.Set<double>(g)).Item1;
            for (int tensor = 0; tensor < s.Layout.Count; tensor++)
            {
                int start = s.Layout.OffsetOf(tensor), length = s.Layout[tensor].Length;
                int kept = Enumerable.Range(start, length).Count(i => Math.Sign(u[i]) * Math.Sign(g[i]) > 0);
                double factor = 1 / Math.Max(kept / (double)Math.Max(1, length), rule.LeastFraction);
                for (int i = start; i < start + length; i++)
                {
                    double before = inner.Parameters.Span[i] + u[i], step = Math.Sign(u[i]) * Math.Sign(g[i]) > 0 ? u[i] * factor : 0;
                    Same.Close(before - step, state.Parameters.Span[i], 1e-14, Math.Abs(before) + Math.Abs(u[i]) + Math.Abs(step), "parameter", i);
                }
            }
        }
    }, 60);

    [Fact]
    public void Around_the_directions_of_AdamW_and_Lion_it_is_their_option() => Law.Check(
        output,
        Scenario.From(
            draw => draw.Coin()
                ? new AdamW { LearningRate = 0.3, WeightDecay = draw.Of(0, 0.1), Cautious = true, AmsGrad = draw.Coin() }
                : new Lion { LearningRate = 0.3, WeightDecay = draw.Of(0, 0.1), Cautious = true },
            draw => draw.Moderate(), (10, 20)),
        s =>
        {
            var bold = s.Rule is AdamW adam ? adam.WithCautious(false) : (Rule)((Lion)s.Rule).WithCautious(false);
            double decay = s.Rule.HyperparametersAt(0)["WeightDecay"];
            var around = new Cautious(bold.AsDirection()).Then(new AddDecayedWeights(decay)).Then(new ScaleByLearningRate(0.3));
            double[] expected = s.Run<double>().Parameters.ToArray(), actual = s.Run<double>(around).Parameters.ToArray();

            // Three roundings a step rather than two, of steps that are enlarged no more than 300 times.
            Same.Close(expected, actual, 1e-14, 20 * 0.3 * 300 * 4);
        }, 60);

    [Fact]
    public void NaN_stays_and_is_not_counted()
    {
        double[] next = Optimizer.Init(new Cautious(new Sgd { LearningRate = 1 }), TensorSet.OfArray([0.0, 0])).Step(TensorSet.OfArray([double.NaN, 1])).Item2.ToArray();
        Assert.True(double.IsNaN(next[0]));
        Assert.Equal(-2, next[1]);
    }

    [Fact]
    public void What_keeps_a_point_of_its_own_or_projects_is_refused_inside()
    {
        var start = TensorSet.OfArray([1.0]);
        Refused.With<ArgumentException>("Cautious cannot hold Lookahead, which keeps slow weights", () => Optimizer.Init(new Cautious(new Lookahead()), start));
        Refused.With<ArgumentException>("Cautious cannot hold ProjectOntoBox, which projects", () => Optimizer.Init(new Cautious(new Sgd().Then(new ProjectOntoBox())), start));
        Assert.Equal(0, Optimizer.Init(new Lookahead(new Cautious(new Adam())), start).StepCount);
    }

    private static FsCheck.Arbitrary<Scenario> Any() => Scenario.From(
        draw => new Cautious(draw.Of<Rule>(
            new Adam { LearningRate = 0.1 }, new Sgd { Momentum = 0.9, LearningRate = 0.1 }, new Yogi(), new Lamb(), new NAdam(), new ClipByGlobalNorm(1).Then(new AdEmaMix { LearningRate = 0.1 })))
        {
            LeastFraction = draw.Of(1e-3, 0.5, 1),
        },
        draw => draw.Moderate(), (5, 15));
}
