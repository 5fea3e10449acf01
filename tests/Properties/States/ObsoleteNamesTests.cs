#pragma warning disable CS0618 // The old names are what is tested.
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>A rule written with the names of before does what it did.</summary>
public class ObsoleteNamesTests
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([3.0, -4]);

    [Theory]
    [InlineData(0.5)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    public void A_rule_in_the_old_names_has_the_bits_of_one_in_the_new(double gradient)
    {
        TensorSet<double>[] gradients = [TensorSet.OfArray([gradient, 1]), TensorSet.OfArray([2, gradient])];
        OptimizerState<double> old = Optimizer.Init(new Old(), Start), renamed = Optimizer.Init(new New(), Start);
        foreach (var g in gradients)
        {
            (old, renamed) = (old.Step(g).Item1, renamed.Step(g).Item1);
            Same.Bits(old.Parameters.Span, renamed.Parameters.Span);
            Assert.Equal(renamed.Slots.Values, old.Slots.Values);
            Assert.Equal(renamed.Scalars, old.Scalars);
        }
    }

    [Fact]
    public void Missing_arguments_are_refused_under_the_old_names_too()
    {
        var plan = new Plan<double>(0, Start, default, []);
        Assert.Throws<ArgumentNullException>("work", () => plan.ApplyWhole(0, null!));
        Assert.Throws<ArgumentNullException>("work", () => plan.RelocateWhole(0, null!));
        Assert.Throws<ArgumentNullException>("condition", () => plan.Choose(null!, () => { }, () => { }));
        Assert.Throws<ArgumentNullException>("rule", () => plan.Leave(null!));
    }

    /// <summary>A mean of the gradient, halved, or the start again; then a quarter of the way back to 0.</summary>
    private abstract record Both : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("mean"), .. new ScaleByMomentum().DeclareSlots(), new("idle", 7), new("seen")];

        public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("norm")];
    }

    private sealed record Old : Both
    {
        public override void Prepare<T>(Plan<T> plan)
        {
            plan.ApplyWhole(1, whole => Average(plan, whole), mayThrow: false);
            plan.Choose(
                whole => whole.IsFinite,
                () => plan.Prepare(new ScaleByMomentum()),
                () =>
                {
                    plan.Leave(new ScaleByMomentum());
                    plan.Place(default(RestFormula<T>));
                });
            plan.LeaveSlots(1);
            plan.Relocate(new ScaleFormula<T>(0.75));
            plan.RelocateWhole(1, whole => whole.Update.CopyTo(whole.ChangeSlot(0)));
        }

        private static void Average<T>(Plan<T> plan, Whole<T> whole)
            where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
        {
            plan.SetScalar("norm", plan.Scalar("norm") + whole.GlobalNorm());
            whole.Then(new MomentumFormula<T>(0.5, 0, 1));
        }
    }

    private sealed record New : Both
    {
        public override void Prepare<T>(Plan<T> plan)
        {
            plan.ApplyToTensors(1, Average, mayThrow: false);
            plan.Branch(
                context => context.IsFinite,
                () => plan.Prepare(new ScaleByMomentum()),
                () =>
                {
                    plan.Skip(new ScaleByMomentum());
                    plan.SetParameters(default(RestFormula<T>));
                });
            plan.SkipSlots(1);
            plan.TransformParameters(new ScaleFormula<T>(0.75));
            plan.TransformParameters(1, context => context.Update.CopyTo(context.ChangeSlot(0)));
        }

        private static void Average<T>(TensorStepContext<T> context)
            where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
        {
            context.SetScalar("norm", context.Scalar("norm") + context.GlobalNorm());
            context.Then(new MomentumFormula<T>(0.5, 0, 1));
        }
    }
}
