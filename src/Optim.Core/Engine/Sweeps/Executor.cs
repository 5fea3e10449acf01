using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Optim.Lanes;
using Optim.LinearAlgebra;
using Optim.Tensors;
using Optim.Threading;
using static System.Runtime.CompilerServices.MethodImplOptions;

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
                Rounding = slots.RoundingAt(plan.StepCount, engine.Firsts),
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

/// <summary>
/// One run through a plan. Stages are collected, fused where they can be, and run in one sweep when an item must see whole tensors, or at the end.
/// </summary>
/// <param name="layout">The parameters' layout.</param>
internal sealed unsafe class Pass<T>(Layout layout)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly List<Stage<T>> waiting = new(4);
    private SweepMemory<T> memory;
    private ReadOnlyMemory<Layout> slotLayouts;
    private Engine engine;
    private T* updateBuffer;
    private SeparateMemory<T>? tensors;

    /// <summary>A pass that has begun.</summary>
    public Pass(Layout layout, ReadOnlyMemory<Layout> slotLayouts, Engine engine, in SweepMemory<T> memory, T* updateBuffer)
        : this(layout) => Begin(slotLayouts, engine, memory, updateBuffer);

    public Layout Layout => layout;

    public Engine Engine => engine;

    /// <summary>The tensors in which the update lies where it is still the gradient that the owner has; null where it is flat.</summary>
    public ReadOnlyMemory<T>[]? SeparateUpdate => memory.Update == null ? tensors?.Gradients : null;

    /// <summary>The tensors in which the parameters lie; null where they are flat.</summary>
    public ReadOnlyMemory<T>[]? SeparateParameters => memory.Parameters == null ? tensors?.Parameters : null;

    public T* UpdateBuffer => updateBuffer == null && tensors is not null ? updateBuffer = tensors.UpdateBuffer() : updateBuffer;

    /// <summary>Where everything is now. Of tensors that lie separately the addresses are null; the slots' are not.</summary>
    public ref readonly SweepMemory<T> Memory => ref memory;

    /// <summary>The update as it is, flat.</summary>
    public T* FlatUpdate()
    {
        if (SeparateUpdate is { } gradients)
        {
            SeparateMemory<T>.Gather(gradients, layout, new(UpdateBuffer, layout.Length));
            memory.Update = updateBuffer;
        }

        return memory.Update;
    }

    /// <summary>The parameters before the step, flat.</summary>
    public T* FlatParameters()
    {
        if (SeparateParameters is not null)
        {
            memory.Parameters = tensors!.ParameterAddress();
        }

        return memory.Parameters;
    }

    /// <summary>The same, for a sweep that makes a new update, soon to be read, of any elements: nothing goes past the caches, which would need aligned addresses.</summary>
    public SweepMemory<T> MemoryToUpdate => memory with { Result = UpdateBuffer, Destination = Destination.Update, Streaming = false };

    /// <summary>The Euclidean norm of the update, while it is known: rules that guard and rules that clip ask for the same.</summary>
    public double? Norm { get; set; }

    /// <summary>Whether a slot or a new parameter may have been written: what throws from now on leaves the memory of a donated state half updated.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>The pass in whose memory this one works; null where it is the step's own.</summary>
    public Pass<T>? Outer { get; init; }

    /// <summary>Whether stages run one after the other and take one element at a time: the reference for tests.</summary>
    public bool IsPlain { get; init; }

    public ReadOnlyMemory<Layout> SlotLayouts => slotLayouts;

    public Layout SlotLayout(int slot) => slotLayouts.Span[slot];

    /// <summary>Begins a step.</summary>
    /// <param name="layouts">The layout of each slot.</param>
    /// <param name="computing">What the step computes with.</param>
    /// <param name="where">The memory of the step; its result and destination are those of the last sweep.</param>
    /// <param name="buffer">Memory for an update that must be whole; null where none was asked for.</param>
    /// <param name="separate">Where the tensors lie that are not flat, whose addresses in <paramref name="where"/> are null; null where all are.</param>
    public void Begin(ReadOnlyMemory<Layout> layouts, Engine computing, in SweepMemory<T> where, T* buffer, SeparateMemory<T>? separate = null)
    {
        waiting.Clear();
        (Norm, HasWritten) = (null, false);
        (slotLayouts, engine, memory, tensors) = (layouts, computing, where, separate);
        updateBuffer = buffer;
    }

    /// <summary>Lets go of the step's memory.</summary>
    public void End() => Begin(default, engine, default, null);

    public void Run(List<PlanItem<T>> items)
    {
        foreach (var item in items)
        {
            item.Run(this);
        }
    }

    /// <summary>Puts a stage off to the next sweep.</summary>
    public void Append(Stage<T> stage)
    {
        if (IsPlain)
        {
            waiting.Add(stage);
        }
        else
        {
            stage.TryAppendTo(waiting, cache: null);
        }
    }

    /// <summary>Runs the stages that wait; the update is whole after it.</summary>
    public void Flush()
    {
        if (waiting.Count > 0)
        {
            Sweep(waiting, memory with { Result = UpdateBuffer, Destination = Destination.Update }, 0, layout.Length);
            UpdateIsInBuffer();
            waiting.Clear();
        }
    }

    /// <summary>Runs the stages that wait, to the end of the step.</summary>
    public void Finish()
    {
        if (waiting.Count == 0)
        {
            waiting.Add(Stage<T>.Through);
        }

        if (Outer is null)
        {
            BeginWriting();
        }

        Sweep(waiting, memory, 0, layout.Length);
    }

    /// <summary>A slot or a new parameter is about to be written.</summary>
    public void BeginWriting()
    {
        for (var pass = this; pass is not null; pass = pass.Outer)
        {
            pass.HasWritten = true;
        }
    }

    /// <summary>Runs stages in a row on some elements in a row.</summary>
    public void Sweep(List<Stage<T>> stages, in SweepMemory<T> target, int start, int length)
    {
        if (!HasWritten && stages.Exists(stage => stage.SlotCount > 0))
        {
            BeginWriting();
        }

        if (tensors is not null && (target.Update == null || target.Parameters == null || target.Result == null))
        {
            Executor.SweepSeparate(tensors, stages, target, layout, start, start + length, Chunks.ThreadsFor(length, engine.Threads));
            return;
        }

        if (!IsPlain)
        {
            Executor.Sweep(stages, target, layout, start, start + length, Chunks.ThreadsFor(length, engine.Threads));
            return;
        }

        var plain = target;
        foreach (var stage in stages)
        {
            for (int i = start; i < start + length; i++)
            {
                stage.Sweep(plain, i, i + 1);
            }

            plain.Update = plain.Result;
        }
    }

    /// <summary>Work has made a new update, in the buffer.</summary>
    public void UpdateIsInBuffer()
    {
        memory.Update = UpdateBuffer;
        Norm = null;
    }

    /// <summary>Makes a slot's new memory hold what it is now.</summary>
    public void CarryOver(int slot) => memory.Slots[slot].CarryOver(SlotLayout(slot).Length);
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
