using System.Numerics;

namespace Optim.Execution;

/// <content>Guards: rules that decide by the gradient whether the rule inside steps, and see every gradient that it evaluates itself.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private List<int>? overruled;
    private int guards, judging;

    /// <summary>
    /// Goes on in one of two ways, as <see cref="Branch"/> does, and holds every evaluation of the objective within the first way to a condition as well. Where one is not accepted, nothing of the step
    /// remains, and it is taken again from its beginning in the other way.
    /// </summary>
    /// <param name="condition">Sees the update as it arrives here.</param>
    /// <param name="accepts">Sees the loss and the gradient of each further evaluation, but for trials (<see cref="RequireObjective(string, bool)"/>). It may throw, which ends the step, and may set this rule's scalars.</param>
    /// <param name="whenTrue">Prepares the one way.</param>
    /// <param name="whenFalse">Prepares the other.</param>
    /// <param name="mayThrow">Whether the first condition may throw.</param>
    public void Guard(
        Func<TensorStepContext<T>, bool> condition, Func<double, TensorSet<T>, bool> accepts, Action whenTrue, Action whenFalse, bool mayThrow = false)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(accepts);
        int guard = guards++;
        bool isRefused = inputs.RefusedBy?.Contains(guard) ?? false;
        Branch(context => !isRefused && condition(context), WhenTrue, whenFalse, mayThrow);

        void WhenTrue()
        {
            var outer = objective;
            var own = scope;
            objective = outer is null ? null : (point, isTrial) =>
            {
                var evaluation = outer(point, isTrial);
                if (!isTrial && !Accepts(own, evaluation, accepts))
                {
                    throw new EvaluationRefusedException([.. overruled ?? [], guard, .. inputs.RefusedBy ?? []]);
                }

                return evaluation;
            };
            ArgumentNullException.ThrowIfNull(whenTrue);
            whenTrue();
            objective = outer;
        }

        bool Accepts(Scope own, Tuple<double, TensorSet<T>> evaluation, Func<double, TensorSet<T>, bool> accepts)
        {
            var speaking = scope;
            (scope, judging) = (own, guard);
            bool accepted = accepts(evaluation.Item1, evaluation.Item2);
            scope = speaking;
            return accepted;
        }
    }

    /// <summary>Says, while an evaluation is looked at, that it is let pass and not accepted: where the step is taken again for another guard's sake, this one goes its other way.</summary>
    internal void LetPass() => (overruled ??= []).Add(judging);

    private void ForgetGuards()
    {
        guards = 0;
        overruled = null;
    }

    /// <summary>The objective as the outermost rule sees it.</summary>
    private Func<TensorSet<T>, bool, Tuple<double, TensorSet<T>>>? Evaluating(in StepInputs<T> given) => given.Objective is { } evaluate ? Checking(evaluate) : null;

    private Func<TensorSet<T>, bool, Tuple<double, TensorSet<T>>> Checking(Func<TensorSet<T>, Tuple<double, TensorSet<T>>> evaluate) =>
        (point, _) => StepInputs<T>.Checked(evaluate(point), Layout);
}

/// <summary>A guard does not accept an evaluation that the rule inside it has made: the step is to be taken again.</summary>
/// <param name="guards">The guards that go their other way then.</param>
internal sealed class EvaluationRefusedException(IReadOnlyList<int> guards) : Exception("A guard does not accept an evaluation of the objective.")
{
    /// <summary>By the order in which the plan meets them, which is the same each time.</summary>
    public IReadOnlyList<int> Guards => guards;
}
