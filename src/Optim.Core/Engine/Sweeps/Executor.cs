using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Optim.Lanes;
using Optim.LinearAlgebra;
using Optim.Threading;
using Optim.Tensors;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

/// <summary>
/// Carries out a plan. Formulas between two barriers form a segment, fused into one sweep where there is a compiler at run time. A segment
/// runs chunk by chunk over the threads; what could not be fused runs block by block in each chunk, every formula on a block before the
/// next block, so that memory is still read once and written once.
/// </summary>
internal static unsafe class Executor
{
    /// <summary>What one thread takes at a time.</summary>
    public const int ChunkLength = Chunks.ElementsEach;

    /// <summary>What every formula of a segment works on before the next: with parameter, update and two slots it fits the first cache.</summary>
    public const int BlockBytes = 4096;

    /// <summary>From here on a step into new memory writes past the caches (measured at 1M floats: 2.0 times a step in place against 2.5; below 300,000 no gain).</summary>
    private const long StreamingBytes = 2 << 20;

    public static (TensorSet<T> Parameters, SlotBank<T> Slots) Run<T>(
        Plan<T> plan, TensorSet<T> gradient, TensorSet<T> parameters, SlotBank<T> slots, bool donated, Engine engine)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool parametersInPlace = donated && !parameters.Storage.Shared;
        var newParameters = parametersInPlace ? parameters : TensorSet.Uninitialized<T>(parameters.Layout);
        var newSlots = slots.Successor(donated && !plan.CanFailMidway, plan.IdleSlots);
        bool streaming = !parametersInPlace && newSlots.IsOutOfPlaceOf(slots) && (long)parameters.Length * sizeof(T) >= StreamingBytes;
        var ending = (plan.PlacesParameters, streaming) switch
        {
            (false, false) => Ending.Parameters,
            (false, true) => Ending.ParametersStreaming,
            (true, false) => Ending.Placed,
            (true, true) => Ending.PlacedStreaming,
        };
        var update = plan.NeedsWholeUpdate ? Storage<T>.Allocate(parameters.Length) : null;
        T** before = stackalloc T*[slots.Count + 1], after = stackalloc T*[slots.Count + 1];
        fixed (T* g = gradient.Span, p = parameters.Span, p2 = newParameters.Writable, s = slots.Pinnable, s2 = newSlots.Pinnable)
        fixed (T* u = update is null ? [] : update.Array)
        {
            for (int slot = 0; slot < slots.Count; slot++)
            {
                before[slot] = slots.Pointer(slot, s);
                after[slot] = newSlots.Pointer(slot, s2);
            }

            var streams = new Streams<T> { Update = g, Parameters = p, Result = p2, Slots = before, NewSlots = after, Vectors = engine.Vectors<T>() };
            var pass = new Pass<T>(parameters.Layout, slots.LayoutOf, engine, streaming, u + (update?.Origin ?? 0));
            Run(plan, streams, pass, ending);
        }

        update?.Release();
        newSlots = newSlots.TakeOver(slots, donated);
        return (parametersInPlace ? new(parameters.Layout, parameters.Storage.HandOn(), parameters.Origin) : newParameters, newSlots);
    }

    /// <summary>Carries out a plan on memory that is there already.</summary>
    public static void Run<T>(Plan<T> plan, Streams<T> streams, Pass<T> pass, Ending ending)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var stages = new List<Stage<T>>(plan.Items.Count);
        Run(plan.Items, ref streams, pass, stages);
        if (stages.Count == 0)
        {
            stages.Add(new Stage<T, PassThrough<T>>(default, 0));
        }

        RunSegment(stages, streams, pass.Layout.Length, ending, pass.Threads);
    }

    private static void Run<T>(IReadOnlyList<object> items, ref Streams<T> streams, Pass<T> pass, List<Stage<T>> stages)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (object item in items)
        {
            if (item is Stage<T> stage)
            {
                Append(stages, stage);
                continue;
            }

            if (stages.Count > 0)
            {
                RunSegment(stages, streams with { Result = pass.WholeUpdate }, pass.Layout.Length, pass.Streaming ? Ending.UpdateStreaming : Ending.Update, pass.Threads);
                streams.Update = pass.WholeUpdate;
                pass.Changed();
                stages.Clear();
            }

            if (item is Choice<T> choice)
            {
                Run(choice.Decide(pass, streams), ref streams, pass, stages);
            }
            else
            {
                ((WholeWork<T>)item).Run(pass, ref streams, stages);
            }
        }
    }

    public static void Append<T>(List<Stage<T>> stages, Stage<T> stage, StageCache<T>? cache = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (stages.Count > 0 && stages[^1].Fuse(stage, cache) is { } fused)
        {
            stages[^1] = fused;
        }
        else
        {
            stages.Add(stage);
        }
    }

    private static void RunSegment<T>(List<Stage<T>> stages, in Streams<T> streams, int length, Ending ending, int threads)
        where T : unmanaged, IFloatingPointIeee754<T> => Sweep(stages, streams, 0, length, ending, Chunks.ThreadsFor(length, threads));

    /// <summary>Runs stages in a row on a range.</summary>
    public static void Sweep<T>(List<Stage<T>> stages, in Streams<T> streams, int start, int end, Ending ending, int threads)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Chunks.Run(new Segment<T>(stages, streams, start, end, ending), (end - start + ChunkLength - 1) / ChunkLength, threads);

    private static bool IsStreaming(Ending ending) => ending is Ending.ParametersStreaming or Ending.UpdateStreaming or Ending.PlacedStreaming;

    /// <summary>Runs stages in a row on a range, on this thread.</summary>
    public static void RunStages<T>(List<Stage<T>> stages, in Streams<T> streams, nint start, nint end, Ending ending)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (stages.Count == 1)
        {
            stages[0].Run(streams, start, end, ending);
        }
        else
        {
            RunBlocks(stages, streams, start, end, ending);
        }
    }

    [SkipLocalsInit]
    private static void RunBlocks<T>(List<Stage<T>> stages, in Streams<T> streams, nint start, nint end, Ending ending)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        byte* memory = stackalloc byte[BlockBytes + 64];
        T* block = (T*)(((nint)memory + 63) & ~63);
        var between = IsStreaming(ending) ? Ending.UpdateStreaming : Ending.Update;
        int final = stages.Count - 1;
        for (nint blockEnd; start < end; start = blockEnd)
        {
            blockEnd = Math.Min(start + (BlockBytes / sizeof(T)), end);
            T* update = block - start;
            stages[0].Run(streams with { Result = update }, start, blockEnd, between);
            for (int i = 1; i < final; i++)
            {
                stages[i].Run(streams with { Update = update, Result = update }, start, blockEnd, between);
            }

            stages[final].Run(streams with { Update = update }, start, blockEnd, ending);
        }
    }

    /// <summary>Some formulas in a row on the whole set.</summary>
    private readonly struct Segment<T>(List<Stage<T>> stages, Streams<T> streams, int first, int last, Ending ending) : IChunked
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Streams<T> streams = streams;

        private bool IsStreaming => Executor.IsStreaming(ending);

        public void Run(int chunk)
        {
            nint start = first + ((nint)chunk * ChunkLength), end = Math.Min(start + ChunkLength, last);
            RunStages(stages, streams, start, end, ending);

            if (IsStreaming)
            {
                // Stores past the caches are not ordered with the ones that tell other threads that we are done.
                if (Sse.IsSupported)
                {
                    Sse.StoreFence();
                }
                else
                {
                    Interlocked.MemoryBarrier();
                }
            }
        }
    }
}

/// <summary>Leaves the update as it is.</summary>
internal readonly struct PassThrough<T> : IFormula<T>
    where T : unmanaged
{
    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => update;
}
