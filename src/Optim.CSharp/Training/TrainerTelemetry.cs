using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Optim.CSharp;

/// <summary>The trainers' metrics and traces, under the names <see cref="MeterName"/> and <see cref="ActivitySourceName"/>; nothing is measured without a listener.</summary>
/// <remarks>
/// Instruments: <c>optim.training.steps</c> (steps taken), <c>optim.training.epochs</c>, <c>optim.training.step.duration</c> (seconds, including the
/// objective; buckets from 1 us to 10 s), <c>optim.training.loss</c>, <c>optim.training.validation_loss</c>, <c>optim.training.learning_rate</c> (of the first rule that has one) and
/// <c>optim.training.gradient_norm</c> (before clipping; a sweep over the gradients at each step, only while something listens). Each measurement and each <c>Train</c> has the tag <c>optim.model</c>, where the model has a name. Activities: <c>Train</c>, in it <c>Epoch</c> and <c>Validate</c>.
/// </remarks>
public sealed class TrainerTelemetry : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Optim";

    /// <summary>The tag with the model's name.</summary>
    public const string ModelTag = "optim.model";

    /// <summary>The name of the activity source.</summary>
    public const string ActivitySourceName = "Optim";

    // A step of a small model takes microseconds, one of a large model seconds: three buckets a decade.
    private static readonly double[] Buckets =
    [
        1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
    ];

    private readonly bool ownsMeter;
    private readonly KeyValuePair<string, object?>[] tags;
    private readonly Counter<long> steps;
    private readonly Counter<long> epochs;
    private readonly Histogram<double> duration;
    private readonly Gauge<double> loss;
    private readonly Gauge<double> validationLoss;
    private readonly Gauge<double> learningRate;
    private readonly Gauge<double> gradientNorm;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Creates and disposes the meter; null for a plain one.</param>
    /// <param name="model">The model's name, the tag <see cref="ModelTag"/> of every measurement; null for no tag. Default null.</param>
    public TrainerTelemetry(IMeterFactory? meters = null, string? model = null)
    {
        tags = model is null ? [] : [new(ModelTag, model)];
        ownsMeter = meters is null;
        Meter = meters?.Create(new MeterOptions(MeterName)) ?? new Meter(MeterName);
        steps = Meter.CreateCounter<long>("optim.training.steps", "{step}", "Steps taken.");
        epochs = Meter.CreateCounter<long>("optim.training.epochs", "{epoch}", "Epochs completed.");
        duration = Meter.CreateHistogram<double>("optim.training.step.duration", "s", "Time of a step, its objective included.", tags: null, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets });
        loss = Meter.CreateGauge<double>("optim.training.loss", description: "Loss of the last batch.");
        validationLoss = Meter.CreateGauge<double>("optim.training.validation_loss", description: "Loss of the last validation.");
        learningRate = Meter.CreateGauge<double>("optim.training.learning_rate", description: "Learning rate of the last step.");
        gradientNorm = Meter.CreateGauge<double>("optim.training.gradient_norm", description: "Euclidean norm of the last step's gradient, before clipping.");
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

    /// <summary>Tags an activity with the model.</summary>
    internal void Tag(Activity? activity)
    {
        foreach (var (name, value) in tags)
        {
            activity?.SetTag(name, value);
        }
    }

    /// <summary>Measures rate and gradient of the step that is about to be taken, where something listens.</summary>
    internal void BeforeStep<T>(ITrainedOptimizer<T> optimizer)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        if (learningRate.Enabled)
        {
            foreach (var (name, value) in optimizer.Hyperparameters)
            {
                if (name.EndsWith("LearningRate", StringComparison.Ordinal))
                {
                    learningRate.Record(value, tags);
                    break;
                }
            }
        }

        // Where a gradient is divided among processes, all of them would have to ask for its norm.
        if (gradientNorm.Enabled && optimizer is InPlaceOptimizer<T> whole)
        {
            gradientNorm.Record(whole.GradientNorm(), tags);
        }
    }

    internal void Step(double batchLoss, TimeSpan? elapsed)
    {
        steps.Add(1, tags);
        loss.Record(batchLoss, tags);
        if (elapsed is { } time)
        {
            duration.Record(time.TotalSeconds, tags);
        }
    }

    internal void Epoch(EpochSummary epoch)
    {
        epochs.Add(1, tags);
        if (epoch.ValidationLoss is { } value)
        {
            validationLoss.Record(value, tags);
        }
    }
}
