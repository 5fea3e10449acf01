namespace Optim.Cli.Bench;

/// <summary>One implementation of a step on n float32 elements, with its own memory.</summary>
internal abstract class Variant(string name, int threads, int bytesPerElement) : IDisposable
{
    public const string Axpy = "axpy", HandWritten = "hand-written", Donated = "donated", Pure = "pure", ChainOfFour = "chain of four", IdleWrappers = "idle wrappers",
        MklBlocks = "donated, MKL";

    /// <summary>Reads gradient, parameter and two slots, writes parameter and two slots.</summary>
    private const int AdamWBytes = 28;

    public string Name => name;

    public int Threads => threads;

    /// <summary>The minimum memory traffic of a step, per element.</summary>
    public int BytesPerElement => bytesPerElement;

    /// <summary>The rule of every variant except axpy.</summary>
    public static Rule Preset { get; } = new AdamW { WeightDecay = 0.01 };

    /// <summary>Four rules with about the same arithmetic.</summary>
    public static Rule Chain { get; } = new Scale(0.5).Then(new ScaleByAdam()).Then(new AddDecayedWeights(0.01)).Then(new ScaleByLearningRate(1e-3));

    /// <summary>The preset within idle wrappers: the clipping limit is never reached.</summary>
    public static Rule Wrapped { get; } = new Accumulate(new ApplyIfFinite(new ClipByGlobalNorm(1e30).Then(Preset)), 1);

    public static Variant OfAxpy(int length) => new AxpyVariant(length);

    public static Variant OfHandWritten(int length) => new HandWrittenVariant(length);

    /// <summary>In place: each step reuses the memory of the previous state.</summary>
    public static Variant OfDonated(
        string name, Rule rule, TensorSet<float> start, TensorSet<float> gradient, int threads, Backend backend = Backend.Simd) =>
        new DonatedVariant(name, rule, start, gradient, threads, backend);

    /// <summary>A fold without donation that drops each old state.</summary>
    public static Variant OfPure(Rule rule, TensorSet<float> start, TensorSet<float> gradient, int threads) => new PureVariant(rule, start, gradient, threads);

    public abstract void Run(int steps);

    public abstract void Dispose();

    private sealed class AxpyVariant(int length) : Variant(Axpy, 1, 12)
    {
        private readonly NativeBuffer x = new(length, 1), y = new(length, 2);

        public override unsafe void Run(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                Bench.HandWritten.Axpy(1e-3f, x.Pointer, y.Pointer, length);
            }
        }

        public override void Dispose()
        {
            x.Dispose();
            y.Dispose();
        }
    }

    private sealed class HandWrittenVariant(int length) : Variant(HandWritten, 1, AdamWBytes)
    {
        private readonly NativeBuffer g = new(length, 1), p = new(length, 2), m = new(length, 3), v = new(length, 4);
        private int t;

        public override unsafe void Run(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                Bench.HandWritten.AdamW(1e-3f, 0.9f, 0.999f, 1e-8f, 0.01f, ++t, g.Pointer, p.Pointer, m.Pointer, v.Pointer, length);
            }
        }

        public override void Dispose()
        {
            g.Dispose();
            p.Dispose();
            m.Dispose();
            v.Dispose();
        }
    }

    private sealed class DonatedVariant(string name, Rule rule, TensorSet<float> start, TensorSet<float> gradient, int threads, Backend backend)
        : Variant(name, threads, AdamWBytes)
    {
        private OptimizerState<float> state = Optimizer.Init(rule, start).WithMaxThreads(threads).WithBackend(backend);

        public override void Run(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                state = Optimizer.Step(state.Donate(), gradient).Item1;
            }
        }

        public override void Dispose() => state.Dispose();
    }

    private sealed class PureVariant(Rule rule, TensorSet<float> start, TensorSet<float> gradient, int threads) : Variant(Pure, threads, AdamWBytes)
    {
        private OptimizerState<float> state = Optimizer.Init(rule, start).WithMaxThreads(threads);

        public override void Run(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                state = Optimizer.Step(state, gradient).Item1;
            }
        }

        public override void Dispose() => state.Dispose();
    }
}
