using System.Numerics;
using Optim.Tensors;

namespace Optim;

/// <summary>One run of <see cref="Optimizer.Minimize{T}"/>: the steps and the result.</summary>
internal sealed class Descent<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly StopConditions stop;
    private readonly Evaluations<T> evaluations;

    // A rule within bounds starts within them, and has arrived where the projected gradient is small.
    private readonly Box<T>? box;

    // A schedule may yet lead out of where nothing changes.
    private readonly bool isScheduled;

    private OptimizerState<T> state;
    private LossMonitor losses;
    private bool moved, gaveUp;
    private long calmSteps, idleSteps, evaluated;

    public Descent(Rule rule, TensorSet<T> start, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, StopConditions stop)
    {
        this.stop = stop;
        box = rule.BoundsOf<T>(start.Layout);
        state = Optimizer.Init(rule, box?.Nearest(start) ?? start);
        evaluations = new(objective, start.Layout, remembers: !stop.Stochastic);
        losses = stop.Monitor();
        isScheduled = IsScheduled(rule);
    }

    public Minimization<T> Run()
    {
        while (true)
        {
            var at = evaluations.At(state.Parameters);
            var (loss, gradient) = at.Result;
            double norm = box is { } bounds ? bounds.ProjectedNorm(at.Point.Span, gradient.Span) : gradient.Norm();
            if (moved)
            {
                calmSteps = Math.Abs(loss - losses.Loss) <= stop.LossTolerance * Math.Max(1, Math.Abs(loss)) ? calmSteps + 1 : 0;
                idleSteps = evaluations.Count > evaluated ? 0 : idleSteps + 1;
            }

            losses = losses.Next(stop.GradientFree || double.IsFinite(norm) ? loss : double.NaN);
            if (stop.Reason(state.StepCount, losses, norm, calmSteps, gaveUp || (idleSteps >= stop.Patience && !isScheduled)) is { } reason)
            {
                return new(state, loss, norm, reason);
            }

            StepFrom(at);
        }
    }

    private void StepFrom(Evaluation<T> at)
    {
        // Where the last step has not moved, this one may not either, and whether anything else has changed shows beside the state before it alone.
        bool compares = state.StepCount > 0 && !moved;
        double failures = Failures(state);
        evaluated = evaluations.Count;
        var next = Optimizer.Step(
            state.StepCount == 0 || compares ? state : state.Donate(), at.Result.Item2, at.Result.Item1, objective: point => evaluations.At(point).Result).Item1;
        moved = !next.Parameters.Equals(at.Point);
        gaveUp = !moved && Failures(next) > failures;
        idleSteps += compares && !moved && KeepTheSame(state, next) ? 1 : 0;
        state = next;
    }

    /// <summary>The number of line searches that found no lower point.</summary>
    private static double Failures(OptimizerState<T> state) =>
        state.Scalars.Where(scalar => scalar.Key.StartsWith(Lbfgs.FailuresName, StringComparison.Ordinal)).Sum(scalar => scalar.Value);

    /// <summary>Whether two states are equal except for their counters.</summary>
    private static bool KeepTheSame(OptimizerState<T> state, OptimizerState<T> next)
    {
        var scalars = state.Rule.AllScalars();
        return state.AllSlots.Zip(next.AllSlots).All(slots => slots.First.Equals(slots.Second))
            && Enumerable.Range(0, scalars.Count).All(i => scalars[i].IsTally || state.AllScalars[i].Equals(next.AllScalars[i]));
    }

    /// <summary>Whether a hyperparameter, its own or an inner rule's, depends on the step.</summary>
    private static bool IsScheduled(Rule rule) =>
        RuleTree.NumbersOf(rule).Any(number => number.Type == typeof(Schedule) && number.Value(rule) is not (null or ConstantSchedule))
        || rule.DeclareInner().Any(inner => IsScheduled(inner.Rule));
}
