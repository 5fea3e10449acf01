using System.Globalization;

namespace Optim;

/// <summary>The last pairs of a step and the change of the gradient along it, in slots of a ring, those of the steps first, then those of the changes; and the product of a vector with the inverse Hessian that they make.</summary>
/// <param name="context">The work whose slots and scalars hold them.</param>
/// <param name="firstSlot">The first of the slots.</param>
/// <param name="size">The most pairs.</param>
internal sealed class PairRing<T>(TensorStepContext<T> context, int firstSlot, int size)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const string CountName = "pairs", NextName = "next_pair";

    private readonly double[] products = new double[size];
    private double scale = 1;
    private int next = (int)context.Scalar(NextName);

    /// <summary>The number of pairs.</summary>
    public int Count { get; private set; } = (int)context.Scalar(CountName);

    /// <summary>The place in the ring of the i-th pair, from the oldest.</summary>
    public int PlaceOf(int i) => (next - Count + i + size) % size;

    /// <summary>The step of the pair at a place.</summary>
    public ReadOnlySpan<T> S(int place) => context.Slot(firstSlot + place);

    /// <summary>The change of the gradient of the pair at a place.</summary>
    public ReadOnlySpan<T> Y(int place) => context.Slot(firstSlot + size + place);

    /// <summary>The products y.s and the scale of the pairs that earlier steps have left: the same bits as when they were made.</summary>
    public void RecallProducts()
    {
        for (int i = 0; i < Count; i++)
        {
            int pair = PlaceOf(i);
            products[pair] = Dot(Y(pair), S(pair));
            scale = products[pair] / Dot(Y(pair), Y(pair));
        }
    }

    /// <summary>Takes a pair in, in the place of the oldest one where there are as many as may be.</summary>
    /// <param name="s">The step.</param>
    /// <param name="y">The change of the gradient.</param>
    /// <param name="product">y.s.</param>
    public void Add(ReadOnlySpan<T> s, ReadOnlySpan<T> y, double product)
    {
        s.CopyTo(context.ChangeSlot(firstSlot + next));
        y.CopyTo(context.ChangeSlot(firstSlot + size + next));
        products[next] = product;
        scale = product / Dot(y, y);
        next = (next + 1) % size;
        Count = Math.Min(Count + 1, size);
    }

    /// <summary>Drops all pairs.</summary>
    public void Clear() => (Count, next, scale) = (0, 0, 1);

    /// <summary><c>d = H d</c>, by the two-loop recursion.</summary>
    public void Multiply(Span<T> d)
    {
        double[] weights = new double[Count];
        for (int i = Count - 1; i >= 0; i--)
        {
            int pair = PlaceOf(i);
            weights[i] = Dot(S(pair), d) / products[pair];
            Vectors.AddMultiple(d, -weights[i], Y(pair));
        }

        Vectors.Multiply(d, scale);
        for (int i = 0; i < Count; i++)
        {
            int pair = PlaceOf(i);
            Vectors.AddMultiple(d, weights[i] - (Dot(Y(pair), d) / products[pair]), S(pair));
        }
    }

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

    private double Dot(ReadOnlySpan<T> left, ReadOnlySpan<T> right) => Vectors.Dot(left, right, context.MaxThreads);
}
