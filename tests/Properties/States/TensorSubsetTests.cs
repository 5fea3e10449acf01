using System.Numerics;
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.States;

/// <summary>Rules on some tensors alone, as a user may put them together; law 11.</summary>
public class TensorSubsetTests(ITestOutputHelper output)
{
    [Fact]
    public void Each_rule_sees_its_own_tensors_and_keeps_its_own_slots_and_scalars() => Law.Check(output, Scenario.From(AnyHalves, draw => draw.Plain()), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var rule = (Halves)s.Rule;
            if (Places(rule.Odd) || Places(rule.Even))
            {
                return;
            }

            var together = s.Run<T>();
            Same.Bits(together, Optimizer.Fold(s.Begin<T>(), s.GradientsOf<T>()));
            double[] scalars = [.. Alone(rule.Odd, odd: true).Scalars.Values, .. Alone(rule.Even, odd: false).Scalars.Values];
            Assert.Equal(scalars, together.Scalars.Values);

            OptimizerState<T> Alone(Rule own, bool odd)
            {
                TensorSet<T> Own(TensorSet<T> set) => TensorSet.OfTensors([.. s.Layout.Where(shape => Halves.IsOdd(shape) == odd).Select(shape => set[shape.Name])]);
                var alone = Optimizer.Fold(Optimizer.Init(own, Own(s.StartOf<T>())), s.GradientsOf<T>().Select(Own));
                Same.Bits(alone.Parameters, Own(together.Parameters));
                return alone;
            }
        }
    }, 60);

    [Fact]
    public void Law_11_the_same_rule_for_both_halves_is_the_rule() => Law.Check(
        output, Scenario.From(AnyHalves), s =>
        {
            var rule = ((Halves)s.Rule).Odd;
            if (!Places(rule))
            {
                Same.Bits(s.Run<double>(rule).Parameters, s.Run<double>(new Halves(rule, rule)).Parameters);
            }
        }, 40);

    [Fact]
    public void A_part_is_given_its_inputs_and_no_objective()
    {
        var start = TensorSet.OfTensors(Tensor.OfScalar("t0", 1.0), Tensor.OfScalar("t1", 2.0));
        var rule = new Halves(new NeedsLoss(), new Identity());
        var next = Optimizer.Step(Optimizer.Init(rule, start), start, loss: 0.5).Item2;
        Assert.Equal([1 - 1, 2 - 0.5], next.ToArray());
        Refused.With<ArgumentException>("loss", () => Optimizer.Init(rule, start).Step(start));
    }

    private static Halves AnyHalves(Draw draw) => new(AnyRule.Inner(draw), draw.OneIn(3) ? new NAdam().Then(new ClipByGlobalNorm(0.01)) : AnyRule.Inner(draw));

    // At any step of a case, not the first alone: a proximal decay that is scheduled from 0 places only later.
    private static bool Places(Rule rule) => AnyRule.Places(rule, steps: 40);

    /// <summary>A rule for the tensors of odd names, another for the rest.</summary>
    private sealed record Halves(Rule Odd, Rule Even) : Rule
    {
        public static bool IsOdd(TensorShape shape) => (shape.Name[^1] - '0') % 2 == 1;

        public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
            [.. Odd.DeclareSlots().Select(slot => slot.For(IsOdd)), .. Even.DeclareSlots().Select(slot => slot.For(shape => !IsOdd(shape)))];

        public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [.. Odd.AllScalars(), .. Even.AllScalars()];

        public override void Prepare<T>(Plan<T> plan)
        {
            plan.PrepareFor(Odd, IsOdd);
            plan.PrepareFor(Even, shape => !IsOdd(shape));
        }
    }

    /// <summary>Subtracts the loss.</summary>
    private sealed record NeedsLoss : Rule
    {
        public override void Prepare<T>(Plan<T> plan)
        {
            T loss = T.CreateTruncating(plan.RequireLoss(nameof(NeedsLoss)));
            plan.ApplyToTensors(0, context => context.ChangeUpdate().Fill(loss));
        }
    }
}
