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

    /// <summary>How slots in fewer bits are rounded.</summary>
    public SlotRounding Rounding;
}
