namespace Optim.Tuning;

/// <summary>The trials of a study in one process, kept in a file where there is one.</summary>
internal sealed class OwnTrials : IStudyTrials
{
    private readonly StudyFile? file;
    private readonly List<TrialRecord> trials;
    private readonly Queue<TrialRecord> interrupted;
    private int next;

    public OwnTrials(StudyFile? file)
    {
        IReadOnlyList<TrialRecord> known = file?.Trials ?? [];
        this.file = file;
        trials = [.. known.Where(trial => trial.State != TrialState.Running)];
        interrupted = new(known.Where(trial => trial.State == TrialState.Running));
        next = known.Count == 0 ? 0 : known.Max(trial => trial.Number) + 1;
    }

    public IReadOnlyList<TrialRecord> All => trials;

    public TimeSpan Pause => TimeSpan.Zero;

    public (TrialClaim? Begun, bool IsOver) Begin(int trials, Proposals proposals, CancellationToken cancellation = default)
    {
        // Running trials count as ended: more are not begun than there are to be.
        if (this.trials.Count >= trials)
        {
            return (null, true);
        }

        if (!interrupted.TryDequeue(out var record))
        {
            if (proposals.Next(this.trials, next) is not { } parameters)
            {
                return (null, true);
            }

            record = new(next, parameters);
            file?.Begin(record);
            next++;
        }

        this.trials.Add(record);
        return (new(record), false);
    }

    public string? Report(TrialClaim claim, TrialRecord now, CancellationToken cancellation = default)
    {
        Replace(now);
        return null;
    }

    public string? End(TrialClaim claim, TrialRecord ended, CancellationToken cancellation = default)
    {
        file?.End(ended);
        Replace(ended);
        return null;
    }

    public void Leave(TrialClaim claim) => trials.RemoveAll(trial => trial.Number == claim.Trial.Number);

    private void Replace(TrialRecord record) => trials[trials.FindIndex(trial => trial.Number == record.Number)] = record;
}
