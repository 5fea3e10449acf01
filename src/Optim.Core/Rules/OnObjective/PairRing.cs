using System.Globalization;
using Optim.LineSearches;

namespace Optim;

/// <summary>The last pairs of a step and the change of the gradient along it, in slots of a ring, those of the steps first, then those of the changes; and the product of a vector with the inverse Hessian that they make.</summary>
/// <param name="context">The work whose slots and scalars hold them.</param>
/// <param name="firstSlot">The first of the slots.</param>
/// <param name="size">The most pairs.</param>
internal sealed class PairRing<T>(TensorStepContext<T> context, int firstSlot, int size) : ICurvaturePairs<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const string CountName = "pairs", NextName = "next_pair";

    // Those of earlier steps are made when they are asked for, with the bits that they had.
    private readonly double[] products = [.. Enumerable.Repeat(double.NaN, size)];
    private double? inverseScale;
    private int next = (int)context.Scalar(NextName);

    /// <summary>The number of pairs.</summary>
    public int Count { get; private set; } = (int)context.Scalar(CountName);

    /// <inheritdoc/>
    public double InverseScale => Count == 0 ? 1 : inverseScale ??= Product(Count - 1) / Dot(Change(Count - 1), Change(Count - 1));

    /// <inheritdoc/>
    public ReadOnlySpan<T> Step(int pair) => context.Slot(firstSlot + PlaceOf(pair));

    /// <inheritdoc/>
    public ReadOnlySpan<T> Change(int pair) => context.Slot(firstSlot + size + PlaceOf(pair));

    /// <inheritdoc/>
    public double Product(int pair)
    {
        ref double product = ref products[PlaceOf(pair)];
        return product = double.IsNaN(product) ? Dot(Change(pair), Step(pair)) : product;
    }

    /// <summary>Takes a pair in where y.s is above a bound, in the place of the oldest one where there are as many as may be.</summary>
    /// <param name="s">The step.</param>
    /// <param name="y">The change of the gradient.</param>
    /// <param name="least">The bound.</param>
    public void Add(ReadOnlySpan<T> s, ReadOnlySpan<T> y, double least)
    {
        double product = Dot(y, s);
        if (!(product > least))
        {
            return;
        }

        s.CopyTo(context.ChangeSlot(firstSlot + next));
        y.CopyTo(context.ChangeSlot(firstSlot + size + next));
        (products[next], inverseScale) = (product, null);
        next = (next + 1) % size;
        Count = Math.Min(Count + 1, size);
    }

    /// <summary>Takes in the change from one point to another where it is more than rounding, however steep the objective is: y.s above the type's epsilon times g.s, as the authors of L-BFGS-B have it.</summary>
    public void Add(LinePoint<T> from, LinePoint<T> to)
    {
        T[] s = new T[from.Position.Length], y = new T[s.Length];
        Vectors.Subtract(s, to.Position.Span, from.Position.Span);
        Vectors.Subtract(y, to.Gradient.Span, from.Gradient.Span);
        Add(s, y, MachineEpsilon<T>.Value * Math.Abs(Dot(from.Gradient.Span, s)));
    }

    /// <summary>Drops all pairs.</summary>
    public void Clear() => (Count, next, inverseScale) = (0, 0, null);

    /// <summary><c>d = H d</c>.</summary>
    public void Multiply(Span<T> d) => InverseHessian.Multiply(this, d, context.MaxThreads);

    /// <summary>Leaves the scalars for the next step.</summary>
    public void Remember()
    {
        context.SetScalar(CountName, Count);
        context.SetScalar(NextName, next);
    }

    /// <summary>The scalars of a ring.</summary>
    public static IEnumerable<ScalarDeclaration> Scalars(int historySize) => [new(CountName) { Largest = historySize }, new(NextName) { Largest = Math.Max(0, historySize - 1) }];

    /// <summary>The slots of a ring.</summary>
    public static IEnumerable<SlotDeclaration> Slots(int historySize) => [.. Half("s", historySize), .. Half("y", historySize)];

    private static IEnumerable<SlotDeclaration> Half(string name, int historySize) =>
        Enumerable.Range(1, historySize).Select(i => new SlotDeclaration(string.Create(CultureInfo.InvariantCulture, $"{name}_{i}")));

    /// <summary>The place in the ring of a pair, counted from the oldest.</summary>
    private int PlaceOf(int pair) => (next - Count + pair + size) % size;

    private double Dot(ReadOnlySpan<T> left, ReadOnlySpan<T> right) => Vectors.Dot(left, right, context.MaxThreads);
}
