using System.Globalization;
using System.Numerics;

namespace Optim.Execution;

/// <summary>What a step was given beyond the gradient.</summary>
internal readonly record struct StepInputs<T>(
    double? Loss = null,
    TensorSet<T>? HessianDiagonal = null,
    Func<TensorSet<T>, Tuple<double, TensorSet<T>>>? Objective = null,
    IReadOnlyDictionary<string, IReadOnlyList<int>>? SparseIndices = null,
    ClipRecord? Clips = null,
    bool Flushes = false,
    IReadOnlyList<int>? RefusedBy = null,
    IReadOnlyList<bool>? LeftOut = null,
    Func<bool>? MayGoOn = null)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <exception cref="ArgumentException">An input does not fit the parameters; the message names the input and the tensor.</exception>
    public void Check(Layout layout)
    {
        if (HessianDiagonal is not null)
        {
            Require(HessianDiagonal, layout, "hessianDiagonal");
        }

        if (SparseIndices is null)
        {
            return;
        }

        foreach (var (name, indices) in SparseIndices)
        {
            int tensor = layout.IndexOf(name);
            if (tensor < 0)
            {
                throw new ArgumentException($"sparseIndices must name tensors of the parameters, was '{name}'; they are: {layout}.", "sparseIndices");
            }

            var seen = new HashSet<int>();
            foreach (int index in indices)
            {
                if (index < 0 || index >= layout[tensor].Length || !seen.Add(index))
                {
                    throw new ArgumentException(
                        string.Create(CultureInfo.InvariantCulture, $"sparseIndices of tensor '{name}' must be distinct and in [0, {layout[tensor].Length}), was {index}."),
                        "sparseIndices");
                }
            }
        }
    }

    /// <summary>Of each tensor whether its name is among those left out; null where none is.</summary>
    /// <exception cref="ArgumentException">A name is not that of a tensor.</exception>
    public static bool[]? Marked(IReadOnlyCollection<string> leftOut, Layout layout)
    {
        ArgumentNullException.ThrowIfNull(leftOut);
        if (leftOut.Count == 0)
        {
            return null;
        }

        var marks = new bool[layout.Count];
        foreach (string name in leftOut)
        {
            marks[layout.IndexOf(name) is var i and >= 0 ? i : throw new ArgumentException($"{nameof(leftOut)} must name tensors of the parameters, was '{name}'; they are: {layout}.", nameof(leftOut))] = true;
        }

        return marks;
    }

    /// <summary>What the objective returned.</summary>
    public static Tuple<double, TensorSet<T>> Checked(Tuple<double, TensorSet<T>>? evaluation, Layout layout)
    {
        if (evaluation?.Item2 is null)
        {
            throw new ArgumentException("The objective must return the loss and its gradient, was null.", "objective");
        }

        Require(evaluation.Item2, layout, "gradient");
        return evaluation;
    }

    public static void Require(TensorSet<T> set, Layout layout, string name)
    {
        if (!set.Layout.Equals(layout))
        {
            throw new ArgumentException(
                $"The {name} must have the parameters' layout; {Layout.Difference(layout, "the parameters", set.Layout, $"the {name}")}.", name);
        }
    }
}
