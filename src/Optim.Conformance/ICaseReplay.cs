namespace Optim.Conformance;

/// <summary>How one kind of recording is replayed. A new kind is one implementation and its row in <see cref="Replayer"/>.</summary>
internal interface ICaseReplay
{
    /// <summary>The kind, as files name it.</summary>
    string Kind { get; }

    /// <summary>The keys of a case that the replay knows. Any other is an input or an output that it would leave out of account.</summary>
    IReadOnlySet<string> Understood { get; }

    /// <summary>Why a case cannot be replayed here; null where it can.</summary>
    string? SkipReason(Recording recording);

    /// <summary>Replays a case and compares.</summary>
    /// <param name="recording">The case.</param>
    /// <param name="backend">Who does the steps' arithmetic.</param>
    /// <exception cref="FormatException">The case is malformed or says something that is not understood; the message names file, case and key.</exception>
    Comparison Replay(Recording recording, Backend backend);
}
