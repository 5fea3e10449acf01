using Optim.LinearAlgebra;
using Optim.Tensors;

namespace Optim;

/// <summary>One tensor of SOAP at one step: gradients, moments and bases in double, from and to the slots.</summary>
internal sealed class SoapTensor<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int ExpAvg = 0, ExpAvgSq = 1, FirstGram = 2, FirstBasis = FirstGram + Mode.Most;

    private readonly TensorStepContext<T> context;
    private readonly int tensor;
    private readonly Mode[] modes;

    // By mode; null where it keeps its own basis. Rows are the eigenvectors.
    private readonly double[]?[] bases;

    public SoapTensor(TensorStepContext<T> context, int tensor, int maxDimension)
    {
        this.context = context;
        this.tensor = tensor;
        modes = Mode.Of(context.Layout[tensor]);
        bases = [.. modes.Select((mode, i) => mode.Size > maxDimension ? null : Transposed(Widening.Of<T>(Slot(FirstBasis + i)), mode.Size))];
    }

    /// <summary>Takes the gradient, which is the update, and leaves Adam's direction from the eigenbasis.</summary>
    public void Step(AdamScalars<T> scalars, double shampooBeta, bool first, bool refresh)
    {
        double[] gradient = Widening.Of<T>(Update());
        if (!first)
        {
            context.SweepTensor(new SoapMeanFormula<T>(scalars), tensor, ExpAvg);
            double[] mean = Projected(Widening.Of<T>(Update()));
            Narrow(Projected(gradient), Update());
            context.SweepTensor(new SoapRootFormula<T>(scalars), tensor, ExpAvgSq);
            Quotient(mean, Update());
            Narrow(Returned(Widening.Of<T>(Update())), Update());
        }

        for (int i = 0; i < modes.Length; i++)
        {
            if (bases[i] is not null)
            {
                Accumulate(Slot(FirstGram + i), modes[i].Gram(gradient, context.Engine), shampooBeta);
            }
        }

        if (first)
        {
            SetUp();
        }
        else if (refresh)
        {
            Refresh();
        }
    }

    private Span<T> Update() => context.ChangeUpdate().Slice(context.Layout.OffsetOf(tensor), context.Layout[tensor].Length);

    private Span<T> Slot(int slot)
    {
        var layout = context.SlotLayout(slot);
        return context.ChangeSlot(slot).Slice(layout.OffsetOf(tensor), layout[tensor].Length);
    }

    /// <summary>The bases of the first gradient: eigenvectors, those of the largest eigenvalues first.</summary>
    private void SetUp()
    {
        for (int i = 0; i < modes.Length; i++)
        {
            if (bases[i] is null)
            {
                continue;
            }

            int size = modes[i].Size;
            double[] rows = WorkArray.Of<double>(size * size);
            if (Symmetric.Decompose(Widening.Of<T>(Slot(FirstGram + i)), size, context.Engine) is var (_, vectors))
            {
                for (int row = 0; row < size; row++)
                {
                    vectors.AsSpan((size - 1 - row) * size, size).CopyTo(rows.AsSpan(row * size));
                }
            }
            else
            {
                rows.AsSpan().Fill(double.NaN);
            }

            Narrow(Transposed(rows, size), Slot(FirstBasis + i));
        }
    }

    /// <summary>One step of orthogonal iteration, on columns sorted by their estimated eigenvalues; the second moment is sorted with them.</summary>
    private void Refresh()
    {
        double[] square = Widening.Of<T>(Slot(ExpAvgSq));
        for (int i = 0; i < modes.Length; i++)
        {
            if (bases[i] is not { } basis)
            {
                continue;
            }

            // A column of G Q in each row: the matrix G is symmetric.
            int size = modes[i].Size;
            double[] images = WorkArray.Of<double>(size * size), sorted = WorkArray.Of<double>(size * size);
            Product.Of<double>(basis, Widening.Of<T>(Slot(FirstGram + i)), images, size, size, size, context.Engine);
            double[] estimates = WorkArray.Of<double>(size);
            for (int k = 0; k < images.Length; k++)
            {
                estimates[k / size] += basis[k] * images[k];
            }

            int[] order = [.. Enumerable.Range(0, size).OrderByDescending(row => estimates[row])];
            for (int row = 0; row < size; row++)
            {
                images.AsSpan(order[row] * size, size).CopyTo(sorted.AsSpan(row * size));
            }

            square = modes[i].Permute(order, square);
            Narrow(Transposed(Orthonormal.Columns(sorted, size, context.Engine), size), Slot(FirstBasis + i));
        }

        Narrow(square, Slot(ExpAvgSq));
    }

    private double[] Projected(double[] x)
    {
        for (int i = 0; i < modes.Length; i++)
        {
            x = bases[i] is { } basis ? modes[i].Apply(basis, x, context.Engine) : x;
        }

        return x;
    }

    private double[] Returned(double[] x)
    {
        for (int i = 0; i < modes.Length; i++)
        {
            x = bases[i] is { } basis ? modes[i].Apply(Transposed(basis, modes[i].Size), x, context.Engine) : x;
        }

        return x;
    }

    private static double[] Transposed(double[] matrix, int size)
    {
        double[] result = WorkArray.Of<double>(matrix.Length);
        Product.Transpose<double>(matrix, result, size, size);
        return result;
    }

    private static void Accumulate(Span<T> kept, double[] added, double beta)
    {
        for (int i = 0; i < added.Length; i++)
        {
            kept[i] = Exact.Saturated<T>((beta * double.CreateTruncating(kept[i])) + ((1 - beta) * added[i]));
        }
    }

    /// <summary>The mean over the roots.</summary>
    private static void Quotient(double[] mean, Span<T> roots)
    {
        for (int i = 0; i < mean.Length; i++)
        {
            roots[i] = T.CreateTruncating(mean[i]) / roots[i];
        }
    }

    private static void Narrow(double[] values, Span<T> target)
    {
        for (int i = 0; i < values.Length; i++)
        {
            target[i] = Exact.Saturated<T>(values[i]);
        }
    }
}

/// <summary><c>m = b1 m + (1 - b1) g; u = m / (1 - b1^t)</c>.</summary>
[Formula]
internal readonly partial struct SoapMeanFormula<T>(AdamScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        return at.Corrected(exp_avg);
    }
}

/// <summary><c>v = b2 v + (1 - b2) g^2; u = sqrt(v / (1 - b2^t)) + eps</c>.</summary>
[Formula]
internal readonly partial struct SoapRootFormula<T>(AdamScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        return at.CorrectedRoot(exp_avg_sq);
    }
}
