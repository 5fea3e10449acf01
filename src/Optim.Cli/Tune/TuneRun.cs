using System.Numerics;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.Tuning;

namespace Optim.Cli.Tune;

/// <summary>A setting judged by the held-out images: trained on all the others, several times from other weights.</summary>
/// <param name="Name">Best or default.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Ends">How good each training was at its end, on the held-out images.</param>
internal sealed record FinalResult(string Name, Rule Rule, IReadOnlyList<FitPoint> Ends)
{
    /// <summary>The mean of their accuracies.</summary>
    public double Accuracy => Ends.Average(end => end.Accuracy);

    /// <summary>The mean of their losses.</summary>
    public double Loss => Ends.Average(end => end.Loss);
}

/// <summary>A tuning that is over, or was interrupted.</summary>
internal sealed record TuneRun(TuneSettings Settings, TuneSpace Space, StudyResult Study, IReadOnlyList<FinalResult> Finals, long FinalSteps)
{
    /// <summary>The note with a trial's accuracy on the validation images.</summary>
    public const string Accuracy = "accuracy";

    private const string DefaultOptimizer = "adamw";

    /// <summary>Makes the trials, then judges the best one and the default by the held-out images, which no trial has seen.</summary>
    public static TuneRun Of(TuneSettings settings, Action<StudyProgress> progress, CancellationToken cancellation) =>
        settings.Subject.Settings.IsSingle ? Of<float>(settings, progress, cancellation) : Of<double>(settings, progress, cancellation);

    private static TuneRun Of<T>(TuneSettings settings, Action<StudyProgress> progress, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var space = new TuneSpace(settings.Optimizers);
        var (subject, batch) = (settings.Subject, settings.Subject.Settings.BatchSize);
        var model = subject.Model<T>();
        var fit = new Fit<T>(model, subject.Folds(settings.Folds), batch, subject.Settings.Seed);
        var result = settings.Study(space.Space).Run(
            trial => fit.Run(
                space.RuleOf(trial.Parameters, settings.Epochs * fit.StepsPerEpoch), settings.Epochs,
                point =>
                {
                    trial.Note(Accuracy, point.Accuracy);
                    return trial.Report(point.Epoch, point.Loss);
                },
                trial.Cancellation).Loss,
            new() { Trials = settings.Trials, Workers = settings.Threads, Timeout = settings.Timeout, File = settings.File?.FullName, Progress = progress }, cancellation);
        long steps = settings.Epochs * new Fit<T>(model, [subject.Data], batch, 0).StepsPerEpoch;
        IReadOnlyList<FinalResult> finals = result.End == StudyEnd.Cancelled || result.Best is not { } best
            ? []
            : Judge(settings, model, [("Best of the study", space.RuleOf(best.Parameters, steps)), ("Default of compare", Default(subject))], cancellation);
        return new(settings, space, result, finals, steps);
    }

    /// <summary>What <c>optim compare</c> uses: AdamW, at its usual rate for such data.</summary>
    private static Rule Default(Subject subject)
    {
        var choice = OptimizerChoice.Find(DefaultOptimizer);
        return choice.Create(choice.UsualRate(subject.Settings.HasImages));
    }

    private static FinalResult[] Judge<T>(TuneSettings settings, Model<T> model, (string Name, Rule Rule)[] rules, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var subject = settings.Subject.Settings;
        var ends = new FitPoint[rules.Length * settings.Repeats];
        Parallel.For(0, ends.Length, new ParallelOptions { MaxDegreeOfParallelism = settings.Threads, CancellationToken = cancellation }, i => ends[i] =
            new Fit<T>(model, [settings.Subject.Data], subject.BatchSize, unchecked(subject.Seed + (i % settings.Repeats)))
                .Run(rules[i / settings.Repeats].Rule, settings.Epochs, _ => false, cancellation));
        return [.. rules.Select((rule, i) => new FinalResult(rule.Name, rule.Rule, [.. ends.Skip(i * settings.Repeats).Take(settings.Repeats)]))];
    }
}
