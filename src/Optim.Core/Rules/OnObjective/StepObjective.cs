using System.Globalization;
using Optim.LineSearches;

namespace Optim;

/// <summary>The objective in one step of a rule that evaluates it.</summary>
/// <param name="Rule">The rule's name, for errors.</param>
/// <param name="Evaluate">The loss and the gradient at a point.</param>
/// <param name="Loss">The loss at the state's parameters.</param>
/// <param name="MayGoOn">Whether it may be evaluated again.</param>
internal sealed record StepObjective<T>(string Rule, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> Evaluate, double Loss, Func<bool> MayGoOn)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The state's parameters, as the point at which a step begins.</summary>
    /// <exception cref="ArithmeticException">The loss or the gradient is not finite.</exception>
    public LinePoint<T> Start(TensorStepContext<T> context) =>
        StartAt(context, Loss, TensorSet.OfValues(context.Layout, context.Update), TensorSet.OfValues(context.Layout, context.Parameters));

    /// <summary>Another point at which a step begins.</summary>
    /// <exception cref="ArithmeticException">The loss or the gradient is not finite.</exception>
    public LinePoint<T> StartAt(TensorStepContext<T> context, double loss, TensorSet<T> gradient, TensorSet<T> position)
    {
        double largest = context.GlobalNorm(gradient.Span, double.PositiveInfinity);
        return double.IsFinite(loss) && double.IsFinite(largest)
            ? new(0, loss, 0, gradient, position)
            : throw new ArithmeticException(string.Create(
                CultureInfo.InvariantCulture,
                $"{Rule}: the loss and the gradient must be finite, the loss was {loss} and the gradient's largest magnitude {largest} at step {context.Clock}."));
    }
}

/// <summary>Steps that lead where the objective says.</summary>
internal static class StepObjective
{
    /// <summary>Appends work that evaluates the objective and leaves the parameters it has found in the update's place.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="rule">The rule's name, for errors.</param>
    /// <param name="slotCount">How many of the rule's slots are the work's own.</param>
    /// <param name="work">The work.</param>
    /// <param name="isTrial">Whether it looks at each evaluation and goes on from none that is not finite.</param>
    public static void MoveByObjective<T>(this Plan<T> plan, string rule, int slotCount, Action<TensorStepContext<T>, StepObjective<T>> work, bool isTrial = true)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(plan);
        var evaluate = plan.RequireObjective(rule, isTrial);
        var objective = new StepObjective<T>(rule, evaluate, plan.RequireLoss(rule), plan.MayGoOn);
        plan.ApplyToTensors(slotCount, context => work(context, objective));
        plan.SetParameters(default(PassThrough<T>));
    }
}
