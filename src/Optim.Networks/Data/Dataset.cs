using Optim.Values;

namespace Optim.Networks;

/// <summary>Training examples and held-out test examples: images or other rows of numbers, each with a class or with a number to predict.</summary>
/// <param name="Name">Its name, for reports.</param>
/// <param name="Source">Its authors and source, for reports.</param>
/// <param name="Address">A page about it; null if unknown.</param>
/// <param name="License">Its licence; null if unknown.</param>
/// <param name="Classes">The class names; none for a number to predict.</param>
/// <param name="Training">The training set.</param>
/// <param name="Test">The test set; examples of the same shape.</param>
public sealed record Dataset(
    string Name, string Source, string? Address, string? License, IReadOnlyList<string> Classes, Examples Training, Examples Test)
{
    /// <summary>The shape of each example.</summary>
    public ImageShape Shape => Training.Shape;

    /// <summary>The number to predict; null for classes. Default null.</summary>
    public RegressionTarget? Target { get; init; }

    /// <summary>Whether both have equal descriptions and images.</summary>
    /// <param name="other">Another data set.</param>
    public bool Equals(Dataset? other) => other is not null && (Name, Source, Address, License) == (other.Name, other.Source, other.Address, other.License) && Target == other.Target
        && Classes.SequenceEqual(other.Classes) && Training.Equals(other.Training) && Test.Equals(other.Test);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Source, Classes.Count, Training, Test);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(Dataset), PrintMembers);
}

/// <summary>A number to predict, whose values in <see cref="Examples.Targets"/> are standardized: <c>(value - Mean) / Scale</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Mean">The mean of the training set.</param>
/// <param name="Scale">The standard deviation of the training set, more than 0.</param>
public sealed record RegressionTarget(string Name, double Mean, double Scale)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(RegressionTarget), PrintMembers);
}
