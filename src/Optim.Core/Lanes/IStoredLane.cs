namespace Optim.Lanes;

/// <summary>A lane in a register, which slots in fewer bits are read into and written from.</summary>
/// <typeparam name="TSelf">The lane itself.</typeparam>
/// <typeparam name="T">The element type; only <see cref="float"/> is stored in 16 bits so.</typeparam>
internal unsafe interface IStoredLane<TSelf, T> : ILane<TSelf, T>
    where TSelf : struct, IStoredLane<TSelf, T>
    where T : unmanaged
{
    /// <summary>Reads elements that are the first 16 bits of floats.</summary>
    /// <param name="source">The first one.</param>
    static abstract TSelf LoadBFloat16(ushort* source);

    /// <summary>Writes elements as the first 16 bits of floats, see <see cref="BFloat16"/>.</summary>
    /// <param name="value">What to write.</param>
    /// <param name="target">The first one.</param>
    static abstract void StoreBFloat16(TSelf value, ushort* target);
}
