using System.Globalization;
using System.Numerics;
using Optim.Lanes;

namespace Optim.Tensors;

/// <summary>Bounds as a caller gives them: one number for all elements, or one for each in the order of the flat set.</summary>
internal static class Box
{
    /// <summary>A copy.</summary>
    /// <exception cref="ArgumentException">There is none, or one that a bound cannot be.</exception>
    public static ValueList<double> Checked(IReadOnlyList<double> bounds, Func<double, double> check, string name)
    {
        ArgumentNullException.ThrowIfNull(bounds, name);
        return bounds.Count > 0
            ? new(bounds.Select(check))
            : throw new ArgumentException($"{name} must be one number, or one for each element, was empty.", name);
    }

    /// <summary>The bound of an element.</summary>
    public static double At(IReadOnlyList<double> bounds, int element) => bounds[bounds.Count == 1 ? 0 : element];

    /// <exception cref="ArgumentException">They are neither one nor one for each element.</exception>
    public static void RequireLength(IReadOnlyList<double> bounds, Layout layout, string name)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (bounds.Count != 1 && bounds.Count != layout.Length)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"{name} must be one number, or one for each of the {layout.Length} elements of {layout}, were {bounds.Count}."), name);
        }
    }

    /// <exception cref="ArgumentException">A lower bound is above the upper one, or there are bounds for different numbers of elements.</exception>
    public static void RequireOrder(IReadOnlyList<double> lower, IReadOnlyList<double> upper)
    {
        if (lower.Count != upper.Count && lower.Count > 1 && upper.Count > 1)
        {
            throw new ArgumentException(FormattableString.Invariant($"Lower and Upper must be for the same elements, were {lower.Count} and {upper.Count}."));
        }

        for (int i = 0; i < Math.Max(lower.Count, upper.Count); i++)
        {
            double least = At(lower, i), most = At(upper, i);
            if (least > most)
            {
                throw new ArgumentException(FormattableString.Invariant($"Lower must not be above Upper, they were {least} and {most} at element {i}."));
            }
        }
    }
}

/// <summary>The bounds of each element, as numbers of the parameters' type.</summary>
internal readonly struct Box<T> : INonsmoothTerm<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] lower, upper;

    public Box(IReadOnlyList<double> least, IReadOnlyList<double> most, int length)
    {
        lower = Of(least);
        upper = Of(most);

        T[] Of(IReadOnlyList<double> bounds) => [.. Enumerable.Range(0, length).Select(i => Exact.Saturated<T>(Box.At(bounds, i)))];
    }

    public double Lower(int i) => double.CreateTruncating(lower[i]);

    public double Upper(int i) => double.CreateTruncating(upper[i]);

    /// <summary>Whether every element has two finite bounds.</summary>
    public bool IsClosed => Array.TrueForAll(lower, T.IsFinite) && Array.TrueForAll(upper, T.IsFinite);

    /// <summary>Whether no element has a finite bound.</summary>
    public bool IsOpen => !Array.Exists(lower, T.IsFinite) && !Array.Exists(upper, T.IsFinite);

    /// <summary>The nearest number within the bounds of an element; NaN stays.</summary>
    public T Nearest(int i, T value) => value < lower[i] ? lower[i] : value > upper[i] ? upper[i] : value;

    /// <summary>The nearest point within the bounds; the set itself where it is one.</summary>
    public TensorSet<T> Nearest(TensorSet<T> set)
    {
        var inside = set.Copy();
        var values = inside.Writable;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Nearest(i, values[i]);
        }

        return inside.Equals(set) ? set : inside;
    }

    /// <summary>Minus an element of the projected gradient: how far a step of 1 along the negative gradient leads once it is brought back into the bounds. 0 where the point is stationary.</summary>
    public double Projected(int i, double value, double gradient) => Math.Clamp(value - gradient, Lower(i), Upper(i)) - value;

    /// <inheritdoc/>
    public double Loss(TensorSet<T> point, double loss) => loss;

    /// <summary>The Euclidean norm of the projected gradient; NaN where the gradient is.</summary>
    public double Norm(TensorSet<T> point, TensorSet<T> gradient)
    {
        ReadOnlySpan<T> values = point.Span, slopes = gradient.Span;
        double[] projected = new double[values.Length];
        for (int i = 0; i < projected.Length; i++)
        {
            double g = double.CreateTruncating(slopes[i]);
            projected[i] = double.IsFinite(g) ? Projected(i, double.CreateTruncating(values[i]), g) : double.NaN;
        }

        return TensorSet.OfArray(projected).Norm();
    }
}
