using System.Collections.ObjectModel;
using System.Numerics;
using Optim.Values;

namespace Optim.CSharp;

/// <summary>A model with state besides its parameters: running means of batch normalisation, the state of a random stream.</summary>
/// <remarks>A <see cref="Trainer{T, TBatch}"/> with a model saves that state in every checkpoint, in the same file as the optimizer's state, and restores it on resuming.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public interface IModelState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>A snapshot of the model's state that later steps do not change. Called between two steps.</summary>
    ModelState<T> Capture();

    /// <summary>Restores a snapshot.</summary>
    /// <param name="state">The result of <see cref="Capture"/>, in this or another process.</param>
    /// <exception cref="ArgumentException">It is not a state of this model.</exception>
    void Restore(ModelState<T> state);
}

/// <summary>A model's state besides its parameters: named tensors, and named strings for everything else. Immutable.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed record ModelState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>A model's state.</summary>
    /// <param name="tensors">Its tensors; null for none.</param>
    /// <param name="texts">Its strings by name; copied. None by default.</param>
    public ModelState(TensorSet<T>? tensors, IReadOnlyDictionary<string, string>? texts = null)
    {
        Tensors = tensors ?? TensorSet.OfValues<T>(Layout.Of(), []);
        Texts = new ReadOnlyDictionary<string, string>(new OrderedDictionary<string, string>(texts ?? ReadOnlyDictionary<string, string>.Empty, StringComparer.Ordinal));
    }

    /// <summary>Its tensors. When loaded from a file, ordered by name.</summary>
    public TensorSet<T> Tensors { get; }

    /// <summary>Its strings, by name.</summary>
    public IReadOnlyDictionary<string, string> Texts { get; }

    /// <inheritdoc/>
    public bool Equals(ModelState<T>? other) => other is not null && Tensors.Equals(other.Tensors)
        && Texts.Count == other.Texts.Count && Texts.All(text => other.Texts.TryGetValue(text.Key, out string? value) && value == text.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Tensors, Texts.Count);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(ModelState<T>), PrintMembers);
}
