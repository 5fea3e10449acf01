namespace Optim.Cli.Bench.Rules;

/// <summary>Steps of any rule that an objective's values are enough for: beside the gradient it is given a loss and, if it needs one, a Hessian's diagonal.</summary>
internal static class StepInput
{
    private const double Loss = 1;

    /// <summary>One step, the gradient's size in place of the curvature where the rule asks for that.</summary>
    public static OptimizerState<float> Step(OptimizerState<float> state, TensorSet<float> gradient) =>
        Optimizer.Step(state, gradient, Loss, hessianDiagonal: gradient).Item1;

    /// <summary>Why a rule cannot be measured so; null if it can.</summary>
    public static string? WhyNot(RuleEntry entry) =>
        entry.NeedsObjective ? "a step evaluates the objective, whose time is the step's" : null;
}
