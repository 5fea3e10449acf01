namespace Optim.Conformance;

/// <summary>Where a replay came furthest from the recording, and how far: <c>|a - b| / max(|b|, 1e-3 max |b| of the tensor)</c>, or <c>|a - b|</c>.</summary>
/// <param name="Ratio">The distance, in units of the tolerance; infinite where a number is not finite in one of the two alone.</param>
/// <param name="Quantity">What was compared: <c>params</c>, a slot's name, ...</param>
/// <param name="Step">The step, from 1.</param>
/// <param name="Tensor">The tensor's position, from 0.</param>
/// <param name="Element">The element's flat index in its tensor, from 0.</param>
public sealed record Deviation(double Ratio, string Quantity, int Step, int Tensor, int Element)
{
    /// <summary>What was compared, and where.</summary>
    public override string ToString() => FormattableString.Invariant($"{Quantity} at step {Step}, tensor {Tensor}, element {Element}");
}

/// <summary>Compares numbers with recorded ones and remembers the worst.</summary>
/// <param name="tolerance">What is allowed.</param>
/// <param name="absolute">Whether the distance is <c>|a - b|</c>.</param>
public sealed class Comparison(double tolerance, bool absolute = false)
{
    // An element far below its tensor's largest is judged by the tensor: its own last bits are the rounding of larger intermediates.
    private const double Floor = 1e-3;

    private readonly HashSet<string> compared = [];

    /// <summary>What is allowed.</summary>
    public double Tolerance => tolerance;

    /// <summary>The largest deviation; the first of equal ones. Null before anything was compared.</summary>
    public Deviation? Worst { get; private set; }

    /// <summary>Whether something was compared, and nothing is further off than allowed.</summary>
    public bool Passed => Worst is not null && Worst.Ratio <= tolerance;

    /// <summary>What was compared, by name.</summary>
    public IReadOnlyCollection<string> Compared => compared;

    /// <summary>Compares a tensor set.</summary>
    /// <param name="quantity">What it is: <c>params</c>, a slot's name, ...</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="actual">Ours.</param>
    /// <param name="expected">The recorded one, of the same layout.</param>
    public void Add(string quantity, int step, TensorSet<double> actual, TensorSet<double> expected)
    {
        for (int tensor = 0; tensor < expected.Count; tensor++)
        {
            Add(quantity, step, tensor, actual[tensor].Span, expected[tensor].Span);
        }

        compared.Add(quantity);
    }

    /// <summary>Compares a number.</summary>
    /// <param name="quantity">What it is: <c>loss</c>, a scalar's name, ...</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="actual">Ours.</param>
    /// <param name="expected">The recorded one.</param>
    public void Add(string quantity, int step, double actual, double expected)
    {
        Add(quantity, step, 0, [actual], [expected]);
        compared.Add(quantity);
    }

    private void Add(string quantity, int step, int tensor, ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        double largest = 0;
        foreach (double value in expected)
        {
            // An infinite entry must not excuse the others.
            largest = double.IsFinite(value) ? Math.Max(largest, Math.Abs(value)) : largest;
        }

        for (int i = 0; i < expected.Length; i++)
        {
            double ratio = Ratio(actual[i], expected[i], Floor * largest);
            if (Worst is null || ratio > Worst.Ratio)
            {
                Worst = new(ratio, quantity, step, tensor, i);
            }
        }
    }

    private double Ratio(double actual, double expected, double floor)
    {
        if (actual == expected || (double.IsNaN(actual) && double.IsNaN(expected)))
        {
            return 0;
        }

        double ratio = Math.Abs(actual - expected) / (absolute ? 1 : Math.Max(Math.Abs(expected), floor));
        return double.IsFinite(ratio) && double.IsFinite(expected) ? ratio : double.PositiveInfinity;
    }
}
