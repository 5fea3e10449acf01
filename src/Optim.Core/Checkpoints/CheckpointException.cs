using System.Globalization;
using System.Text;

namespace Optim;

/// <summary>A file that is no sound safetensors file, or no checkpoint that fits: what is wrong with it, and where.</summary>
/// <remarks>
/// The one exception for whatever a file may hold: damaged, truncated, hostile, or made for something else. That there is no such file, or that the disk
/// fails, is an <see cref="IOException"/> or an <see cref="UnauthorizedAccessException"/>. Nothing has been changed when it is thrown.
/// </remarks>
public sealed class CheckpointException : Exception
{
    private const int LongestName = 200;

    internal CheckpointException(string fileName, string problem, string? key = null, long? offset = null, CheckpointReport? report = null, Exception? inner = null)
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

    /// <summary>A name from a file for an error: not too long, in quotes, without control characters.</summary>
    internal static string Quoted(string name)
    {
        var text = new StringBuilder("'");
        foreach (char c in name.AsSpan(0, Math.Min(name.Length, LongestName)))
        {
            text.Append(char.IsControl(c) || char.IsSurrogate(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c);
        }

        return text.Append(name.Length > LongestName ? "...'" : "'").ToString();
    }

    private static string Text(string fileName, string problem, string? key, long? offset)
    {
        var text = new StringBuilder(fileName).Append(": ");
        if (offset is { } at)
        {
            text.Append(CultureInfo.InvariantCulture, $"at byte {at}: ");
        }

        return (key is null ? text : text.Append(Quoted(key)).Append(": ")).Append(problem).ToString();
    }
}
