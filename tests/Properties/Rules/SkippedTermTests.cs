using System.Numerics;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Rules;

/// <summary>What is switched off is not computed and multiplied by 0: 0 times infinity would be NaN.</summary>
public class SkippedTermTests
{
    public static IEnumerable<object[]> WithDecay =>
        from entry in RuleNames.OfGradient
        where entry.Create() is not (Cocob or ScheduleFreeRAdam) // They set the parameter from where it began: infinity less infinity.
        where entry.IsElementwise // A norm of the parameters would be infinite.
        where RuleProperty.Of(entry.Create()).Any(h => h.Name == "WeightDecay")
        from schedule in new[] { false, true }
        select new object[] { entry.Name, schedule };

    [Theory]
    [MemberData(nameof(WithDecay))]
    public void A_decay_of_0_leaves_an_infinite_parameter_and_a_fine_slot_alone(string name, bool schedule)
    {
        Check<float>(name, schedule);
        Check<double>(name, schedule);

        static void Check<T>(string name, bool schedule)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var rule = RuleRegistry.Find(name)!.Create();
            rule = RuleProperty.Of(rule).Single(h => h.Name == "WeightDecay").With(rule, schedule ? Schedule.Table([0]) : Schedule.Constant(0));
            // ASGD has a decay of its own beside it, which its rate falls with.
            rule = rule is Asgd asgd ? asgd.WithLambda(0) : rule;
            T one = T.One, half = one / (one + one);
            var start = TensorSet.OfArray([one, T.PositiveInfinity, T.NegativeInfinity, T.NaN]);
            var next = Optimizer.Init(rule, start).Step(TensorSet.Filled(start.Layout, half)).Item1;
            Assert.Equal([T.PositiveInfinity, T.NegativeInfinity, T.NaN], next.Parameters.ToArray()[1..]);
            var zero = next.Slots.Values.Zip(rule.DeclareSlots()).Where(slot => !slot.Second.FromParameters).Select(slot => slot.First);
            Assert.All(zero, slot => Assert.All(slot.ToArray(), x => Assert.True(T.IsFinite(x))));
        }
    }

    [Fact]
    public void A_momentum_of_0_forgets_an_infinite_gradient()
    {
        var state = Optimizer.Init(new Sgd(), TensorSet.OfArray([1.0]));
        Assert.Empty(state.Slots);
        Assert.DoesNotContain("momentum_buffer", Optimizer.Init(new RmsProp(), TensorSet.OfArray([1.0])).Slots.Keys);
        var after = Optimizer.Fold(state, [TensorSet.OfArray([double.PositiveInfinity]), TensorSet.OfArray([1.0])]);
        Assert.Equal(double.NegativeInfinity, after.Parameters.Span[0]);
    }

    [Fact]
    public void A_clip_that_does_not_clip_leaves_the_gradient_alone()
    {
        var clip = new ClipByGlobalNorm { MaxNorm = 1e30 };
        Assert.Equal([-0.1, -1e-310, 5.0], Optimizer.Init(clip, TensorSet.OfArray([0.0, 0, 5])).Step(TensorSet.OfArray([0.1, 1e-310, 0])).Item2.ToArray());
    }
}
