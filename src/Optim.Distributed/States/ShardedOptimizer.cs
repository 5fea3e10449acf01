using System.Numerics;
using System.Runtime.InteropServices;
using Optim.CSharp;
using Optim.Execution;

namespace Optim.Distributed;

/// <summary>An optimizer whose slots are divided among the ranks: each keeps those of its part of the parameters, steps that part, and gets the others' new values (ZeRO, stage 1).</summary>
/// <remarks>
/// <code>
/// using var optimizer = new ShardedOptimizer&lt;float&gt;(ranks, new AdamW { LearningRate = 1e-3 }, parameters);
/// double loss = optimizer.Evaluate(batch.Count, (start, count) => model.LossAndGradient(batch, start, count));
/// optimizer.Step(loss);
/// </code>
/// The parameters have the bits of an <see cref="InPlaceOptimizer{T}"/> in one process that is given the same mean gradient. Every rank makes the same calls. Elementwise rules, global norms before them included, are divided anywhere; rules on whole
/// tensors (Muon, SOAP, LAMB) from tensor to tensor; what evaluates the objective or works on the parameters as one vector is refused (<see cref="StatePartition"/>). Not thread-safe.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class ShardedOptimizer<T> : ITrainedOptimizer<T>, IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ICommunicator ranks;
    private readonly InPlaceState<T> state;
    private readonly ShardSum<T> sum;
    private readonly Gradients<T> gradients;
    private readonly T[] flat;

    /// <summary>An optimizer before its first step.</summary>
    /// <param name="communicator">The ranks; not disposed.</param>
    /// <param name="rule">The rule to follow; the same on every rank.</param>
    /// <param name="parameters">The parameters, with the same values on every rank.</param>
    /// <param name="shards">The number of shards of a batch; see <see cref="ShardSum{T}"/>. Default 16.</param>
    /// <param name="bucketLength">The elements of a bucket of the gradient, which is exchanged while the last shard's other gradients are computed, if the objective says which are complete (<see cref="Parameter{T}.CompleteGradient"/>); the same on every rank. Null to exchange the gradient as a whole. Default null.</param>
    /// <exception cref="ArgumentException">The rule is inconsistent, or cannot be stepped in parts; or as <see cref="ShardSum{T}"/>.</exception>
    public ShardedOptimizer(ICommunicator communicator, Rule rule, IEnumerable<Parameter<T>> parameters, int shards = ShardTree.UsualCount, int? bucketLength = null)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentNullException.ThrowIfNull(parameters);
        ranks = communicator;
        Parameters = Array.AsReadOnly<Parameter<T>>([.. parameters]);
        Layout = Layout.OfSequence(Parameters.Select(parameter => parameter.Shape));
        Partition = StatePartition.Of<T>(rule, Layout, ranks.Size);
        sum = new(ranks, Layout.Length, shards, bucketLength);
        gradients = new(sum, Parameters, Layout);
        flat = new T[Layout.Length];
        state = new(Partition, ranks.Rank, [.. Own((tensor, from, length) => Parameters[tensor].Values.Slice(from, length))],
            [.. Own((tensor, from, length) => (ReadOnlyMemory<T>)flat.AsMemory(Layout.OffsetOf(tensor) + from, length))], new Peers(ranks));
    }

    /// <summary>The parameters, in order.</summary>
    public IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>The parameters' names, shapes and offsets in a flat set.</summary>
    public Layout Layout { get; }

    /// <summary>How the parameters, with their slots, are divided among the ranks.</summary>
    public StatePartition Partition { get; }

    /// <inheritdoc/>
    public Rule Rule => state.Rule;

    /// <inheritdoc/>
    public long StepCount => state.StepCount;

    /// <summary>The numeric hyperparameters that the next step will use, by path.</summary>
    public IReadOnlyDictionary<string, double> Hyperparameters => state.Hyperparameters;

    /// <summary>The bytes of the slots and parameters that this rank steps.</summary>
    public long StateBytes => Snapshot() is var own ? (own.Parameters.Length + own.Slots.Values.Sum(slot => (long)slot.Length)) * Marshal.SizeOf<T>() : 0;

    /// <summary>The maximum number of threads per step, 1 or more. Default: one per processor, of which the ranks of one machine have a share each.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxThreads
    {
        get => state.MaxThreads;
        set => state.SetMaxThreads(value);
    }

    /// <summary>The backend that does the arithmetic, the same on every rank; see <see cref="Optim.Backend"/>. Default <see cref="Backend.Simd"/>, whose bits are those of one process.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such backend.</exception>
    /// <exception cref="InvalidOperationException">Intel MKL is needed and not available; the message has the reason.</exception>
    public Backend Backend
    {
        get => state.Backend;
        set => state.SetBackend(value);
    }

    /// <summary>Evaluates this rank's shards of a batch, and leaves this rank's part of the batch's mean gradient for <see cref="Step"/>.</summary>
    /// <param name="items">The number of the batch's items; 1 or more.</param>
    /// <param name="objective">From the first item and the number of items, 1 or more, to their mean loss; writes its gradient into the parameters' gradients.</param>
    /// <returns>The batch's mean loss, the same on every rank.</returns>
    /// <exception cref="RankFailedException">Another rank failed: its objective threw.</exception>
    public double Evaluate(int items, Func<int, int, double> objective)
    {
        ArgumentNullException.ThrowIfNull(objective);
        return Evaluate(items, shard => objective(shard.Start, shard.Count));
    }

    /// <summary>The same of an objective that is told which shard it is, as dropout wants to know: what it draws must not depend on the ranks.</summary>
    /// <param name="items">The number of the batch's items; 1 or more.</param>
    /// <param name="objective">From a shard of 1 item or more to their mean loss; writes its gradient into the parameters' gradients. Shards without items are left out.</param>
    /// <returns>The batch's mean loss, the same on every rank.</returns>
    /// <exception cref="RankFailedException">Another rank failed: its objective threw.</exception>
    public double Evaluate(int items, Func<Shard, double> objective)
    {
        ArgumentNullException.ThrowIfNull(objective);
        gradients.AddShards(items, objective, Partition.Ends);
        return sum.ReduceScatter(flat, Partition.Ends);
    }

    /// <inheritdoc/>
    /// <exception cref="RankFailedException">Another rank failed in the step.</exception>
    public void Step(double? loss = null) => Shared(() => state.Step(loss));

    /// <summary>Always refused: an objective takes all parameters, and a rule that calls it cannot be divided.</summary>
    /// <param name="objective">Not called.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public double StepOn(Func<double> objective) =>
        throw new NotSupportedException("A divided state takes no steps on an objective: use an InPlaceOptimizer on each rank, whose state is whole.");

    /// <inheritdoc/>
    public void Flush() => Shared(state.Flush);

    /// <summary>The global norm of the gradient that <see cref="Evaluate(int, Func{int, int, double})"/> has left, over all ranks. Valid before the step.</summary>
    /// <exception cref="RankFailedException">Another rank failed.</exception>
    public double GradientNorm() => Agreement.Own(ranks, state.GradientNorm);

    /// <summary>This rank's part of the state, in the layout of <see cref="StatePartition.LayoutOf"/>. Later steps do not change it.</summary>
    public OptimizerState<T> Snapshot() => state.Snapshot();

    /// <summary>Continues from this rank's part of a state, or from a whole state, which each rank takes its part of.</summary>
    /// <param name="state">A state of <see cref="Layout"/>, the same on every rank, or what <see cref="Snapshot"/> has returned.</param>
    /// <exception cref="ArgumentException">The state has another layout, or another rule's slots.</exception>
    public void Load(OptimizerState<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Shared(() => this.state.Load(state.Parameters.Layout.Equals(Layout) && !Layout.Equals(this.state.Layout)
            ? StateParts.Assembled(Partition, ranks.Rank, [new StatePart<T>(Partition.At([Layout.Length]), 0, state)])
            : state));
    }

    /// <summary>The whole state, on every rank: for saving it in one file, or comparing. It takes the memory that dividing saves.</summary>
    /// <exception cref="RankFailedException">Another rank failed.</exception>
    public OptimizerState<T> GatherState() => StateParts.Gathered(ranks, Partition, Agreement.All(ranks, Snapshot), root: null)!;

    /// <summary>The whole state on one rank, which alone takes the memory for it: for saving it in one file. Every rank calls this.</summary>
    /// <param name="root">The rank that gets it.</param>
    /// <returns>The state; null on the other ranks.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rank.</exception>
    /// <exception cref="RankFailedException">Another rank failed.</exception>
    public OptimizerState<T>? GatherState(int root)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, ranks.Size);
        return StateParts.Gathered(ranks, Partition, Agreement.All(ranks, Snapshot), root);
    }

    /// <inheritdoc/>
    public bool IsFinite()
    {
        // All ranks have all parameters, and these are the same bits.
        foreach (var parameter in Parameters)
        {
            foreach (var value in parameter.Values.Span)
            {
                if (!T.IsFinite(value))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="RankFailedException">The function threw on another rank.</exception>
    public TResult AtEvaluationParameters<TResult>(Func<TResult> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return Agreement.Own(ranks, () => state.AtEvaluationParameters(() =>
        {
            T[][] iterate = [.. Parameters.Select(parameter => parameter.Values.ToArray())];
            try
            {
                Share();
                return Agreement.All(ranks, function);
            }
            finally
            {
                for (int i = 0; i < iterate.Length; i++)
                {
                    iterate[i].CopyTo(Parameters[i].Values.Span);
                }
            }
        }));
    }

    /// <summary>Releases the state's memory. Parameters and ranks are not changed.</summary>
    public void Dispose() => state.Dispose();

    /// <summary>The rule, the number of steps and this rank's part.</summary>
    public override string ToString() => FormattableString.Invariant($"{Rule} after {StepCount} steps, part {ranks.Rank} of {ranks.Size} of {Layout}");

    /// <summary>What changes this rank's part of the values, then gets the others'. A rank that fails meets the others in their next exchange, within theirs or after it.</summary>
    private void Shared(Action own)
    {
        Agreement.Own(ranks, () =>
        {
            own();
            return 0;
        });
        Share();
    }

    /// <summary>Gives the other ranks this one's part of the values, and gets theirs.</summary>
    private void Share()
    {
        if (ranks.Size == 1)
        {
            return;
        }

        Agreement.Require(ranks);

        foreach (var (tensor, from, length) in Own((tensor, from, length) => (tensor, from, length)))
        {
            Parameters[tensor].Values.Span.Slice(from, length).CopyTo(flat.AsSpan(Layout.OffsetOf(tensor) + from));
        }

        ranks.AllGather<T>(flat, Partition.Ends);
        for (int i = 0; i < Layout.Count; i++)
        {
            flat.AsSpan(Layout.OffsetOf(i), Layout[i].Length).CopyTo(Parameters[i].Values.Span);
        }
    }

    private IEnumerable<V> Own<V>(Func<int, int, int, V> piece)
    {
        for (int tensor = 0; tensor < Layout.Count; tensor++)
        {
            var (from, length) = Partition.RangeOf(ranks.Rank, tensor);
            yield return piece(tensor, from, length);
        }
    }

    private sealed class Peers(ICommunicator ranks) : IStepPeers
    {
        public IReadOnlyList<double[]> Exchange(double[] own)
        {
            Agreement.Require(ranks);
            return Collectives.Everyones<double>(ranks, own);
        }
    }
}
