using Optim.Networks;

namespace Optim.Cli.Advise;

/// <summary>What is to be learned.</summary>
internal enum ProblemKind
{
    /// <summary>Images.</summary>
    Vision,

    /// <summary>Text.</summary>
    Language,

    /// <summary>The values of actions, from a replay memory.</summary>
    RlValues,

    /// <summary>What to do, from experience.</summary>
    RlPolicy,

    /// <summary>Numbers from rows of a table: prices, sensors, clicks.</summary>
    Tabular,

    /// <summary>The parameters of a known formula.</summary>
    Calibration,
}

/// <summary>What learns it.</summary>
internal enum ModelKind
{
    /// <summary>A convolutional network.</summary>
    Convolutional,

    /// <summary>A transformer.</summary>
    Transformer,

    /// <summary>LSTM, GRU.</summary>
    Recurrent,

    /// <summary>Layers that connect everything.</summary>
    Dense,

    /// <summary>A linear model, or a formula.</summary>
    Formula,
}

/// <summary>How much there is to learn from.</summary>
internal enum DataSize
{
    /// <summary>Fewer than about a million examples.</summary>
    Small,

    /// <summary>A million and more.</summary>
    Large,
}

/// <summary>What <c>optim advise</c> asks.</summary>
/// <param name="Problem">What is to be learned.</param>
/// <param name="Model">What learns it.</param>
/// <param name="Data">From how much.</param>
/// <param name="Sparse">Whether most features are absent from most examples.</param>
/// <param name="Noisy">Whether examples contradict each other: gradients vary much from batch to batch.</param>
/// <param name="Deterministic">Whether the loss is computed on all the data, smooth, the same each time.</param>
/// <param name="BatchSize">Examples a step.</param>
/// <param name="Parameters">Numbers to be learned.</param>
internal sealed record Answers(
    ProblemKind Problem, ModelKind Model, DataSize Data, bool Sparse, bool Noisy, bool Deterministic, int BatchSize, long Parameters)
{
    /// <summary>What usually goes with a problem.</summary>
    public static Answers Usual(ProblemKind problem) => new(
        problem,
        problem switch
        {
            ProblemKind.Vision => ModelKind.Convolutional,
            ProblemKind.Language => ModelKind.Transformer,
            ProblemKind.Calibration => ModelKind.Formula,
            _ => ModelKind.Dense,
        },
        DataSize.Small,
        Sparse: false,
        Noisy: false,
        Deterministic: problem == ProblemKind.Calibration,
        BatchSize: problem == ProblemKind.Vision ? 256 : 32,
        Parameters: problem == ProblemKind.Calibration ? 10 : 100_000);
}
