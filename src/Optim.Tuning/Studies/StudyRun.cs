using System.Diagnostics;
using System.Globalization;

namespace Optim.Tuning;

/// <summary>Runs a study: workers that take a number, evaluate, report and record, with all bookkeeping under one lock.</summary>
internal sealed class StudyRun
{
    private readonly Lock gate = new();
    private readonly Study study;
    private readonly Func<Trial, double> objective;
    private readonly StudyOptions options;
    private readonly IStudyTrials trials;
    private readonly long begun = Stopwatch.GetTimestamp();
    private readonly int alreadyEnded;
    private readonly Proposals proposals;
    private bool isExhausted;
    private Exception? broken;

    public StudyRun(Study study, Func<Trial, double> objective, StudyOptions options, IStudyTrials trials)
    {
        this.study = study;
        this.objective = objective;
        this.options = options;
        this.trials = trials;
        alreadyEnded = Ended().Count;
        proposals = new(study);
    }

    public StudyResult ToEnd(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (options.Timeout is { } timeout)
        {
            ending.CancelAfter(timeout);
        }

        Task[] workers = [.. Enumerable.Range(0, options.Workers).Select(_ => Task.Factory.StartNew(
            () => Work(ending), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAll(workers, CancellationToken.None);
        if (broken is { } exception)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
        }

        var ended = Ended();
        var end = ended.Count >= options.Trials ? StudyEnd.Finished : isExhausted ? StudyEnd.Exhausted : cancellation.IsCancellationRequested ? StudyEnd.Cancelled : StudyEnd.TimedOut;
        return new(study, end, ended, Stopwatch.GetElapsedTime(begun));
    }

    private void Work(CancellationTokenSource ending)
    {
        try
        {
            while (!ending.IsCancellationRequested && Begin(ending.Token) is { } claim)
            {
                Try(claim, ending.Token);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The study was left while the database was away: there is no trial to leave.
        }
        catch (Exception e)
        {
            // What goes wrong here is the study's, not a trial's: a full disk, a progress handler that throws.
            lock (gate)
            {
                broken ??= e;
            }

            ending.Cancel();
        }
    }

    /// <summary>The next trial. While there is none, and the study is not over, it waits: another process's may be left to this one.</summary>
    private TrialClaim? Begin(CancellationToken cancellation)
    {
        do
        {
            lock (gate)
            {
                var (claim, isOver) = trials.Begin(options.Trials, proposals, cancellation);
                isExhausted |= isOver && trials.All.Count < options.Trials;
                if (claim is not null)
                {
                    Tell(claim.Trial);
                }

                if (claim is not null || isOver)
                {
                    return claim;
                }
            }
        }
        while (!cancellation.WaitHandle.WaitOne(trials.Pause));
        return null;
    }

    private void Try(TrialClaim claim, CancellationToken cancellation)
    {
        var record = claim.Trial;
        long start = Stopwatch.GetTimestamp();
        var reports = new List<TrialReport>();
        TrialState? verdict = null;
        string message = "";
        Exception? unrecorded = null;
        double value = double.NaN;
        var trial = new Trial(record.Number, record.Parameters, study.Seed, Report, cancellation);
        try
        {
            value = objective(trial);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            lock (gate)
            {
                trials.Leave(claim);
            }

            return;
        }
        catch (Exception e) when (broken is null)
        {
            // One that was told to end may do so by throwing.
            (verdict, message) = verdict is { } already ? (already, message) : (TrialState.Failed, $"{e.GetType().Name}: {e.Message}");
        }

        if (unrecorded is not null)
        {
            // It has passed through the objective, which may have caught it.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(unrecorded);
        }

        if (verdict is null && !double.IsFinite(value))
        {
            (verdict, message) = (TrialState.Failed, string.Create(CultureInfo.InvariantCulture, $"diverged: the value was {value}"));
        }

        var ended = record with
        {
            State = verdict ?? TrialState.Complete, Value = verdict is null ? value : null, Reports = reports, Notes = trial.Notes, Message = message,
            Duration = Stopwatch.GetElapsedTime(start),
        };
        lock (gate)
        {
            string? refused;
            try
            {
                refused = trials.End(claim, ended, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                trials.Leave(claim);
                return;
            }

            Tell(refused is null ? ended : ended with { State = TrialState.Failed, Value = null, Message = refused });
        }

        bool Report(TrialReport report)
        {
            long before = reports.Count == 0 ? 0 : reports[^1].Step;
            if (report.Step <= before)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(report), string.Create(CultureInfo.InvariantCulture, $"A trial must report ever later steps, from 1 on; reported {report.Step} after {before}."));
            }

            if (verdict is not null)
            {
                return true;
            }

            if (!double.IsFinite(report.Value))
            {
                (verdict, message) = (TrialState.Failed, string.Create(CultureInfo.InvariantCulture, $"diverged: the value at step {report.Step} was {report.Value}"));
                return true;
            }

            reports.Add(report);
            lock (gate)
            {
                var now = record with { Reports = reports };
                if (Recorded(now) is { } refused)
                {
                    (verdict, message) = (TrialState.Failed, refused);
                }
                else if (study.Pruner.ShouldPrune(Merit.Seen(study, now), [.. trials.All.Where(other => other.Number != record.Number).Select(other => Merit.Seen(study, other))]))
                {
                    verdict = TrialState.Pruned;
                }

                Tell(now);
            }

            return verdict is not null;
        }

        string? Recorded(TrialRecord now)
        {
            try
            {
                return trials.Report(claim, now, cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                // What fails here is the study, not the trial.
                unrecorded = e;
                broken ??= e;
                throw;
            }
        }
    }

    private List<TrialRecord> Ended() => [.. trials.All.Where(trial => trial.State != TrialState.Running)];

    private TrialRecord? Best(List<TrialRecord> ended) => Ranking.BestFirst(Merit.Of(study, ended)).FirstOrDefault(trial => trial.State == TrialState.Complete) is { } best
        ? ended.Find(trial => trial.Number == best.Number)
        : null;

    private void Tell(TrialRecord latest)
    {
        if (options.Progress is not { } progress)
        {
            return;
        }

        var ended = Ended();
        var elapsed = Stopwatch.GetElapsedTime(begun);
        int now = ended.Count - alreadyEnded;
        var report = new StudyProgress(
            latest, Best(ended), ended.Count,
            ended.Count(trial => trial.State == TrialState.Pruned), ended.Count(trial => trial.State == TrialState.Failed), options.Trials,
            elapsed, now == 0 ? null : elapsed / now * Math.Max(options.Trials - ended.Count, 0));
        try
        {
            progress(report);
        }
        catch (Exception e)
        {
            // It may pass through an objective, whose own exceptions fail a trial alone.
            broken ??= e;
            throw;
        }
    }
}
