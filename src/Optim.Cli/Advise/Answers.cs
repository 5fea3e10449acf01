using Optim.Networks;

namespace Optim.Cli.Advise;

/// <summary>The problem.</summary>
internal enum ProblemKind
{
    /// <summary>Images.</summary>
    Vision,

    /// <summary>Text.</summary>
    Language,

    /// <summary>Action values, from a replay memory.</summary>
    RlValues,

    /// <summary>A policy, from experience.</summary>
    RlPolicy,

    /// <summary>Predictions from tabular data: prices, sensors, clicks.</summary>
    Tabular,

    /// <summary>The parameters of a known formula.</summary>
    Calibration,
}

/// <summary>The model.</summary>
internal enum ModelKind
{
    /// <summary>A convolutional network.</summary>
    Convolutional,

    /// <summary>A transformer.</summary>
    Transformer,

    /// <summary>LSTM, GRU.</summary>
    Recurrent,

    /// <summary>Dense layers.</summary>
    Dense,

    /// <summary>A linear model, or a formula.</summary>
    Formula,
}

/// <summary>The amount of data.</summary>
internal enum DataSize
{
    /// <summary>Fewer than about a million examples.</summary>
    Small,

    /// <summary>A million and more.</summary>
    Large,
}

/// <summary>The answers to the questions of <c>optim advise</c>.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Model">The model.</param>
/// <param name="Data">The amount of data.</param>
/// <param name="Sparse">Whether most features are absent from most examples.</param>
/// <param name="Noisy">Whether examples contradict each other: gradients vary strongly from batch to batch.</param>
/// <param name="Deterministic">Whether the loss is full-batch, smooth and deterministic.</param>
/// <param name="BatchSize">The batch size.</param>
/// <param name="Parameters">The number of parameters.</param>
internal sealed record Answers(
    ProblemKind Problem, ModelKind Model, DataSize Data, bool Sparse, bool Noisy, bool Deterministic, int BatchSize, long Parameters)
{
    /// <summary>The usual answers for a problem.</summary>
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
