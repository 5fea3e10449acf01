namespace Optim.Networks;

/// <summary>A file in the IDX format is not what it should be; the message names it and says what is wrong.</summary>
public sealed class IdxException : IOException
{
    internal IdxException(string message)
        : base(message)
    {
    }

    internal IdxException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
