using Optim.LinearAlgebra;

namespace Optim.Execution;

/// <summary>What becomes of a sweep's results.</summary>
internal enum Destination
{
    /// <summary>They are the update that the next sweep reads.</summary>
    Update,

    /// <summary>They are subtracted from the parameters, which gives the new ones.</summary>
    SubtractFromParameters,

    /// <summary>They are the new parameters.</summary>
    SetParameters,

    /// <summary>Nothing: the sweep is run for its slots.</summary>
    None,
}

/// <summary>The memory a sweep works on, and what it does with its results. Every pointer is indexed by the element's position in the flat set.</summary>
internal unsafe struct SweepMemory<T>
    where T : unmanaged
{
    /// <summary>The incoming update: the gradient, or what the sweep before left.</summary>
    public T* Update;

    /// <summary>The parameters before the step.</summary>
    public T* Parameters;

    /// <summary>The outgoing update, or the new parameters.</summary>
    public T* Result;

    /// <summary>The slots of all rules together.</summary>
    public SlotMemory<T>* Slots;

    /// <summary>What formulas call block by block; null where they run on vector instructions.</summary>
    public MklVectors<T>? Vectors;

    public Destination Destination;

    /// <summary>Whether new parameters and slots are written past the caches. An update is not: it is read next.</summary>
    public bool Streaming;
}

/// <summary>
/// A slot during a step: its value is at <see cref="Current"/>. A sweep that owns it reads it there and writes it at <see cref="Next"/>; when the step
/// is over, every slot that is not kept as it was has its value at <see cref="Next"/>. In place the two are the same.
/// </summary>
internal unsafe struct SlotMemory<T>(T* current, T* next)
    where T : unmanaged
{
    public T* Current { get; private set; } = current;

    public readonly T* Next => next;

    /// <summary>The value is now at <see cref="Next"/>: it has been written there.</summary>
    public void MarkWritten() => Current = next;

    /// <summary>The value as it is, moved to <see cref="Next"/> unless it is there.</summary>
    public void CarryOver(int length)
    {
        if (Current != next)
        {
            new ReadOnlySpan<T>(Current, length).CopyTo(new Span<T>(next, length));
            MarkWritten();
        }
    }
}
