using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The C# of docs/composing.md.</summary>
public class ComposingExample
{
    [Fact]
    public void Around_and_behind()
    {
        var parameters = TensorSet.OfArray([1.0, -0.5]);
        Tuple<double, TensorSet<double>> Loss(TensorSet<double> p) => Bowl.Objective(p);

        // A chain, from the gradient to the parameters: clip, step, project.
        var step = new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = 1e-3 }).Then(new ProjectOntoBox { Lower = -2, Upper = 2 });

        // Around it, from the inside out: average what it leads to, step with the gradient at the worst point near by, skip what is not finite.
        var rule = new ApplyIfFinite(new Sam(new ParameterEma(step)));
        var (state, _) = Optimizer.StepOn(Optimizer.Init(rule, parameters), Loss);

        // Refused where a run would begin, by an ArgumentException: Accumulate cannot hold Sam, which evaluates the objective itself: ...
        var refused = () => Optimizer.Init(new Accumulate(new Sam(), 4), parameters);
        Refused.With<ArgumentException>("Accumulate cannot hold Sam, which evaluates the objective itself: ", refused);
        Assert.Equal(1, state.StepCount);
    }

    [Fact]
    public void A_rule_of_ones_own_says_so()
    {
        var own = new Monitor();
        Assert.True(own.DeclareComposition().OnlyWatches);
        own.Then(new Sam()).Validate();
    }

    /// <summary>A rule that hands the gradient on.</summary>
    private sealed record Monitor : Rule
    {
        public override Composition DeclareComposition() => new() { OnlyWatches = true };

        public override void Prepare<T>(Execution.Plan<T> plan) => plan.ApplyToTensors(0, context => Assert.True(context.GlobalNorm() >= 0));
    }
}
