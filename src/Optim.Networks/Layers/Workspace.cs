using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>
/// Arrays for one pass after another: what a pass took is free again for the next. Fresh memory for a batch costs more than the work on it.
/// </summary>
/// <remarks>Threads of one pass may share it. An array holds what it was left with.</remarks>
internal sealed class Workspace<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Dictionary<int, Stack<T[]>> free = [];
    private readonly List<T[]> taken = [];

    /// <summary>An array of exactly a length, until the pass ends.</summary>
    public T[] Take(int length)
    {
        lock (free)
        {
            var array = Find(length);
            taken.Add(array);
            return array;
        }
    }

    /// <summary>An array of exactly a length, until it is given back.</summary>
    public T[] Borrow(int length)
    {
        lock (free)
        {
            return Find(length);
        }
    }

    /// <summary>Gives back what was borrowed.</summary>
    public void Return(T[] array)
    {
        lock (free)
        {
            free[array.Length].Push(array);
        }
    }

    /// <summary>The pass has ended: all that it took is free.</summary>
    public void Reset()
    {
        foreach (var array in taken)
        {
            free[array.Length].Push(array);
        }

        taken.Clear();
    }

    private T[] Find(int length)
    {
        if (!free.TryGetValue(length, out var arrays))
        {
            free[length] = arrays = new();
        }

        return arrays.TryPop(out var array) ? array : GC.AllocateUninitializedArray<T>(length);
    }
}
