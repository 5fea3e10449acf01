using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;
using Optim.LinearAlgebra;
using Optim.Threading;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

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
