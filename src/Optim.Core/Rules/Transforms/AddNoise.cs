using Optim.Threading;

namespace Optim;

/// <summary>Normal noise on the update, falling with time.</summary>
/// <formula>u = u + N(0, s^2), s^2 = eta / t^gamma</formula>
/// <paper>Neelakantan, Vilnis, Le, Sutskever, Kaiser, Kurach and Martens 2015, Adding Gradient Noise Improves Learning for Very Deep Networks</paper>
/// <definition>the paper; the noise follows from seed, step, name of the tensor and place in it</definition>
/// <differs>Optax keeps a random key in the state and splits it at every step.</differs>
/// <remarks>
/// The authors choose eta from 0.01, 0.3 and 1 and gamma as 0.55: noise helps very deep networks out of a poor start. The noise is a function of
/// <see cref="Seed"/>, the step, the tensor's name and the element's place in it, and of nothing else: a run resumed from its state, on any machine, with any
/// number of threads, meets the same bits, and so does a tensor whatever others stand beside it. Nothing is kept in the state. Uniform numbers are
/// SplitMix64's (<c>2^52</c> different ones, so that none lies further out than 8.3 s), brought to the normal distribution by Wichura's algorithm AS 241. An
/// eta of 0 adds nothing. NaN and infinities stay.
/// </remarks>
[RegisteredRule("add_noise", "gradient noise", IsElementwise = false, IsPerTensor = true, IsComputeBound = true, ExtraMoves = 2)]
public sealed partial record AddNoise : Rule
{
    /// <summary>eta, the variance at the first step; 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Eta { get; init; } = 0.01;

    /// <summary>gamma, the power of time with which the variance falls; 0 or more. Default 0.55.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Gamma { get; init; } = 0.55;

    /// <summary>Which noise; 0 or more. Two such rules in one chain need different seeds: from the same one they draw the same noise. Default 0.</summary>
    [AtLeast(0)] public partial int Seed { get; init; }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double deviation = Math.Sqrt(at.Eta * Exact.Power((double)plan.Step, -at.Gamma));
        long clock = plan.Clock;
        if (deviation == 0)
        {
            return;
        }

        plan.ApplyToTensors(
            0,
            context =>
            {
                var update = context.ChangeUpdate();
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    var random = new CounterRandom(Seed, clock, CounterRandom.StreamOf(context.Layout[i].Name));
                    Add(update.Slice(context.Layout.OffsetOf(i), context.Layout[i].Length), random, deviation, context.MaxThreads);
                }
            },
            mayThrow: false);
    }

    private static unsafe void Add<T>(Span<T> update, CounterRandom random, double deviation, int threads)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* u = update)
        {
            Chunks.Run(new Noise<T>(u, update.Length, random, deviation), (update.Length + Noise<T>.ChunkLength - 1) / Noise<T>.ChunkLength, threads);
        }
    }

    private readonly unsafe struct Noise<T>(T* update, int length, CounterRandom random, double deviation) : IChunked
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // An element takes some 5 ns: a chunk is worth waking a thread for.
        public const int ChunkLength = 4096;

        // Its numbers stay in the first cache.
        private const int BlockLength = 512;

        private readonly T* update = update;

        public void Run(int chunk)
        {
            double* numbers = stackalloc double[BlockLength];
            int end = Math.Min(length, (chunk + 1) * ChunkLength);
            for (int start = chunk * ChunkLength; start < end; start += BlockLength)
            {
                int count = Math.Min(BlockLength, end - start);
                random.Normals(start, new(numbers, count));
                for (int i = 0; i < count; i++)
                {
                    update[start + i] = T.CreateTruncating(Math.FusedMultiplyAdd(deviation, numbers[i], double.CreateTruncating(update[start + i])));
                }
            }
        }
    }
}
