using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Compare;

/// <summary>What all optimizers of a comparison are given, in the words of reports: a network and images.</summary>
/// <param name="Title">The heading of the page.</param>
/// <param name="Things">What is trained on: digits, images.</param>
/// <param name="Network">The network in words.</param>
/// <param name="Name">What the data are called.</param>
/// <param name="Source">Who made them.</param>
/// <param name="Address">A page about them; null where none is known.</param>
/// <param name="License">Under what licence they are; null where that is not known.</param>
/// <param name="TrainingCount">What is trained on.</param>
/// <param name="TestCount">What is held out.</param>
internal sealed record ComparisonTask(
    string Title, string Things, string Network, string Name, string Source, string? Address, string? License, int TrainingCount, int TestCount)
{
    /// <summary>The digits that are in the program, and a small network.</summary>
    public static ComparisonTask SmallDigits { get; } = new(
        "Optimizers compared on handwritten digits", "digits", Models.Digits.Description, Digits.Name, Digits.Source, Digits.Address, Digits.License,
        Digits.TrainingCount, Digits.TestCount);

    /// <summary>The folder, the model and the images of a user's own; null for the digits.</summary>
    public (string Folder, string Model, Dataset Data)? Images { get; private init; }

    /// <summary>What the data are, in a sentence or two.</summary>
    public string DataText => $"{Name}. {Source}.{(Address is null ? "" : $" {Address}.")}{(License is null ? "" : $" Licence: {License}.")}";

    /// <summary>Images of a user's own.</summary>
    /// <param name="folder">Where they are.</param>
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
