using System.Globalization;
using System.Text;

namespace Optim.Reports;

/// <summary>A CSV file that grows, whose first column is the step. One that is there already is continued from a step on.</summary>
internal sealed class LiveCsv : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly StreamWriter writer;

    private LiveCsv(StreamWriter writer) => this.writer = writer;

    /// <summary>Opens a file. Rows of steps that were taken before stay, if the file has the same columns; everything else of it is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="empty">The table without rows.</param>
    /// <param name="taken">The steps taken before; 0 for a run that begins.</param>
    public static LiveCsv Open(string path, DataTable empty, long taken)
    {
        string header = CsvText.Of(empty);
        var text = new StringBuilder(header);
        if (File.Exists(path))
        {
            // A row cut off in the middle by the end of a process has no line break, and is dropped.
            string old = File.ReadAllText(path, Utf8);
            string[] lines = old.Split("\r\n")[..^1];
            if (lines.Length > 0 && lines[0] + "\r\n" == header)
            {
                foreach (string line in lines.Skip(1).TakeWhile(line => long.TryParse(line.Split(',')[0], CultureInfo.InvariantCulture, out long at) && at <= taken))
                {
                    text.Append(line).Append("\r\n");
                }
            }
        }

        AtomicFile.Write(path, stream => stream.Write(Utf8.GetBytes(text.ToString())));
        return new(new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read), Utf8));
    }

    /// <summary>Adds rows.</summary>
    public void Add(DataTable rows) => writer.Write(CsvText.Rows(rows));

    public void Flush() => writer.Flush();

    public void Dispose() => writer.Dispose();
}
