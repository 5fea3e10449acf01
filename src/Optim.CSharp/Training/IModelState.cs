using System.Collections.ObjectModel;
using System.Numerics;
using Optim.Values;

namespace Optim.CSharp;

/// <summary>A model with something of its own to keep between steps besides its parameters: running means of batch normalisation, the state of a random stream.</summary>
/// <remarks>A <see cref="Trainer{T, TBatch}"/> that is given one saves it in every checkpoint, in the same file as the optimizer's state, and restores it on resuming.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public interface IModelState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>What the model keeps, as a value of its own that later steps do not touch. Called between two steps.</summary>
    ModelState<T> Capture();

    /// <summary>Takes up what was kept.</summary>
    /// <param name="state">What <see cref="Capture"/> gave, here or in another process.</param>
    /// <exception cref="ArgumentException">It is no state of this model.</exception>
    void Restore(ModelState<T> state);
}

/// <summary>What a model keeps besides its parameters: named tensors, and named texts for all else. Immutable.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed record ModelState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>A model's state.</summary>
    /// <param name="tensors">Its tensors; null for none.</param>
    /// <param name="texts">Its texts by name; copied. None by default.</param>
    public ModelState(TensorSet<T>? tensors, IReadOnlyDictionary<string, string>? texts = null)
    {
        Tensors = tensors ?? TensorSet.OfValues<T>(Layout.Of(), []);
        Texts = new ReadOnlyDictionary<string, string>(new OrderedDictionary<string, string>(texts ?? ReadOnlyDictionary<string, string>.Empty, StringComparer.Ordinal));
    }

    /// <summary>Its tensors. From a file they come in the order of their names.</summary>
    public TensorSet<T> Tensors { get; }

    /// <summary>Its texts, by name.</summary>
    public IReadOnlyDictionary<string, string> Texts { get; }

    /// <inheritdoc/>
    public bool Equals(ModelState<T>? other) => other is not null && Tensors.Equals(other.Tensors)
        && Texts.Count == other.Texts.Count && Texts.All(text => other.Texts.TryGetValue(text.Key, out string? value) && value == text.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Tensors, Texts.Count);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(ModelState<T>), PrintMembers);
}
