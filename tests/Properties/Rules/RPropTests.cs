using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 39.</summary>
public class RPropTests(ITestOutputHelper output)
{
    [Fact]
    public void Rprop_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new RProp
        {
            InitialStepSize = draw.Of(0, 0.01, draw.Fraction()), EtaMinus = Textbook.Any(draw, 0.1, 0.9), EtaPlus = Textbook.Any(draw, 1, 2),
            MinStepSize = draw.Of(0, 1e-6, 1e-3), MaxStepSize = draw.Of(0.1, 50), Maximize = draw.Coin(),
        },
        rule => new TextbookRProp((RProp)rule));

    [Fact]
    public void Law_39_the_step_sizes_stay_in_bounds() => Law.Check(output, Scenario.From(draw => AnyRule.Of(draw, RuleRegistry.Find("rprop")!)), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var rule = (RProp)s.Rule;
            T least = T.CreateTruncating(rule.MinStepSize), most = T.CreateTruncating(rule.MaxStepSize);
            foreach (var state in Optimizer.Scan(s.Begin<T>(), s.GradientsOf<T>()).Skip(1))
            {
                Assert.All(state.Slots["step_size"].ToArray(), size => Assert.True(size >= least && size <= most, $"{size} is not in [{least}, {most}]"));
            }
        }
    });

    [Fact]
    public void After_a_change_of_sign_an_element_rests_and_then_keeps_its_size()
    {
        double[] gradients = [1, 3, -1, -5, -1, 2, 0, 2];
        var state = Optimizer.Init(new RProp { InitialStepSize = 1, EtaMinus = 0.5, EtaPlus = 2 }, TensorSet.OfArray([0.0]));
        var path = Optimizer.Scan(state, gradients.Select(g => TensorSet.OfArray([g]))).Skip(1).ToList();
        Assert.Equal([1, 2, 1, 1, 2, 1, 1, 1], path.Select(s => s.Slots["step_size"].Span[0]));
        Assert.Equal([-1.0, -3, -3, -2, 0, 0, 0, -1], path.Select(s => s.Parameters.Span[0]));
    }

    [Fact]
    public void Gradients_too_small_to_be_multiplied_still_agree_in_sign()
    {
        var state = Optimizer.Init(new RProp { InitialStepSize = 1 }, TensorSet.OfArray([0f]));
        state = Optimizer.Fold(state, Enumerable.Repeat(TensorSet.OfArray([1e-30f]), 2));
        Assert.Equal(1.2f, state.Slots["step_size"].Span[0]);
    }

    [Fact]
    public void An_element_rests_on_a_gradient_of_NaN_and_an_infinite_one_is_one_of_its_sign()
    {
        var state = Optimizer.Init(new RProp { InitialStepSize = 1 }, TensorSet.OfArray([5.0, 5, 5]));
        state = state.Step(TensorSet.OfArray([double.NaN, double.PositiveInfinity, 1])).Item1;
        Assert.Equal([5, 4, 4], state.Parameters.ToArray());
        state = state.Step(TensorSet.OfArray([1.0, double.PositiveInfinity, 1])).Item1;
        Assert.Equal([4, 2.8, 2.8], state.Parameters.ToArray());
        Assert.Equal([1, 1.2, 1.2], state.Slots["step_size"].ToArray());
    }

    [Fact]
    public void Bounds_that_contradict_each_other_are_refused() => Refused.With<ArgumentException>(
        "MinStepSize must not be above MaxStepSize, they were 1 and 0.5",
        () => Optimizer.Init(new RProp { MinStepSize = 1, MaxStepSize = 0.5 }, TensorSet.OfArray([1.0])));
}
