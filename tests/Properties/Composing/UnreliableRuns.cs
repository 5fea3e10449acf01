using System.Numerics;

namespace Optim.Properties.Composing;

/// <summary>Runs of rules that evaluate an objective which is not always finite, for law 53.</summary>
internal static class UnreliableRuns
{
    public const double Rate = 0.1, Momentum = 0.5, Rho = 0.3;

    public static readonly Rule Searching = new Sam(new Sgd { LearningRate = Rate, Momentum = Momentum }) { Rho = Rho };

    /// <summary>A start near the bowl's bottom, and numbers that say which evaluations are bad.</summary>
    public static FsCheck.Arbitrary<Scenario> AnyRun() => Cases.Of(draw =>
    {
        int length = draw.Integer(1, 6);
        return new Scenario(Searching, [length], draw.Numbers(length, () => draw.Plain() / 10), [[-1, .. draw.Numbers(draw.Integer(1, 9), draw.Plain)]]);
    });

    /// <summary>The state after a step; null where the rule does not go on.</summary>
    public static OptimizerState<T>? Stepped<T>(OptimizerState<T> state, Unreliable<T> objective)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        try
        {
            return Optimizer.StepOn(state, objective.At).Item1;
        }
        catch (ArithmeticException)
        {
            return null;
        }
    }

    /// <summary>What the loss is multiplied by, by all loss scaling together.</summary>
    public static double ScaleOf<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> => state.Scalars.Where(x => x.Key.StartsWith("loss_scale", StringComparison.Ordinal)).Aggregate(1.0, (product, x) => product * x.Value);
}
