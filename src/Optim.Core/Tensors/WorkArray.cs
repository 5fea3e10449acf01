namespace Optim.Tensors;

/// <summary>Arrays of zeros for one computation.</summary>
internal static class WorkArray
{
    /// <summary>A new array.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory left, not even without what the pools keep.</exception>
    public static T[] Of<T>(int length)
        where T : unmanaged
    {
        try
        {
            return new T[length];
        }
        catch (OutOfMemoryException)
        {
            FullCollection.DropAll();
            return new T[length];
        }
    }
}
