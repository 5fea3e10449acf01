using System.Numerics;
using Optim.Tensors;

namespace Optim;

/// <summary>One run of <see cref="Optimizer.Minimize{T}"/>: the steps and the result.</summary>
internal sealed class Descent<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly StopConditions stop;
    private readonly Evaluations<T> evaluations;
    private readonly Action<MinimizationProgress<T>>? onStep;

    // A rule within bounds starts within them, and has arrived where the projected gradient is small.
    private readonly INonsmoothTerm<T>? term;

    // A schedule may yet lead out of where nothing changes.
    private readonly bool isScheduled;

    private OptimizerState<T> state;
    private LossMonitor losses;
    private bool moved, gaveUp;
    private long calmSteps, idleSteps, evaluated;

    public Descent(
        Rule rule, TensorSet<T> start, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, StopConditions stop, Action<MinimizationProgress<T>>? onStep)
    {
        this.stop = stop;
        this.onStep = onStep;
        term = rule.NonsmoothTermOf<T>(start.Layout);
        state = Optimizer.Init(rule, term?.Nearest(start) ?? start);
        evaluations = new(objective, start.Layout, stop);
        losses = stop.Monitor();
        isScheduled = IsScheduled(rule);
    }

    public Minimization<T> Run()
    {
        var at = evaluations.At(state.Parameters);
        while (true)
        {
            var (bare, gradient) = at.Result;
            double loss = term?.Loss(at.Point, bare) ?? bare, norm = term?.Norm(at.Point, gradient) ?? gradient.Norm();
            if (moved)
            {
                calmSteps = Math.Abs(loss - losses.Loss) <= stop.LossTolerance * Math.Max(1, Math.Abs(loss)) ? calmSteps + 1 : 0;
                idleSteps = evaluations.Count > evaluated ? 0 : idleSteps + 1;
            }

            losses = losses.Next(stop.GradientFree || double.IsFinite(norm) ? loss : double.NaN);
            onStep?.Invoke(new(at.Point, loss, norm, state.StepCount, evaluations.Count));
            if (stop.Reason(state.StepCount, evaluations.Count, losses, norm, calmSteps, gaveUp || (idleSteps >= stop.Patience && !isScheduled)) is { } reason)
            {
                return new(state, loss, norm, evaluations.Count, reason);
            }

            if (After(at) is not { } next)
            {
                return new(state, loss, norm, evaluations.Count, stop.Interruption);
            }

            at = next;
        }
    }

    /// <summary>Where a step leads; null where the run was interrupted: the state is then the one before.</summary>
    private Evaluation<T>? After(Evaluation<T> at)
    {
        var before = state;
        try
        {
            StepFrom(at);
            return evaluations.At(state.Parameters);
        }
        catch (RunInterruptedException)
        {
            state = before;
            return null;
        }
    }

    private void StepFrom(Evaluation<T> at)
    {
        // Where the last step has not moved, this one may not either, and whether anything else has changed shows beside the state before it alone.
        bool compares = state.StepCount > 0 && !moved;
        long failures = Minimization<T>.FailuresOf(state);
        evaluated = evaluations.Count;
        var next = (state.StepCount == 0 || compares || stop.MayInterrupt ? state : state.Donate()).Next(
            at.Result.Item2, new(at.Result.Item1, Objective: point => evaluations.At(point).Result, MayGoOn: () => stop.MayEvaluate(evaluations.Count)));
        moved = !next.Parameters.Equals(at.Point);
        gaveUp = !moved && Minimization<T>.FailuresOf(next) > failures;
        idleSteps += compares && !moved && KeepTheSame(state, next) ? 1 : 0;
        state = next;
    }

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
