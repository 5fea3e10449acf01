using Optim.Cli.Training;
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

    /// <summary>The folder, the model and the images of the user; null for the digits.</summary>
    public (string Folder, string Model, Dataset Data)? Images { get; private init; }

    /// <summary>A description of the data, in a sentence or two.</summary>
    public string DataText => $"{Name}. {Source}.{(Address is null ? "" : $" {Address}.")}{(License is null ? "" : $" Licence: {License}.")}";

    /// <summary>The user's own images.</summary>
    /// <param name="folder">Their folder.</param>
    /// <param name="model">The model's name.</param>
    /// <exception cref="IOException">They cannot be read.</exception>
    public static ComparisonTask Of(string folder, string model)
    {
        var data = Idx.Load(new(folder));
        return new(
            $"Optimizers compared on {data.Name}", "images", Models.Named<float>(model, data).Description, data.Name, data.Source, data.Address, data.License,
            data.Training.Count, data.Test.Count)
        {
            Images = (folder, model, data),
        };
    }
}
