namespace Optim.Tuning;

/// <summary>A study's file cannot be used: it belongs to another study, is damaged, in use, or cannot be read or written. The message says which, and names the file.</summary>
public sealed class StudyFileException : IOException
{
    /// <summary>An exception with the default message.</summary>
    public StudyFileException()
    {
    }

    /// <summary>An exception with a message.</summary>
    /// <param name="message">The message.</param>
    public StudyFileException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public StudyFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
