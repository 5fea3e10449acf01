using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>
/// Arrays reused from pass to pass. Fresh memory for a batch costs more than the work on it.
/// </summary>
/// <remarks>Threads of one pass may share it. Array contents are arbitrary.</remarks>
internal sealed class Workspace<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Dictionary<int, Stack<T[]>> free = [];
    private readonly List<T[]> taken = [];

    /// <summary>An array of exact length, until the pass ends.</summary>
    public T[] Take(int length)
    {
        lock (free)
        {
            var array = Find(length);
            taken.Add(array);
            return array;
        }
    }

    /// <summary>An array of exact length, until it is returned.</summary>
    public T[] Borrow(int length)
    {
        lock (free)
        {
            return Find(length);
        }
    }

    /// <summary>Returns a borrowed array.</summary>
    public void Return(T[] array)
    {
        lock (free)
        {
            free[array.Length].Push(array);
        }
    }

    /// <summary>Ends the pass and frees its arrays.</summary>
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
