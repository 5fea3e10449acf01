using System.Numerics;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.Networks;
using Optim.Tuning;

namespace Optim.Cli.Tune;

/// <summary>A setting evaluated on the held-out images: trained on all others, several times with different weights.</summary>
/// <param name="Name">Best or default.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Ends">The final result of each training run on the held-out images.</param>
internal sealed record FinalResult(string Name, Rule Rule, IReadOnlyList<FitPoint> Ends)
{
    /// <summary>The mean of their accuracies.</summary>
    public double Accuracy => Ends.Average(end => end.Accuracy);

    /// <summary>The mean of their losses.</summary>
    public double Loss => Ends.Average(end => end.Loss);
}

/// <summary>A trial that was re-evaluated, on other folds with other weights.</summary>
/// <param name="Trial">The trial.</param>
/// <param name="IsDefault">Whether it is the default of <c>optim compare</c>.</param>
/// <param name="Ends">The result of each repetition.</param>
internal sealed record Finalist(TrialRecord Trial, bool IsDefault, IReadOnlyList<FitPoint> Ends)
{
    /// <summary>The mean of the losses; that of the study if not re-evaluated.</summary>
    public double Loss => Ends.Count == 0 ? Trial.Value!.Value : Ends.Average(end => end.Loss);
}

/// <summary>A finished or interrupted tuning run.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="Space">The search space.</param>
/// <param name="Study">The trials.</param>
/// <param name="Finalists">The best of them, re-evaluated, the best first.</param>
/// <param name="Finals">The first finalist and the default on the held-out images.</param>
/// <param name="FinalSteps">The steps of training on all other images.</param>
internal sealed record TuneRun(
    TuneSettings Settings, TuneSpace Space, StudyResult Study, IReadOnlyList<Finalist> Finalists, IReadOnlyList<FinalResult> Finals, long FinalSteps)
{
    /// <summary>The note with a trial's accuracy on the validation images.</summary>
    public const string Accuracy = "accuracy";

    private const string DefaultOptimizer = "adamw";

    /// <summary>The trial to use; null if none is complete.</summary>
    public TrialRecord? Chosen => Finalists.Count > 0 ? Finalists[0].Trial : Study.Best;

    /// <summary>Runs the trials, re-evaluates the best of them, then evaluates the chosen one and the default on the held-out images, which no trial has seen.</summary>
    public static TuneRun Of(TuneSettings settings, Action<StudyProgress> progress, CancellationToken cancellation) =>
        settings.Subject.Settings.IsSingle ? Of<float>(settings, progress, cancellation) : Of<double>(settings, progress, cancellation);

    private static TuneRun Of<T>(TuneSettings settings, Action<StudyProgress> progress, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var space = new TuneSpace(settings.Optimizers);
        var (subject, batch) = (settings.Subject, settings.Subject.Settings.BatchSize);
        var model = subject.Model<T>();
        var fit = new Fit<T>(model, subject.Folds(settings.Folds, subject.Settings.Seed), batch, subject.Settings.Seed) { Backend = subject.Settings.Backend };
        using var database = settings.Shared?.Open();
        var result = settings.Study(space).Run(
            trial => fit.Run(
                space.RuleOf(trial.Parameters, settings.Epochs * fit.StepsPerEpoch), settings.Epochs,
                point =>
                {
                    trial.Note(Accuracy, point.Accuracy);
                    return trial.Report(point.Epoch, point.Loss);
                },
                trial.Cancellation).Loss,
            new()
            {
                Trials = settings.Trials, Workers = settings.Threads, Timeout = settings.Timeout, File = settings.File?.FullName, Progress = progress,
                Connection = database, Name = settings.Shared?.Study ?? StudyAddress.UsualName, Heartbeat = settings.Shared?.Heartbeat ?? StudyAddress.UsualHeartbeat,
            },
            cancellation);
        long steps = settings.Epochs * new Fit<T>(model, [subject.Data], batch, 0).StepsPerEpoch;
        if (result.End == StudyEnd.Cancelled || result.Best is null)
        {
            return new(settings, space, result, [], [], steps);
        }

        var finalists = JudgeAgain(settings, space, model, result, cancellation);
        var chosen = space.RuleOf(finalists[0].Trial.Parameters, steps);
        return new(settings, space, result, finalists, Judge(settings, model, [("Best of the study", chosen), ("Default of compare", Default(subject))], cancellation), steps);
    }

    /// <summary>What <c>optim compare</c> uses: AdamW, at its usual rate for such data.</summary>
    private static Rule Default(Subject subject)
    {
        var choice = OptimizerChoice.Find(DefaultOptimizer);
        return choice.Create(choice.UsualRate(subject.Settings.HasImages));
    }

    /// <summary>The lowest of many noisy losses is biased low: re-evaluation on other folds and weights corrects for luck.</summary>
    private static List<Finalist> JudgeAgain<T>(TuneSettings settings, TuneSpace space, Network<T> model, StudyResult result, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var subject = settings.Subject;
        var usual = settings.Optimizers.FirstOrDefault(choice => choice.Name == DefaultOptimizer) is { } choice ? space.Usual(choice, subject.Settings.HasImages) : null;
        TrialRecord[] trials = [.. result.BestFirst.Where(trial => trial.State == TrialState.Complete).Take(settings.Finalists)];
        if (settings.Finalists == 1)
        {
            return [new(trials[0], trials[0].Parameters.Equals(usual), [])];
        }

        trials = [.. trials.Union(result.Trials.Where(trial => trial.Parameters.Equals(usual)).Take(1))];
        Fit<T>[] fits = [.. Enumerable.Range(1, settings.Repeats).Select(repeat =>
        {
            long seed = unchecked(subject.Settings.Seed + repeat);
            return new Fit<T>(model, subject.Folds(settings.Folds, seed), subject.Settings.BatchSize, seed) { Backend = subject.Settings.Backend };
        })];
        var ends = InParallel(settings, trials.Length * fits.Length, i => fits[i % fits.Length].Run(
            space.RuleOf(trials[i / fits.Length].Parameters, settings.Epochs * fits[0].StepsPerEpoch), settings.Epochs, _ => false, cancellation), cancellation);
        return [.. trials
            .Select((trial, i) => new Finalist(trial, trial.Parameters.Equals(usual), [.. ends.Skip(i * fits.Length).Take(fits.Length)]))
            .OrderBy(finalist => double.IsNaN(finalist.Loss)).ThenBy(finalist => finalist.Loss)];
    }

    private static FinalResult[] Judge<T>(TuneSettings settings, Network<T> model, (string Name, Rule Rule)[] rules, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var subject = settings.Subject.Settings;
        var ends = InParallel(settings, rules.Length * settings.Repeats, i =>
            new Fit<T>(model, [settings.Subject.Data], subject.BatchSize, unchecked(subject.Seed + (i % settings.Repeats))) { Backend = subject.Backend }
                .Run(rules[i / settings.Repeats].Rule, settings.Epochs, _ => false, cancellation), cancellation);
        return [.. rules.Select((rule, i) => new FinalResult(rule.Name, rule.Rule, [.. ends.Skip(i * settings.Repeats).Take(settings.Repeats)]))];
    }

    private static FitPoint[] InParallel(TuneSettings settings, int count, Func<int, FitPoint> run, CancellationToken cancellation)
    {
        var ends = new FitPoint[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = settings.Threads, CancellationToken = cancellation }, i => ends[i] = run(i));
        return ends;
    }
}
