using Optim.Values;

namespace Optim.Networks;

/// <summary>Labelled images to train on, and others that training never sees.</summary>
/// <param name="Name">What it is called, for reports.</param>
/// <param name="Source">Who made it and where it was found, for reports.</param>
/// <param name="Address">A page about it; null where none is known.</param>
/// <param name="License">Under what licence it is; null where that is not known.</param>
/// <param name="Classes">What the classes are called.</param>
/// <param name="Training">What is trained on.</param>
/// <param name="Test">What is held out; images of the same shape.</param>
public sealed record Dataset(
    string Name, string Source, string? Address, string? License, IReadOnlyList<string> Classes, Examples Training, Examples Test)
{
    /// <summary>The shape of each image.</summary>
    public ImageShape Shape => Training.Shape;

    /// <summary>Whether both have the same texts and the same images.</summary>
    /// <param name="other">Another data set.</param>
    public bool Equals(Dataset? other) => other is not null && (Name, Source, Address, License) == (other.Name, other.Source, other.Address, other.License)
        && Classes.SequenceEqual(other.Classes) && Training.Equals(other.Training) && Test.Equals(other.Test);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Source, Classes.Count, Training, Test);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(Dataset), PrintMembers);
}
