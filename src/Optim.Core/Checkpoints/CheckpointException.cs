using System.Globalization;
using System.Text;
using Optim.Checkpoints;
using Optim.Names;

namespace Optim;

/// <summary>A file that is no sound safetensors file, or no checkpoint that fits: what is wrong with it, and where.</summary>
/// <remarks>
/// The one exception for whatever a file may hold: damaged, truncated, hostile, or made for something else. That there is no such file, or that the disk
/// fails, is an <see cref="IOException"/> or an <see cref="UnauthorizedAccessException"/>. Nothing has been changed when it is thrown.
/// </remarks>
public sealed class CheckpointException : Exception
{
    /// <summary>What is wrong with a file, for a library or an application that keeps what is its own in checkpoints.</summary>
    /// <param name="fileName">The file, as it was named.</param>
    /// <param name="problem">What is wrong, as a sentence.</param>
    /// <param name="key">The tensor, or the entry of the metadata, that is wrong; null where it is the file as a whole.</param>
    /// <param name="offset">Where, in bytes from the beginning of the file; null where no one place is.</param>
    /// <param name="report">What is missing, unexpected or of another shape; null where the file is not sound.</param>
    /// <param name="inner">What this was found by; null for none.</param>
    public CheckpointException(string fileName, string problem, string? key = null, long? offset = null, CheckpointReport? report = null, Exception? inner = null)
        : base(Text(fileName, problem, key, offset), inner)
    {
        FileName = fileName;
        Key = key;
        Offset = offset;
        Report = report;
    }

    /// <summary>The file, as it was named.</summary>
    public string FileName { get; }

    /// <summary>The tensor, or the entry of the metadata, that is wrong; null where it is the file as a whole.</summary>
    public string? Key { get; }

    /// <summary>Where it is wrong, in bytes from the beginning of the file; null where no one place is.</summary>
    public long? Offset { get; }

    /// <summary>What is missing, unexpected or of another shape, where the file is sound and does not fit; null otherwise.</summary>
    public CheckpointReport? Report { get; }

    private static string Text(string fileName, string problem, string? key, long? offset)
    {
        var text = new StringBuilder(fileName).Append(": ");
        if (offset is { } at)
        {
            text.Append(CultureInfo.InvariantCulture, $"at byte {at}: ");
        }

        return (key is null ? text : text.Append(QuotedName.Of(key)).Append(": ")).Append(problem).ToString();
    }
}
