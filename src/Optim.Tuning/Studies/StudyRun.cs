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
    private readonly StudyFile? file;
    private readonly SharedStudy? shared;
    private readonly List<TrialRecord> trials;
    private readonly Queue<TrialRecord> interrupted;
    private readonly long begun = Stopwatch.GetTimestamp();
    private readonly int alreadyEnded;
    private readonly Proposals proposals;
    private int next;
    private bool isExhausted;
    private Exception? broken;

    public StudyRun(Study study, Func<Trial, double> objective, StudyOptions options, StudyFile? file, SharedStudy? shared)
    {
        this.study = study;
        this.objective = objective;
        this.options = options;
        this.file = file;
        this.shared = shared;
        trials = [.. (file?.Trials ?? []).Where(trial => trial.State != TrialState.Running)];
        interrupted = new((file?.Trials ?? []).Where(trial => trial.State == TrialState.Running));
        alreadyEnded = trials.Count;
        proposals = new(study);
        next = file is null || file.Trials.Count == 0 ? 0 : file.Trials.Max(trial => trial.Number) + 1;
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

        var ended = trials.Where(trial => trial.State != TrialState.Running).ToList();
        var end = ended.Count >= options.Trials ? StudyEnd.Finished : isExhausted ? StudyEnd.Exhausted : cancellation.IsCancellationRequested ? StudyEnd.Cancelled : StudyEnd.TimedOut;
        return new(study, end, ended, Stopwatch.GetElapsedTime(begun));
    }

    private void Work(CancellationTokenSource ending)
    {
        try
        {
            while (!ending.IsCancellationRequested && (shared is null ? Begin() : BeginShared(shared, ending.Token)) is { } record)
            {
                Try(record, ending.Token);
            }
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

    private TrialRecord? Begin()
    {
        lock (gate)
        {
            // Running trials count as ended: more are not begun than there are to be.
            if (trials.Count >= options.Trials)
            {
                return null;
            }

            TrialRecord record;
            if (interrupted.TryDequeue(out var again))
            {
                record = again;
            }
            else
            {
                if (proposals.Next(trials, next) is not { } parameters)
                {
                    isExhausted = true;
                    return null;
                }

                record = new(next, parameters);
                file?.Begin(record);
                next++;
            }

            trials.Add(record);
            Tell(record);
            return record;
        }
    }

    /// <summary>Where others work on the study too: a trial of those that have died, or a new one. While there is none, and not all have ended, it waits: one of the others may die.</summary>
    private TrialRecord? BeginShared(SharedStudy others, CancellationToken cancellation)
    {
        do
        {
            lock (gate)
            {
                var (all, record, isOver) = others.Begin(options.Trials, proposals);
                BecomeThose(all);
                isExhausted |= isOver && all.Count < options.Trials;
                if (record is not null)
                {
                    Tell(record);
                }

                if (record is not null || isOver)
                {
                    return record;
                }
            }
        }
        while (!cancellation.WaitHandle.WaitOne(others.Pause));
        return null;
    }

    private void BecomeThose(IReadOnlyList<TrialRecord> all)
    {
        trials.Clear();
        trials.AddRange(all);
    }

    private void Try(TrialRecord record, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        var reports = new List<TrialReport>();
        TrialState? verdict = null;
        string message = "";
        double value = double.NaN;
        var trial = new Trial(record.Number, record.Parameters, study.Seed, Report, cancellation);
        try
        {
            value = objective(trial);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Forget(record);
            return;
        }
        catch (Exception e) when (broken is null)
        {
            // One that was told to end may do so by throwing.
            (verdict, message) = verdict is { } already ? (already, message) : (TrialState.Failed, $"{e.GetType().Name}: {e.Message}");
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
            file?.End(ended);
            if (shared is not null)
            {
                BecomeThose(shared.End(ended));
            }
            else
            {
                Replace(ended);
            }

            Tell(ended);
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
                if (shared is not null)
                {
                    BecomeThose(shared.Report(record.Number, report));
                }

                Replace(now);
                if (study.Pruner.ShouldPrune(Merit.Seen(study, now), [.. trials.Where(other => other.Number != record.Number).Select(other => Merit.Seen(study, other))]))
                {
                    verdict = TrialState.Pruned;
                }

                Tell(now);
            }

            return verdict is not null;
        }
    }

    private void Forget(TrialRecord record)
    {
        lock (gate)
        {
            shared?.Leave(record.Number);
            trials.RemoveAll(trial => trial.Number == record.Number);
        }
    }

    private void Replace(TrialRecord record) => trials[trials.FindIndex(trial => trial.Number == record.Number)] = record;

    private TrialRecord? Best(List<TrialRecord> ended) => Ranking.BestFirst(Merit.Of(study, ended)).FirstOrDefault(trial => trial.State == TrialState.Complete) is { } best
        ? ended.Find(trial => trial.Number == best.Number)
        : null;

    private void Tell(TrialRecord latest)
    {
        if (options.Progress is not { } progress)
        {
            return;
        }

        var ended = trials.Where(trial => trial.State != TrialState.Running).ToList();
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
