namespace Optim.Conformance;

/// <summary>Replays recorded cases through <see cref="Optimizer"/>: the one harness of the tests and of <c>optim replay</c>.</summary>
public static class Replayer
{
    private static readonly ICaseReplay[] Kinds =
        [new OpenLoopReplay(), new TransformReplay(), new ClosedLoopReplay(), new ScheduleReplay(), new ProjectionReplay(), new FactsReplay()];

    /// <summary>Reads and replays a file. One that cannot be understood is one failed case.</summary>
    /// <param name="path">The file; its format is in docs/recording-format.md.</param>
    /// <param name="backend">Who does the steps' arithmetic.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<CaseResult> ReplayFile(string path, Backend backend = Backend.Simd)
    {
        try
        {
            return Replay(RecordingFile.Read(path), backend);
        }
        catch (FormatException e)
        {
            return [new(Path.GetFileName(path), null, null, Outcome.Failed, Reason: e.Message)];
        }
    }

    /// <summary>Replays the cases of a file.</summary>
    internal static IReadOnlyList<CaseResult> Replay(RecordingFile file, Backend backend = Backend.Simd)
    {
        var replay = Array.Find(Kinds, kind => kind.Kind == file.Kind);
        return [.. file.Cases.Select(recording => Replay(replay, file, recording, backend))];
    }

    private static CaseResult Replay(ICaseReplay? replay, RecordingFile file, Recording recording, Backend backend)
    {
        CaseResult Result(Outcome outcome, Comparison? comparison, string? reason) => new(file.Name, file.Family, recording.Name, outcome, comparison, reason);

        if (replay is null)
        {
            return Result(Outcome.Skipped, null, $"files of kind '{file.Kind}' are not replayed");
        }

        if (replay.SkipReason(recording) is { } reason)
        {
            return Result(Outcome.Skipped, null, reason);
        }

        try
        {
            if (recording.Keys.FirstOrDefault(key => !replay.Understood.Contains(key)) is { } unknown)
            {
                throw recording.Error(unknown, "is not understood, so the case cannot be judged.");
            }

            var comparison = replay.Replay(recording, backend);
            return Result(comparison.Passed ? Outcome.Passed : Outcome.Failed, comparison, null);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or ArithmeticException)
        {
            return Result(Outcome.Failed, null, e is FormatException ? e.Message : $"{file.Name}, case '{recording.Name}': {e.Message}");
        }
    }
}
