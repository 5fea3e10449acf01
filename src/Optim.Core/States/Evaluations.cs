using System.Numerics;
using System.Runtime.InteropServices;

namespace Optim;

/// <summary>An objective that is evaluated once at each point: results are cached, with the oldest and highest evicted first when memory runs short.</summary>
/// <param name="objective">The objective.</param>
/// <param name="layout">The parameters' layout.</param>
/// <param name="stop">How many evaluations there may be, and whether the objective is deterministic, so that results may be cached.</param>
internal sealed class Evaluations<T>(Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, Layout layout, StopConditions stop)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The cache limit: all points of a small problem, the lowest and latest of a large one.</summary>
    private const long Memory = 32 << 20;

    private const int Overhead = 256, Fewest = 3, Sampled = 64;

    private readonly long capacity = Math.Max(Fewest, Memory / ((2L * Marshal.SizeOf<T>() * layout.Length) + Overhead));
    private readonly Dictionary<int, List<Evaluation<T>>> byHash = [];
    private readonly LinkedList<Evaluation<T>> byAge = new();
    private readonly bool remembers = !stop.Stochastic;
    private Evaluation<T>? lowest;

    /// <summary>The number of evaluations.</summary>
    public long Count { get; private set; }

    /// <summary>The loss and the gradient at a point.</summary>
    /// <param name="point">The point; copied, since the state it belongs to may be donated.</param>
    /// <exception cref="RunInterruptedException">It is not known, and no further point may be evaluated.</exception>
    public Evaluation<T> At(TensorSet<T> point)
    {
        int hash = Hash(point.Span);
        if (remembers && byHash.GetValueOrDefault(hash)?.Find(known => known.Point.Equals(point)) is { } known)
        {
            return known;
        }

        // The first one is due: a run has a result.
        if (Count > 0 && !stop.MayEvaluate(Count))
        {
            throw new RunInterruptedException();
        }

        var result = Execution.StepInputs<T>.Checked(objective(point), layout);
        Count++;

        // A gradient may be the point itself, as of x^2 / 2.
        var gradient = ReferenceEquals(result.Item2.Storage, point.Storage) ? result.Item2.Copy() : result.Item2;
        var evaluation = new Evaluation<T>(hash, point.Copy(), Tuple.Create(result.Item1, gradient));
        if (remembers)
        {
            Remember(evaluation);
        }

        return evaluation;
    }

    private void Remember(Evaluation<T> evaluation)
    {
        while (byAge.Count >= capacity)
        {
            var oldest = ReferenceEquals(byAge.First!.Value, lowest) ? byAge.First.Next! : byAge.First;
            byAge.Remove(oldest);
            var bucket = byHash[oldest.Value.Hash];
            bucket.RemoveAll(known => ReferenceEquals(known, oldest.Value));
            if (bucket.Count == 0)
            {
                byHash.Remove(oldest.Value.Hash);
            }
        }

        byAge.AddLast(evaluation);
        (CollectionsMarshal.GetValueRefOrAddDefault(byHash, evaluation.Hash, out _) ??= []).Add(evaluation);
        if (lowest is null || evaluation.Result.Item1 <= lowest.Result.Item1)
        {
            lowest = evaluation;
        }
    }

    /// <summary>Of a sample of elements: equality is then compared in full.</summary>
    private static int Hash(ReadOnlySpan<T> point)
    {
        var hash = default(HashCode);
        int stride = Math.Max(1, point.Length / Sampled);
        for (int i = 0; i < point.Length; i += stride)
        {
            hash.Add(BitConverter.DoubleToInt64Bits(double.CreateTruncating(point[i])));
        }

        return hash.ToHashCode();
    }
}

/// <summary>A cached evaluation.</summary>
/// <param name="Hash">The point's hash.</param>
/// <param name="Point">The point.</param>
/// <param name="Result">The loss and the gradient.</param>
internal sealed record Evaluation<T>(int Hash, TensorSet<T> Point, Tuple<double, TensorSet<T>> Result)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>Ends the step of a run that may evaluate nothing more, in a rule that does not ask (<see cref="Execution.Plan{T}.MayGoOn"/>).</summary>
internal sealed class RunInterruptedException : Exception;
