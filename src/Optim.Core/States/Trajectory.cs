using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace Optim;

/// <summary>Starts trajectories.</summary>
public static class Trajectory
{
    /// <summary>A trajectory of no steps yet.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="start">The initial state, at any step.</param>
    /// <param name="snapshotEvery">The number of steps between snapshots of the state; 1 or more. In between, the gradients are kept. Default 100.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public static Trajectory<T> Begin<T>(OptimizerState<T> start, int snapshotEvery = 100)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(start);
        return new(start.WithMaxThreads(start.MaxThreads), Constraint.CheckCount(snapshotEvery, name: nameof(snapshotEvery)));
    }
}

/// <summary>Time travel through a run: the state at any of its steps, to the bit, from a snapshot every k steps and the gradients between them.</summary>
/// <remarks>
/// Immutable: <see cref="Step"/> returns another trajectory, one step longer, which shares everything with this one; keep both to branch. A trajectory of n steps of P parameters
/// with S slots holds n P + n (1 + S) P / k numbers and needs at most k - 1 steps to reproduce any step: small k is fast, large k saves memory. States taken from it or passed to it may be
/// donated: the trajectory keeps its own claim to the memory. F#: <c>gradients |> Seq.fold (fun (t: Trajectory&lt;float&gt;) g -> t.Step g) (Trajectory.Begin state)</c>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Trajectory<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ImmutableList<OptimizerState<T>> snapshots;
    private readonly ImmutableList<Inputs> inputs;
    private readonly OptimizerState<T> last;

    internal Trajectory(OptimizerState<T> start, int snapshotEvery)
        : this([start], [], start, snapshotEvery)
    {
    }

    private Trajectory(ImmutableList<OptimizerState<T>> snapshots, ImmutableList<Inputs> inputs, OptimizerState<T> last, int snapshotEvery)
    {
        this.snapshots = snapshots;
        this.inputs = inputs;
        this.last = last;
        SnapshotEvery = snapshotEvery;
    }

    /// <summary>The number of steps between snapshots.</summary>
    public int SnapshotEvery { get; }

    /// <summary>The step of the first state.</summary>
    public long FirstStep => snapshots[0].StepCount;

    /// <summary>The step of the last state.</summary>
    public long LastStep => last.StepCount;

    /// <summary>The last state.</summary>
    public OptimizerState<T> Last => Lent(last);

    /// <summary>The trajectory with one more step; see <see cref="Optimizer.Step{T}"/>.</summary>
    /// <param name="gradient">The gradient at the last state's parameters. Kept, not copied.</param>
    /// <param name="loss">The loss there, for rules that need it.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian diagonal there, for rules that need it. Kept, not copied.</param>
    /// <exception cref="ArgumentException">The layouts differ, or the rule needs an input that is missing.</exception>
    public Trajectory<T> Step(TensorSet<T> gradient, double? loss = null, TensorSet<T>? hessianDiagonal = null)
    {
        var step = new Inputs(gradient, loss, hessianDiagonal);
        var next = step.Applied(last);

        // Kept beyond the donation of whatever state it may have come from.
        gradient.Storage.Share();
        hessianDiagonal?.Storage.Share();
        return With(next, step);
    }

    /// <summary>The trajectory with one more step on an objective; see <see cref="Optimizer.StepOn{T}"/>. The resulting state is kept as a snapshot, since an objective cannot be replayed.</summary>
    /// <param name="objective">From parameters to the loss and its gradient.</param>
    /// <exception cref="ArgumentException">The objective returns null, or a gradient of another layout.</exception>
    public Trajectory<T> StepOn(Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective)
    {
        var next = Optimizer.StepOn(last, objective).Item1;
        return new(snapshots.Add(Lent(next)), inputs.Add(Inputs.Unknown), next, SnapshotEvery);
    }

    /// <summary>The state at a step, equal to the original to the bit.</summary>
    /// <param name="step">From <see cref="FirstStep"/> to <see cref="LastStep"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The trajectory does not include the step.</exception>
    public OptimizerState<T> At(long step)
    {
        RequireStep(step, nameof(step));
        return step == LastStep ? Last : Lent(Replayed(step).Last());
    }

    /// <summary>Every state from one step to another, inclusive. Lazy; all stay valid.</summary>
    /// <param name="first">The first step.</param>
    /// <param name="last">The last step; by default the trajectory's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The trajectory does not include a step, or the last is before the first.</exception>
    public IEnumerable<OptimizerState<T>> States(long first, long? last = null)
    {
        RequireStep(first, nameof(first));
        RequireStep(last ?? LastStep, nameof(last));
        ArgumentOutOfRangeException.ThrowIfLessThan(last ?? LastStep, first, nameof(last));
        return Replayed(last ?? LastStep, first).SkipWhile(state => state.StepCount < first).Select(Lent);
    }

    /// <summary>The trajectory up to a step, to continue differently from there.</summary>
    /// <param name="step">From <see cref="FirstStep"/> to <see cref="LastStep"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The trajectory does not include the step.</exception>
    public Trajectory<T> BackTo(long step)
    {
        var state = At(step);
        return new(snapshots.RemoveRange(IndexBefore(step) + 1, snapshots.Count - IndexBefore(step) - 1), inputs.RemoveRange((int)(step - FirstStep), (int)(LastStep - step)), state, SnapshotEvery);
    }

    /// <summary>The steps and the number of snapshots.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"Trajectory from step {FirstStep} to {LastStep}, {snapshots.Count} snapshots, one every {SnapshotEvery} steps");

    /// <summary>The same state with its own claim to the memory: donating one does not end the other.</summary>
    private static OptimizerState<T> Lent(OptimizerState<T> state) => state.WithMaxThreads(state.MaxThreads);

    private Trajectory<T> With(OptimizerState<T> next, Inputs step) => new(
        next.StepCount - snapshots[^1].StepCount >= SnapshotEvery ? snapshots.Add(Lent(next)) : snapshots, inputs.Add(step), next, SnapshotEvery);

    /// <summary>The states from the last snapshot at or before the first requested step to the last.</summary>
    private IEnumerable<OptimizerState<T>> Replayed(long lastWanted, long? firstWanted = null)
    {
        var state = snapshots[IndexBefore(firstWanted ?? lastWanted)];
        yield return state;
        for (int next = IndexBefore(state.StepCount) + 1; state.StepCount < lastWanted;)
        {
            // Past a snapshot it is the snapshot: what no gradient leads to (StepOn) is kept itself.
            bool kept = next < snapshots.Count && snapshots[next].StepCount == state.StepCount + 1;
            state = kept ? snapshots[next] : inputs[(int)(state.StepCount - FirstStep)].Applied(state);
            next += kept ? 1 : 0;
            yield return state;
        }
    }

    /// <summary>The last snapshot at or before a step.</summary>
    private int IndexBefore(long step)
    {
        int low = 0, high = snapshots.Count;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = snapshots[middle].StepCount <= step ? (middle, high) : (low, middle);
        }

        return low;
    }

    private void RequireStep(long step, string name)
    {
        if (step < FirstStep || step > LastStep)
        {
            throw new ArgumentOutOfRangeException(
                name, string.Create(CultureInfo.InvariantCulture, $"{name} must be from {FirstStep} to {LastStep}, the steps of the run, was {step}."));
        }
    }

    /// <summary>A step's inputs.</summary>
    private sealed record Inputs(TensorSet<T>? Gradient, double? Loss, TensorSet<T>? HessianDiagonal)
    {
        public static Inputs Unknown { get; } = new(null, null, null);

        public OptimizerState<T> Applied(OptimizerState<T> state) => Optimizer.Step(state, Gradient!, Loss, HessianDiagonal).Item1;
    }
}
