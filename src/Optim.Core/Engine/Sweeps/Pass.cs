using System.Numerics;
using Optim.LinearAlgebra;
using Optim.Threading;

namespace Optim.Execution;

/// <summary>
/// One run through a plan. Stages are collected, fused where they can be, and run in one sweep when an item must see whole tensors, or at the end.
/// </summary>
/// <param name="layout">The parameters' layout.</param>
/// <param name="slotLayout">The layout of each slot.</param>
/// <param name="engine">What the step computes with.</param>
/// <param name="memory">The memory of the step; its result and destination are those of the last sweep.</param>
/// <param name="updateBuffer">Memory for an update that must be whole; null where none was asked for.</param>
internal sealed unsafe class Pass<T>(Layout layout, Func<int, Layout> slotLayout, Engine engine, SweepMemory<T> memory, T* updateBuffer)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly List<Stage<T>> waiting = [];
    private SweepMemory<T> memory = memory;

    public Layout Layout => layout;

    public Engine Engine => engine;

    public T* UpdateBuffer => updateBuffer;

    /// <summary>Where everything is now.</summary>
    public ref readonly SweepMemory<T> Memory => ref memory;

    /// <summary>The same, for a sweep that makes a new update, soon to be read, of any elements: nothing goes past the caches, which would need aligned addresses.</summary>
    public SweepMemory<T> MemoryToUpdate => memory with { Result = updateBuffer, Destination = Destination.Update, Streaming = false };

    /// <summary>The Euclidean norm of the update, while it is known: rules that guard and rules that clip ask for the same.</summary>
    public double? Norm { get; set; }

    /// <summary>Whether each stage runs by itself and takes one element at a time: the reference for tests.</summary>
    public bool IsPlain { get; init; }

    public Layout SlotLayout(int slot) => slotLayout(slot);

    public void Run(IReadOnlyList<PlanItem<T>> items)
    {
        for (int i = 0; i < items.Count; i++)
        {
            items[i].Run(this);
        }
    }

    /// <summary>Puts a stage off to the next sweep.</summary>
    public void Append(Stage<T> stage)
    {
        stage.TryAppendTo(waiting, cache: null);
        if (IsPlain)
        {
            Flush();
        }
    }

    /// <summary>Runs the stages that wait; the update is whole after it.</summary>
    public void Flush()
    {
        if (waiting.Count > 0)
        {
            Sweep(waiting, memory with { Result = updateBuffer, Destination = Destination.Update }, 0, layout.Length);
            UpdateIsInBuffer();
            waiting.Clear();
        }
    }

    /// <summary>Runs the stages that wait, to the end of the step.</summary>
    public void Finish()
    {
        if (waiting.Count == 0)
        {
            waiting.Add(new Stage<T, PassThrough<T>>(default, 0));
        }

        Sweep(waiting, memory, 0, layout.Length);
    }

    /// <summary>Runs stages in a row on some elements in a row.</summary>
    public void Sweep(List<Stage<T>> stages, in SweepMemory<T> target, int start, int length)
    {
        if (!IsPlain)
        {
            Executor.Sweep(stages, target, start, start + length, Chunks.ThreadsFor(length, engine.Threads));
            return;
        }

        for (int i = start; i < start + length; i++)
        {
            Executor.Sweep(stages, target, i, i + 1, threads: 1);
        }
    }

    /// <summary>Work has made a new update, in the buffer.</summary>
    public void UpdateIsInBuffer()
    {
        memory.Update = updateBuffer;
        Norm = null;
    }

    /// <summary>Makes a slot's new memory hold what it is now.</summary>
    public void CarryOver(int slot) => memory.Slots[slot].CarryOver(slotLayout(slot).Length);
}
