using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Optim.LinearAlgebra;
using Optim.Tensors;
using Optim.Threading;

namespace Optim.Execution;

/// <summary>
/// Carries out plans: finds the memory of the next state, and runs stages over it, chunk by chunk over the threads. Stages that could not be fused run
/// block by block in each chunk, every one on a block before the next block, so that memory is still read once and written once.
/// </summary>
internal static unsafe class Executor
{
    /// <summary>What one thread takes at a time.</summary>
    public const int ChunkLength = Chunks.ElementsEach;

    /// <summary>What every stage of a sweep works on before the next: with parameter, update and two slots it fits the first cache.</summary>
    public const int BlockBytes = 4096;

    /// <summary>From here on a step into new memory writes past the caches (measured at 1M floats: 2.0 times a step in place against 2.5; below 300,000 no gain).</summary>
    private const long StreamingBytes = 2 << 20;

    /// <summary>The parameters and slots after a step.</summary>
    public static (TensorSet<T> Parameters, SlotBank<T> Slots) Step<T>(
        Plan<T> plan, TensorSet<T> gradient, TensorSet<T> parameters, SlotBank<T> slots, bool donated, Engine engine)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool inPlace = donated && !parameters.Storage.Shared;
        var newParameters = inPlace ? parameters : TensorSet.Uninitialized<T>(parameters.Layout);
        var nextSlots = slots.AllocateNext(donated && !plan.CanFailMidway, plan.IdleSlots);
        var update = plan.NeedsUpdateBuffer ? Storage<T>.Allocate(parameters.Length) : null;
        var table = stackalloc SlotMemory<T>[slots.Count + 1];
        fixed (T* g = gradient.Span, p = parameters.Span, p2 = newParameters.Writable, s = slots.Pinnable, s2 = nextSlots.Pinnable)
        fixed (T* u = update is null ? [] : update.Array)
        {
            nextSlots.Fill(table, s, s2);
            var memory = new SweepMemory<T>
            {
                Update = g, Parameters = p, Result = p2, Slots = table, Vectors = engine.Vectors<T>(),
                Destination = plan.Destination,
                Streaming = (long)parameters.Length * sizeof(T) >= StreamingBytes && !inPlace && nextSlots.AreElsewhere,
                Rounding = slots.RoundingAt(plan.RoundingStep, engine.Firsts),
            };
            var decoded = slots.HasCodedSlots ? DecodedSlots<T>.In(plan, table, slots.Layouts.Span) : null;
            var pass = plan.BeginPass(slots.Layouts, engine, memory, u + (update?.Origin ?? 0));
            if (donated)
            {
                nextSlots.BeginWriting();
            }

            try
            {
                plan.Run(pass, inPlace ? parameters.Storage : null);
                decoded?.Encode(memory.Rounding);
            }
            catch when (donated)
            {
                if (pass.HasWritten)
                {
                    nextSlots.Break();
                }
                else
                {
                    nextSlots.EndWriting();
                }

                throw;
            }
        }

        update?.Release();
        return (inPlace ? new(parameters.Layout, parameters.Storage.HandOn(), parameters.Origin) : newParameters, nextSlots.Commit(donated));
    }

    /// <summary>Runs stages in a row on a range, by several threads.</summary>
    public static void Sweep<T>(List<Stage<T>> stages, in SweepMemory<T> memory, Layout layout, int start, int end, int threads)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Chunks.Run(new Range<T>(stages, memory, layout, start, end), Chunks.CountFor(end - start), threads);

    /// <summary>The same where some of the tensors lie wherever their owner has them.</summary>
    public static void SweepSeparate<T>(SeparateMemory<T> tensors, List<Stage<T>> stages, in SweepMemory<T> target, Layout layout, int start, int end, int threads)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Chunks.Run(new SeparateTensors<T>(layout, tensors, stages, target, start, end), Chunks.CountFor(end - start), threads);

    /// <summary>Runs stages in a row on a range, on this thread.</summary>
    public static void SweepHere<T>(List<Stage<T>> stages, in SweepMemory<T> memory, nint start, nint end)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (stages.Count == 1)
        {
            stages[0].Sweep(memory, start, end);
        }
        else
        {
            SweepBlocks(stages, memory, start, end);
        }
    }

    [SkipLocalsInit]
    private static void SweepBlocks<T>(List<Stage<T>> stages, in SweepMemory<T> memory, nint start, nint end)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        byte* bytes = stackalloc byte[BlockBytes + 64];
        T* block = (T*)(((nint)bytes + 63) & ~63);
        int last = stages.Count - 1;
        for (nint blockEnd; start < end; start = blockEnd)
        {
            blockEnd = Math.Min(start + (BlockBytes / sizeof(T)), end);
            var between = memory with { Result = block - start, Destination = Destination.Update };
            for (int i = 0; i < last; i++)
            {
                stages[i].Sweep(between, start, blockEnd);
                between.Update = between.Result;
            }

            stages[last].Sweep(memory with { Update = between.Update }, start, blockEnd);
        }
    }

    private readonly struct Here<T>(List<Stage<T>> stages) : IRangeSweep<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(in SweepMemory<T> memory, nint start, nint end) => SweepHere(stages, memory, start, end);
    }

    /// <summary>Stages in a row on a range of elements.</summary>
    private readonly struct Range<T>(List<Stage<T>> stages, SweepMemory<T> memory, Layout layout, int first, int last) : IChunked
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly SweepMemory<T> memory = memory;

        public void Run(int chunk)
        {
            nint start = first + ((nint)chunk * ChunkLength);
            CodedSweep.Run(new Here<T>(stages), stages, memory, layout, start, Math.Min(start + ChunkLength, last));

            // Stores past the caches are not ordered with the ones that tell other threads that we are done.
            if (memory.Streaming && Sse.IsSupported)
            {
                Sse.StoreFence();
            }
            else if (memory.Streaming)
            {
                Interlocked.MemoryBarrier();
            }
        }
    }
}
