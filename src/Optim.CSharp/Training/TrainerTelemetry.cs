using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Optim.CSharp;

/// <summary>The trainers' metrics and traces, under the names <see cref="MeterName"/> and <see cref="ActivitySourceName"/>; nothing is measured without a listener.</summary>
/// <remarks>
/// Instruments: <c>optim.training.steps</c> (steps taken), <c>optim.training.epochs</c>, <c>optim.training.step.duration</c> (seconds, including the
/// objective), <c>optim.training.loss</c> and <c>optim.training.validation_loss</c>. Activities: <c>Train</c>, in it <c>Epoch</c> and <c>Validate</c>.
/// </remarks>
public sealed class TrainerTelemetry : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Optim";

    /// <summary>The name of the activity source.</summary>
    public const string ActivitySourceName = "Optim";

    private readonly bool ownsMeter;
    private readonly Counter<long> steps;
    private readonly Counter<long> epochs;
    private readonly Histogram<double> duration;
    private readonly Gauge<double> loss;
    private readonly Gauge<double> validationLoss;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Creates and disposes the meter; null for a plain one.</param>
    public TrainerTelemetry(IMeterFactory? meters = null)
    {
        ownsMeter = meters is null;
        Meter = meters?.Create(new MeterOptions(MeterName)) ?? new Meter(MeterName);
        steps = Meter.CreateCounter<long>("optim.training.steps", "{step}", "Steps taken.");
        epochs = Meter.CreateCounter<long>("optim.training.epochs", "{epoch}", "Epochs completed.");
        duration = Meter.CreateHistogram<double>("optim.training.step.duration", "s", "Time of a step, its objective included.");
        loss = Meter.CreateGauge<double>("optim.training.loss", description: "Loss of the last batch.");
        validationLoss = Meter.CreateGauge<double>("optim.training.validation_loss", description: "Loss of the last validation.");
        Activities = new ActivitySource(ActivitySourceName);
    }

    internal Meter Meter { get; }

    internal ActivitySource Activities { get; }

    /// <summary>Whether anything listens to the durations, so that a clock is read.</summary>
    internal bool TimesSteps => duration.Enabled;

    /// <summary>Disposes the instruments.</summary>
    public void Dispose()
    {
        Activities.Dispose();
        if (ownsMeter)
        {
            Meter.Dispose();
        }
    }

    internal void Step(double batchLoss, TimeSpan? elapsed)
    {
        steps.Add(1);
        loss.Record(batchLoss);
        if (elapsed is { } time)
        {
            duration.Record(time.TotalSeconds);
        }
    }

    internal void Epoch(EpochSummary epoch)
    {
        epochs.Add(1);
        if (epoch.ValidationLoss is { } value)
        {
            validationLoss.Record(value);
        }
    }
}
