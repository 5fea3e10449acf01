using Optim.Cli.Reports;
using Optim.Cli.Training;
using Optim.Cli.Training.Sources;
using Optim.Networks;

namespace Optim.Cli.Compare;

/// <summary>The task of a comparison, as described in reports: a network and images.</summary>
/// <param name="Title">The heading of the page.</param>
/// <param name="Things">The kind of examples: digits, images.</param>
/// <param name="Network">A description of the network.</param>
/// <param name="Name">The name of the data.</param>
/// <param name="Source">The source of the data.</param>
/// <param name="Address">A page about the data; null if unknown.</param>
/// <param name="License">The licence; null if unknown.</param>
/// <param name="TrainingCount">The number of training examples.</param>
/// <param name="TestCount">The number of held-out examples.</param>
internal sealed record ComparisonTask(
    string Title, string Things, string Network, string Name, string Source, string? Address, string? License, int TrainingCount, int TestCount)
{
    /// <summary>The built-in digits and a small network.</summary>
    public static ComparisonTask SmallDigits { get; } = new(
        "Optimizers compared on handwritten digits", "digits", Models.Digits.Description, Digits.Name, Digits.Source, Digits.Address, Digits.License,
        Digits.TrainingCount, Digits.TestCount);

    /// <summary>The path, the model and the data of the user; null for the digits.</summary>
    public (string Folder, DataOptions Source, string Model, Dataset Data)? Images { get; private init; }

    /// <summary>A description of the data, in a sentence or two.</summary>
    public string DataText => $"{DataBlock.Text(Name, Source, License)}{(Address is null ? "" : $" {Address}")}";

    /// <summary>The user's own data.</summary>
    /// <param name="path">Where they are.</param>
    /// <param name="source">What is said about them.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="seed">Determines what is held out.</param>
    /// <exception cref="FormatException">An option or the model does not fit them.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public static ComparisonTask Of(string path, DataOptions source, string model, long seed)
    {
        var data = DataSource.Load(path, source, seed);
        Models.RequireFit(model, data);
        return new(
            $"Optimizers compared on {data.Name}", Score.Things(data), Models.Named<float>(model, data).Description, data.Name, data.Source, data.Address, data.License,
            data.Training.Count, data.Test.Count)
        {
            Images = (path, source, model, data),
        };
    }

    /// <summary>The name of the score: accuracy, R^2.</summary>
    public string ScoreName => Images is var (_, _, _, data) ? Score.Name(data) : "accuracy";

    /// <summary>A score as text.</summary>
    public string ScoreText(double score) => Images is var (_, _, _, data) ? Score.Text(data, score, 1) : ComparisonText.Accuracy(score);

    /// <summary>The unit of the training loss.</summary>
    public string LossUnit => Images is { Data.Target: not null } ? "mean squared error, standardized" : "mean cross-entropy, nats";
}
