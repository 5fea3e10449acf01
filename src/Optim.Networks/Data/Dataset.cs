using Optim.Values;

namespace Optim.Networks;

/// <summary>Labelled training images, and held-out test images.</summary>
/// <param name="Name">Its name, for reports.</param>
/// <param name="Source">Its authors and source, for reports.</param>
/// <param name="Address">A page about it; null if unknown.</param>
/// <param name="License">Its licence; null if unknown.</param>
/// <param name="Classes">The class names.</param>
/// <param name="Training">The training set.</param>
/// <param name="Test">The test set; images of the same shape.</param>
public sealed record Dataset(
    string Name, string Source, string? Address, string? License, IReadOnlyList<string> Classes, Examples Training, Examples Test)
{
    /// <summary>The shape of each image.</summary>
    public ImageShape Shape => Training.Shape;

    /// <summary>Whether both have equal descriptions and images.</summary>
    /// <param name="other">Another data set.</param>
    public bool Equals(Dataset? other) => other is not null && (Name, Source, Address, License) == (other.Name, other.Source, other.Address, other.License)
        && Classes.SequenceEqual(other.Classes) && Training.Equals(other.Training) && Test.Equals(other.Test);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Source, Classes.Count, Training, Test);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(Dataset), PrintMembers);
}
