using System.Diagnostics;
using System.Globalization;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>Shows training progress: a live line in a terminal, and a permanent line per epoch.</summary>
/// <param name="settings">What is trained.</param>
/// <param name="data">On what.</param>
/// <param name="history">The history, including the reported step or epoch.</param>
/// <param name="stepsPerEpoch">The steps of an epoch.</param>
/// <param name="lines">The output for permanent lines; null for none.</param>
/// <param name="live">The terminal for the live line; null for none.</param>
/// <param name="columns">The terminal's columns, queried at each update.</param>
internal sealed class TrainProgress(TrainSettings settings, Dataset data, History history, int stepsPerEpoch, TextWriter? lines, TextWriter? live, Func<int> columns) : ITrainingCallback
{
    private const int Smoothed = 50;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly long begin = Stopwatch.GetTimestamp();
    private long shown, images, epochBegin = Stopwatch.GetTimestamp(), epochImages;
    private bool hasHead;
    private int width;

    /// <inheritdoc/>
    public bool OnStep(TrainingProgress progress)
    {
        var (epoch, step, last) = (progress.Epoch + 1, progress.Batch + 1, history.Steps[^1]);
        images += last.Count;
        epochImages += last.Count;
        if (live is null || (Stopwatch.GetElapsedTime(shown) < Between && step < stepsPerEpoch))
        {
            return true;
        }

        shown = Stopwatch.GetTimestamp();
        var (loss, accuracy) = history.Mean(Math.Min(Smoothed, step));
        string score = data.Target is null ? string.Create(CultureInfo.InvariantCulture, $"  accuracy {100 * accuracy:F1} %") : "";
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        long left = ((long)settings.Epochs * stepsPerEpoch) - history.Steps.Count;
        double remaining = seconds * left * last.Count / images;
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {epoch}/{settings.Epochs} {100.0 * step / stepsPerEpoch,3:F0} %  {Clock(remaining)} left  loss {loss:F4}{score}  rate {Short(last.LearningRate)}  |g| {Short(last.GradientNorm)}  {images / seconds:N0} {Score.Things(data)}/s");
        Replace(text);
        return true;
    }

    /// <inheritdoc/>
    public bool OnEpoch(EpochSummary summary)
    {
        Clear();
        double seconds = Stopwatch.GetElapsedTime(epochBegin).TotalSeconds;
        var (epoch, step) = (history.Epochs[^1], history.Steps[^1]);
        if (!hasHead)
        {
            string things = Score.Things(data) + "/s", score = data.Target is null ? "acc." : "R^2";
            lines?.WriteLine($"  epoch train loss {score,7} test loss {score,7}     rate     |g| {things,8}    time");
            hasHead = true;
        }

        lines?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{$"{epoch.Epoch}/{settings.Epochs}",7} {epoch.TrainingLoss,10:F4} {Score.Text(data, epoch.TrainingAccuracy, 1),7} {epoch.TestLoss,9:F4} {Score.Text(data, epoch.TestAccuracy, 1),7} {Short(step.LearningRate),8} {Short(step.GradientNorm),7} {epochImages / seconds,8:N0} {seconds,5:F1} s"));
        lines?.Flush();
        (epochBegin, epochImages) = (Stopwatch.GetTimestamp(), 0);
        return true;
    }

    /// <summary>Clears the live line.</summary>
    public void Clear() => Replace("");

    private static string Short(double number) => double.IsNaN(number) ? "-" : number.ToString("G3", CultureInfo.InvariantCulture).Replace("E-0", "e-", StringComparison.Ordinal).Replace("E+0", "e", StringComparison.Ordinal);

    private static string Clock(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, 359_999)) is var time && time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time:mm\\:ss}")
        : time.ToString("m\\:ss", CultureInfo.InvariantCulture);

    /// <summary>Overwrites the line using only a carriage return, which every terminal supports.</summary>
    private void Replace(string text)
    {
        if (live is null || (text.Length == 0 && width == 0))
        {
            return;
        }

        int most = Math.Max(10, columns() - 1);
        text = text.Length > most ? text[..most] : text;
        live.Write("\r" + text.PadRight(Math.Min(width, most)) + (text.Length == 0 ? "\r" : ""));
        live.Flush();
        width = text.Length;
    }
}
