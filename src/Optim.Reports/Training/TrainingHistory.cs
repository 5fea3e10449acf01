using System.Numerics;
using Optim.CSharp;

namespace Optim.Reports;

/// <summary>
/// The history of a training run: losses, learning rates and gradient norms by step, training and validation losses by epoch. As a callback of a <see cref="Trainer{T, TBatch}"/> it records them, and
/// writes them as the run goes: a page after each epoch, CSV files, TensorBoard's event files with the time of each step.
/// </summary>
/// <remarks>
/// <code>
/// using var history = new TrainingHistory&lt;float&gt;(optimizer) { Page = "run.html", TensorBoard = "runs/first" };
/// var trainer = new Trainer&lt;float, Batch&gt;(optimizer, objective) { Callbacks = [history] };
/// </code>
/// <para>
/// After a resume the CSV files continue: rows of steps that are taken again are replaced, so that the files are those of a run that was never interrupted, times aside. The page shows what this process has recorded.
/// </para>
/// <para>An error in writing is thrown to the trainer's caller. Not thread-safe.</para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class TrainingHistory<T> : ITrainingCallback, IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly InPlaceOptimizer<T> optimizer;
    private readonly List<StepRecord> steps = [];
    private readonly List<EpochRecord> epochs = [];
    private readonly LiveFiles files = new();
    private DateTimeOffset? started;
    private long? taken;
    private double? rate;
    private double? norm;

    /// <summary>A history before the first step.</summary>
    /// <param name="optimizer">The trainer's optimizer, from which rates and norms are read.</param>
    public TrainingHistory(InPlaceOptimizer<T> optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        this.optimizer = optimizer;
        Steps = steps.AsReadOnly();
        Epochs = epochs.AsReadOnly();
    }

    /// <summary>The heading of the page. Default: "Training".</summary>
    public string Title { get; init; } = "Training";

    /// <summary>The number of steps between records, 1 or more; a long run needs 64 bytes for each. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public long RecordEvery
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(RecordEvery), FormattableString.Invariant($"{nameof(RecordEvery)} must be 1 or more, was {value}."));
    } = 1;

    /// <summary>Whether gradient norms are recorded: a sweep over the gradients at each recorded step. Default true.</summary>
    public bool RecordsNorms { get; init; } = true;

    /// <summary>The file of a page that is written after each epoch; its folder exists. Null for none. Default null.</summary>
    public string? Page { get; init; }

    /// <summary>The folder of <c>steps.csv</c> and <c>epochs.csv</c>, which grow as the run goes. Null for none. Default null.</summary>
    public string? Csv { get; init; }

    /// <summary>The folder of a TensorBoard run, whose event file grows as the run goes. Null for none. Default null.</summary>
    public string? TensorBoard { get; init; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The recorded steps, in order.</summary>
    public IReadOnlyList<StepRecord> Steps { get; }

    /// <summary>The completed epochs, in order.</summary>
    public IReadOnlyList<EpochRecord> Epochs { get; }

    /// <inheritdoc/>
    public bool BeforeStep(TrainingProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        started ??= Clock.GetUtcNow();
        taken ??= progress.Step;
        if ((progress.Step + 1) % RecordEvery == 0)
        {
            // The gradients are still those of this step, and the rule that of its clock.
            rate = FirstRate();
            norm = RecordsNorms ? optimizer.GradientNorm() : null;
        }

        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public bool OnStep(TrainingProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        if (progress.Step % RecordEvery == 0)
        {
            var record = new StepRecord(progress.Step, progress.Epoch + 1, progress.Loss, rate, norm, Clock.GetUtcNow());
            steps.Add(record);
            files.Open(Csv, TensorBoard, started ?? record.Time, taken ?? 0);
            files.Add(record);
        }

        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public bool OnEpoch(EpochSummary epoch)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        var record = new EpochRecord(epoch.Epoch + 1, epoch.Step, epoch.MeanLoss, epoch.ValidationLoss, epoch.IsBest, Clock.GetUtcNow());
        epochs.Add(record);
        files.Open(Csv, TensorBoard, started ?? record.Time, taken ?? 0);
        files.Add(record);
        files.Flush();
        if (Page is not null)
        {
            ToReport().SavePage(Page);
        }

        return true;
    }

    /// <summary>The history as a report: curves, the table of epochs, the rule; its tables are <c>steps</c> and <c>epochs</c>, its run is for TensorBoard.</summary>
    public Report ToReport() => HistoryReport.Of(Title, optimizer.Rule.ToString(), steps, epochs, started);

    /// <summary>Writes what is pending and closes the files.</summary>
    public void Dispose() => files.Dispose();

    private double? FirstRate() => optimizer.Hyperparameters.Where(value => value.Key.EndsWith("LearningRate", StringComparison.Ordinal)).Select(value => (double?)value.Value).FirstOrDefault();
}
