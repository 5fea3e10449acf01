namespace Optim.Execution;

/// <summary>
/// A slot during a step. Its value is at <see cref="Current"/>; the formula that owns it reads it there and writes it at <see cref="Next"/>, where the next
/// state looks for it. In place the two are the same.
/// </summary>
internal unsafe struct SlotMemory<T>(T* current, T* next, SlotFormat format = SlotFormat.Full)
    where T : unmanaged
{
    public T* Current { get; private set; } = current;

    public readonly T* Next => next;

    /// <summary>How it is stored. What is not <see cref="SlotFormat.Full"/> must be decoded to be read, and is no elements at its addresses.</summary>
    public readonly SlotFormat Format => format;

    /// <summary>Whether a formula that is still to run writes it.</summary>
    public bool AwaitsSweep { get; private set; }

    /// <summary>It has been written: its value is at <see cref="Next"/> from now on.</summary>
    public void MarkWritten() => Current = next;

    /// <summary>A formula that is still to run will write it.</summary>
    public void LeaveToSweep() => AwaitsSweep = true;

    /// <summary>Moves its value to <see cref="Next"/>, unless it is there already.</summary>
    public void CarryOver(int length)
    {
        if (Current != next)
        {
            new ReadOnlySpan<T>(Current, length).CopyTo(new Span<T>(next, length));
            MarkWritten();
        }
    }
}
