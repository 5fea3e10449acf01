using System.Globalization;
using System.Text;
using Optim.Checkpoints;
using Optim.Names;

namespace Optim;

/// <summary>An invalid safetensors file, or a checkpoint that does not match: what is wrong, and where.</summary>
/// <remarks>
/// The one exception for any file contents: damaged, truncated, hostile, or of another kind. A missing file or a disk error
/// is an <see cref="IOException"/> or an <see cref="UnauthorizedAccessException"/>. Nothing has changed when it is thrown.
/// </remarks>
public sealed class CheckpointException : Exception
{
    /// <summary>For libraries and applications that keep their own data in checkpoints.</summary>
    /// <param name="fileName">The file, as it was named.</param>
    /// <param name="problem">What is wrong, as a sentence.</param>
    /// <param name="key">The tensor, or the entry of the metadata, that is wrong; null for the file as a whole.</param>
    /// <param name="offset">The offset in bytes from the beginning of the file; null if there is no single place.</param>
    /// <param name="report">What is missing, unexpected or of another shape; null if the file is invalid.</param>
    /// <param name="inner">The cause; null for none.</param>
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

    /// <summary>The tensor, or the entry of the metadata, that is wrong; null for the file as a whole.</summary>
    public string? Key { get; }

    /// <summary>The offset of the error, in bytes from the beginning of the file; null if there is no single place.</summary>
    public long? Offset { get; }

    /// <summary>What is missing, unexpected or of another shape if a valid file does not match; null otherwise.</summary>
    public CheckpointReport? Report { get; }

    private static string Text(string fileName, string problem, string? key, long? offset)
    {
        var text = new StringBuilder(fileName).Append(": ");
        if (offset is { } at)
        {
            text.Append(CultureInfo.InvariantCulture, $"at byte {at}: ");
        }

        return Printable.Text((key is null ? text : text.Append(QuotedName.Of(key)).Append(": ")).Append(problem).ToString());
    }
}
