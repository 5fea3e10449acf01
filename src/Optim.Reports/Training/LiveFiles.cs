using System.Diagnostics;
using Optim.Reports.TensorBoard;

namespace Optim.Reports;

/// <summary>The files that grow as a run goes. Each is readable while it is written; what was added is in them within a second, and at the end of an epoch.</summary>
internal sealed class LiveFiles : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private LiveCsv? steps;
    private LiveCsv? epochs;
    private EventFile? events;
    private bool isOpen;
    private long flushed;

    /// <summary>Creates the files, when there is the first to write.</summary>
    /// <param name="csv">The folder of CSV files; null for none.</param>
    /// <param name="tensorBoard">The folder of the run; null for none.</param>
    /// <param name="started">When the run began.</param>
    /// <param name="taken">The steps taken before the run began or was resumed: what the CSV files have of later ones is of an interrupted or of another run, and is replaced.</param>
    public void Open(string? csv, string? tensorBoard, DateTimeOffset started, long taken)
    {
        if (isOpen)
        {
            return;
        }

        if (csv is not null)
        {
            Directory.CreateDirectory(csv);
            steps = LiveCsv.Open(Path.Combine(csv, "steps.csv"), HistoryReport.Steps([]), taken);
            epochs = LiveCsv.Open(Path.Combine(csv, "epochs.csv"), HistoryReport.Epochs([]), taken);
        }

        events = tensorBoard is null ? null : EventFile.Create(new(tensorBoard), started);
        isOpen = true;
    }

    public void Add(StepRecord step)
    {
        steps?.Add(HistoryReport.Steps([step]));
        Add(HistoryReport.Points(step));
    }

    public void Add(EpochRecord epoch)
    {
        epochs?.Add(HistoryReport.Epochs([epoch]));
        Add(HistoryReport.Points(epoch));
    }

    public void Flush()
    {
        steps?.Flush();
        epochs?.Flush();
        events?.Flush();
        flushed = Stopwatch.GetTimestamp();
    }

    public void Dispose()
    {
        steps?.Dispose();
        epochs?.Dispose();
        events?.Dispose();
        (steps, epochs, events, isOpen) = (null, null, null, false);
    }

    private void Add(IEnumerable<ScalarPoint> points)
    {
        if (events is not null)
        {
            foreach (var point in points)
            {
                events.Add(point);
            }
        }

        if (Stopwatch.GetElapsedTime(flushed) > Pause)
        {
            Flush();
        }
    }
}
