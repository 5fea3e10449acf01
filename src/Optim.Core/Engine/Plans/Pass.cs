using Optim.LinearAlgebra;

namespace Optim.Execution;

/// <summary>What all work of one step shares.</summary>
internal sealed unsafe class Pass<T>(Layout layout, Func<int, Layout> slotLayout, Engine engine, bool streaming, T* wholeUpdate, bool plainSweeps = false)
    where T : unmanaged
{
    public Layout Layout => layout;

    public Func<int, Layout> SlotLayout => slotLayout;

    public Engine Engine => engine;

    public int Threads => engine.Threads;

    /// <summary>Whether large writes go past the caches.</summary>
    public bool Streaming => streaming;

    /// <summary>Memory for an update that must be whole; null where none was asked for.</summary>
    public T* WholeUpdate => wholeUpdate;

    /// <summary>The Euclidean norm of the update, while it is known: rules that guard and rules that clip ask for the same.</summary>
    public double? Norm { get; set; }

    /// <summary>The update is no longer what it was.</summary>
    public void Changed() => Norm = null;

    /// <summary>Whether sweeps take one element at a time: the reference for tests.</summary>
    public bool PlainSweeps => plainSweeps;
}
