namespace Optim.Distributed;

/// <summary>Another rank has failed, and this one ends with it rather than wait for it for ever. The message names the rank and says why; on that rank, its own exception is thrown.</summary>
/// <remarks>What the ranks hold then is not to be stepped further: go on from a checkpoint.</remarks>
public sealed class RankFailedException : InvalidOperationException
{
    /// <summary>An exception with the default message.</summary>
    public RankFailedException()
    {
    }

    /// <summary>An exception with a message.</summary>
    /// <param name="message">The message.</param>
    public RankFailedException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public RankFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal RankFailedException(int rank, string message)
        : base(message) => Rank = rank;

    /// <summary>The rank that failed; of several, the first.</summary>
    public int Rank { get; }
}
