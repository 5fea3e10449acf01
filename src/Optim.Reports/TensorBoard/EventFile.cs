using System.Globalization;
using Google.Protobuf;

namespace Optim.Reports.TensorBoard;

/// <summary>A TensorBoard event file, readable while it is being written.</summary>
internal sealed class EventFile : IDisposable
{
    private const string Version = "brain.Event:2";

    private readonly FileStream stream;

    private EventFile(FileStream stream) => this.stream = stream;

    /// <summary>Creates a file in a run's folder, which is created if missing: <c>events.out.tfevents.SECONDS.HOST</c>, with the Unix time in seconds.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="started">The time in the name and of the first event.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static EventFile Create(DirectoryInfo folder, DateTimeOffset started)
    {
        folder.Create();
        string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{started.ToUnixTimeSeconds():D10}.{Environment.MachineName}");
        var file = new EventFile(Fresh(Path.Combine(folder.FullName, name)));
        file.Write(new() { WallTime = Seconds(started), FileVersion = Version });
        return file;
    }

    /// <summary>Adds a point of a curve. The value is stored as float, as TensorBoard does.</summary>
    public void Add(ScalarPoint point) => Write(new()
    {
        WallTime = Seconds(point.Time), Step = point.Step,
        Summary = new() { Value = { new Summary.Types.Value { Tag = point.Tag, SimpleValue = (float)point.Value } } },
    });

    /// <summary>Flushes added points, for a running TensorBoard.</summary>
    public void Flush() => stream.Flush();

    public void Dispose() => stream.Dispose();

    private void Write(Event happened) => RecordStream.Write(stream, happened.ToByteArray());

    // A file of the same second is another run's, and TensorBoard shows both: nothing is overwritten.
    private static FileStream Fresh(string path)
    {
        for (int number = 1; ; number++)
        {
            string candidate = number == 1 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}.{number}");
            try
            {
                return new(candidate, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            }
            catch (IOException) when (File.Exists(candidate))
            {
            }
        }
    }

    private static double Seconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;
}
