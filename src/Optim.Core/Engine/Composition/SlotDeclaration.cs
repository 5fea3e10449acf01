using System.Numerics;

namespace Optim;

/// <summary>A tensor set that a rule keeps between steps: a tensor for each of the parameters', of the same name.</summary>
/// <param name="Name">The name under which it appears in <see cref="OptimizerState{T}.Slots"/>; PyTorch's where PyTorch has it. A repeated name in a chain gets the suffix <c>.2</c>, <c>.3</c>, ...</param>
/// <param name="Initial">The value of every element before the first step.</param>
public sealed record SlotDeclaration(string Name, double Initial = 0)
{
    /// <summary>A slot that begins at 0, by its name alone.</summary>
    /// <param name="name">The name.</param>
    public static implicit operator SlotDeclaration(string name) => new(name);

    /// <summary>Whether the slot begins as a copy of the parameters; <see cref="Initial"/> is then not used. Default false.</summary>
    public bool FromParameters { get; init; }

    /// <summary>Whether <see cref="Initial"/> stands on the diagonal of the slot's square matrices alone, 0 elsewhere; it fills what is no matrix. Default false.</summary>
    public bool OnDiagonal { get; init; }

    /// <summary>Which tensors it is for; null for all. It may have elements for the others too: a number for each tensor.</summary>
    internal Func<TensorShape, bool>? IsFor { get; init; }

    /// <summary>From a parameter tensor's shape to the dimensions of the slot's tensor: factors, a number for each tensor or row. Null, the default, for the same shape.</summary>
    public Func<TensorShape, IReadOnlyList<int>>? Dimensions { get; init; }

    /// <summary>The same slot for some of the tensors alone; for the others it is what it would be for an empty tensor.</summary>
    /// <param name="tensors">Which tensors.</param>
    public SlotDeclaration For(Func<TensorShape, bool> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var dimensions = Dimensions ?? (shape => shape.Dimensions);
        return this with
        {
            Dimensions = shape => dimensions(tensors(shape) ? shape : TensorSubset.Emptied(shape)),
            IsFor = IsFor is { } others ? shape => tensors(shape) && others(shape) : tensors,
        };
    }

    /// <summary>The slot's layout for parameters of a layout.</summary>
    /// <param name="parameters">The parameters' names and shapes.</param>
    public Layout LayoutFor(Layout parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return Dimensions is null ? parameters : Layout.OfSequence(parameters.Select(shape => new TensorShape(shape.Name, [.. Dimensions(shape)])));
    }

    /// <summary>Makes a slot, which is new, what it is before the first step.</summary>
    internal void Fill<T>(TensorSet<T> slot, TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T initial = T.CreateTruncating(Initial);
        slot.Writable.Fill(initial);
        for (int i = 0; i < slot.Count; i++)
        {
            var shape = slot.Layout[i];
            var values = slot.Writable.Slice(slot.Layout.OffsetOf(i), shape.Length);
            if (FromParameters)
            {
                // A slot of some tensors alone is empty for the others.
                parameters[i].Span[..values.Length].CopyTo(values);
            }
            else if (OnDiagonal && shape.Dimensions.Count == 2)
            {
                values.Clear();
                for (int j = 0; j < values.Length; j += shape.Dimensions[1] + 1)
                {
                    values[j] = initial;
                }
            }
        }
    }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(SlotDeclaration), PrintMembers);
}
