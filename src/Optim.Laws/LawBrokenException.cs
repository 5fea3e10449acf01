namespace Optim.Laws;

/// <summary>A law does not hold: what differs in one case, or, from <see cref="LawSuite.Assert"/>, the whole report.</summary>
public sealed class LawBrokenException : Exception
{
    /// <summary>Without a message.</summary>
    public LawBrokenException()
    {
    }

    /// <summary>With a message.</summary>
    /// <param name="message">What does not hold, and where.</param>
    public LawBrokenException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    /// <param name="message">What does not hold, and where.</param>
    /// <param name="innerException">The cause.</param>
    public LawBrokenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
