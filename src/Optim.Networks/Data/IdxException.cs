namespace Optim.Networks;

/// <summary>An IDX file is invalid; the message names it and says what is wrong.</summary>
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
