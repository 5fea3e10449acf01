namespace Optim.Tuning;

/// <summary>A trial that a worker has begun, or begun again.</summary>
/// <param name="Trial">The trial.</param>
/// <param name="Attempt">Which attempt at it this is, from 1: another one may be another worker's.</param>
internal sealed record TrialClaim(TrialRecord Trial, int Attempt = 1);

/// <summary>A study's trials: those of this process (<see cref="OwnTrials"/>), or those that many processes share (<see cref="SharedStudy"/>). One call at a time.</summary>
internal interface IStudyTrials
{
    /// <summary>All trials, as the last call has found them; running ones too.</summary>
    IReadOnlyList<TrialRecord> All { get; }

    /// <summary>How long to wait, where there is no trial to begin and the study is not over, before asking again.</summary>
    TimeSpan Pause { get; }

    /// <summary>Begins a trial: one that was interrupted, or a new one.</summary>
    /// <param name="trials">How many trials there are to be.</param>
    /// <param name="proposals">What a new trial tries.</param>
    /// <param name="cancellation">Ends a wait for a database that is away.</param>
    /// <returns>The trial, or null; and whether none is to come any more.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    (TrialClaim? Begun, bool IsOver) Begin(int trials, Proposals proposals, CancellationToken cancellation = default);

    /// <summary>Records an intermediate report.</summary>
    /// <param name="claim">The trial.</param>
    /// <param name="now">The trial with its reports, the latest last.</param>
    /// <param name="cancellation">Ends a wait for a database that is away.</param>
    /// <returns>Null; or why it is not heard.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    string? Report(TrialClaim claim, TrialRecord now, CancellationToken cancellation = default);

    /// <summary>Records the end of a trial. Called again for the same, it does nothing.</summary>
    /// <param name="claim">The trial.</param>
    /// <param name="ended">The trial with its end.</param>
    /// <param name="cancellation">Ends a wait for a database that is away.</param>
    /// <returns>Null; or why it is not recorded.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    string? End(TrialClaim claim, TrialRecord ended, CancellationToken cancellation = default);

    /// <summary>Leaves a trial that was interrupted, to be begun again.</summary>
    void Leave(TrialClaim claim);
}
