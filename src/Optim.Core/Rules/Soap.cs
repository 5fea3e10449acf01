using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.LinearAlgebra;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// SOAP, Adam in the eigenbasis of Shampoo's preconditioners. For matrices: <c>g' = Q_L^T g Q_R; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g'^2;
/// n' = (Q_L^T m Q_R / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps); p -= lr (Q_L n' Q_R^T + wd p)</c>; then <c>L = b L + (1 - b) g g^T; R = b R + (1 - b) g^T g</c>,
/// and every f steps Q_L and Q_R take one step of orthogonal iteration. Vectors and scalars follow <see cref="AdamW"/>.
/// </summary>
/// <remarks>
/// Definition: Vyas et al. 2024, algorithms 3 and 4, and the authors' code (nikhilvyas/SOAP): the first gradient only sets up the bases by an
/// eigen-decomposition and a matrix does not move, so that no gradient is projected by what it made itself; t counts the steps after it.
/// At a new basis the columns are sorted by their estimated eigenvalues, and v with them. Two things are as in <see cref="AdamW"/> instead: eps is added to the
/// corrected root (the code adds it to the uncorrected one; the paper puts it under the root), and decay takes the parameters from before the step (the code: after).
/// A tensor of k dimensions has k bases, without merging any; dimensions beyond the fourth count as one with the fourth. A dimension above
/// <see cref="MaxPreconditionerDimension"/> keeps its own basis, the identity; where all do, the rule is AdamW from the second step on.
/// Projections, bases and eigenvalues are computed in double whatever the parameters are. NaN or infinity in a matrix's gradient makes
/// the matrix NaN from its next step on; one in the first gradient shows in the second step.
/// Slots: <c>exp_avg</c>, and <c>exp_avg_sq</c> in the eigenbasis; <c>GG_0</c> to <c>GG_3</c> (L, R) and <c>Q_0</c> to <c>Q_3</c>, columns the eigenvectors,
/// each empty where a tensor has no such dimension or keeps its own basis.
/// </remarks>
public sealed record Soap : Rule
{
    /// <summary>lr, 0 or more. Default 0.003.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 3e-3;

    /// <summary>b1, in [0, 1). Default 0.95.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.95;

    /// <summary>b2, in [0, 1). Default 0.95.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.95;

    /// <summary>b of the preconditioners, in [0, 1). Default 0.95: the authors take b2.</summary>
    public Schedule ShampooBeta { get; init => field = Constraint.UnitInterval.Check(value); } = 0.95;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.01.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>f, the steps from one basis to the next, 1 or more. Default 10.</summary>
    public int PreconditionFrequency { get; init => field = Constraint.CheckCount(value); } = 10;

    /// <summary>The largest dimension that has a basis of its own, 1 or more; its memory is the square, its time the cube. Default 10000.</summary>
    public int MaxPreconditionerDimension { get; init => field = Constraint.CheckCount(value); } = 10000;

    internal static RuleEntry Entry { get; } = new(
        "soap", "SOAP", "Adam in the eigenbasis of Shampoo's preconditioners.",
        () => new Soap(), 0.01, rate => new Soap { LearningRate = rate })
    {
        IsElementwise = false,
        IsPerTensor = true,
        IsComputeBound = true,
        Formula = "g' = Q_L^T g Q_R; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g'^2\n"
            + "n = Q_L ((Q_L^T m Q_R / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)) Q_R^T; p -= lr (n + wd p)\n"
            + "L = b L + (1 - b) g g^T, R likewise; every f steps Q_L = QR(L Q_L), Q_R likewise; vectors: AdamW",
        Paper = "Vyas, Morwani, Zhao, Kwun, Shapira, Brandfonbrener, Janson and Kakade 2024, SOAP: Improving and Stabilizing Shampoo using Adam",
        Definition = "The authors' code: the first gradient only sets up the bases; eps and decay as in AdamW here.",
        Disagreements = "The code adds eps before the bias correction and decays the moved parameter; the paper puts eps under the root.",
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Soap WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Soap WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Soap WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="ShampooBeta"/>.</summary>
    /// <param name="value">The value.</param>
    public Soap WithShampooBeta(Schedule value) => this with { ShampooBeta = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Soap WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Soap WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="PreconditionFrequency"/>.</summary>
    /// <param name="value">The value.</param>
    public Soap WithPreconditionFrequency(int value) => this with { PreconditionFrequency = value };

    /// <summary>A copy with another <see cref="MaxPreconditionerDimension"/>.</summary>
    /// <param name="value">The value.</param>
    public Soap WithMaxPreconditionerDimension(int value) => this with { MaxPreconditionerDimension = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots()
    {
        return [new("exp_avg"), new("exp_avg_sq"), .. Bases("GG_"), .. Bases("Q_")];

        IEnumerable<SlotDeclaration> Bases(string name) => Enumerable.Range(0, Mode.Most)
            .Select(i => new SlotDeclaration(FormattableString.Invariant($"{name}{i}")) { Dimensions = shape => Basis(shape, i) });
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        double shampooBeta = Constraint.UnitInterval.At(ShampooBeta, plan.Clock);
        var adam = new AdamFormula<T>(AdamScalars<T>.At(plan.Clock, Beta1, Beta2, Epsilon));
        if (!plan.Parameters.Layout.Any(IsPreconditioned))
        {
            plan.ApplyAtRate(adam, learningRate, weightDecay);
            plan.LeaveSlots(2 * Mode.Most);
            return;
        }

        // The first step of a matrix is its second gradient.
        var scalars = new AdamScalars<T>(
            Constraint.UnitInterval.At(Beta1, plan.Clock), Constraint.UnitInterval.At(Beta2, plan.Clock), Constraint.NonNegative.At(Epsilon, plan.Clock),
            Math.Max(1, plan.Clock));
        bool refresh = plan.Clock % PreconditionFrequency == 0;
        bool first = plan.Clock == 0;
        plan.ApplyWhole(
            2 + (2 * Mode.Most),
            whole =>
            {
                for (int i = 0; i < whole.Layout.Count; i++)
                {
                    int start = whole.Layout.OffsetOf(i), length = whole.Layout[i].Length;
                    if (!IsPreconditioned(whole.Layout[i]))
                    {
                        whole.SweepRange(adam, start, length);
                    }
                    else
                    {
                        var matrix = new SoapTensor<T>(whole, i, MaxPreconditionerDimension);
                        matrix.Step(scalars, shampooBeta, first, refresh);
                        if (first)
                        {
                            whole.ChangeUpdate().Slice(start, length).Clear();
                            continue;
                        }
                    }

                    if (weightDecay != 0)
                    {
                        whole.SweepRange(new DecayFormula<T>(weightDecay), start, length);
                    }

                    whole.SweepRange(new ScaleFormula<T>(learningRate), start, length);
                }
            },
            mayThrow: false);
    }

    private static bool IsPreconditioned(TensorShape shape) => shape.Dimensions.Count >= 2 && shape.Length > 0;

    private int[] Basis(TensorShape shape, int mode)
    {
        int[] sizes = Mode.Sizes(shape);
        return IsPreconditioned(shape) && mode < sizes.Length && sizes[mode] <= MaxPreconditionerDimension ? [sizes[mode], sizes[mode]] : [0];
    }
}

/// <summary>One tensor of SOAP at one step: gradients, moments and bases in double, from and to the slots.</summary>
internal sealed class SoapTensor<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int ExpAvg = 0, ExpAvgSq = 1, FirstGram = 2, FirstBasis = FirstGram + Mode.Most;

    private readonly Whole<T> whole;
    private readonly int tensor;
    private readonly Mode[] modes;

    // By mode; null where it keeps its own basis. Rows are the eigenvectors.
    private readonly double[]?[] bases;

    public SoapTensor(Whole<T> whole, int tensor, int maxDimension)
    {
        this.whole = whole;
        this.tensor = tensor;
        modes = Mode.Of(whole.Layout[tensor]);
        bases = [.. modes.Select((mode, i) => mode.Size > maxDimension ? null : Transposed(Widening.Of<T>(Slot(FirstBasis + i)), mode.Size))];
    }

    /// <summary>Takes the gradient, which is the update, and leaves Adam's direction from the eigenbasis.</summary>
    public void Step(AdamScalars<T> scalars, double shampooBeta, bool first, bool refresh)
    {
        double[] gradient = Widening.Of<T>(Update());
        if (!first)
        {
            whole.SweepTensor(new SoapMeanFormula<T>(scalars), tensor, ExpAvg);
            double[] mean = Projected(Widening.Of<T>(Update()));
            Narrow(Projected(gradient), Update());
            whole.SweepTensor(new SoapRootFormula<T>(scalars), tensor, ExpAvgSq);
            Quotient(mean, Update());
            Narrow(Returned(Widening.Of<T>(Update())), Update());
        }

        for (int i = 0; i < modes.Length; i++)
        {
            if (bases[i] is not null)
            {
                Accumulate(Slot(FirstGram + i), modes[i].Gram(gradient, whole.MaxThreads), shampooBeta);
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

    private Span<T> Update() => whole.ChangeUpdate().Slice(whole.Layout.OffsetOf(tensor), whole.Layout[tensor].Length);

    private Span<T> Slot(int slot)
    {
        var layout = whole.SlotLayout(slot);
        return whole.ChangeSlot(slot).Slice(layout.OffsetOf(tensor), layout[tensor].Length);
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
            double[] rows = new double[size * size];
            if (Symmetric.Decompose(Widening.Of<T>(Slot(FirstGram + i)), size) is var (_, vectors))
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
            double[] images = new double[size * size], sorted = new double[size * size];
            Product.Of<double>(basis, Widening.Of<T>(Slot(FirstGram + i)), images, size, size, size, whole.MaxThreads);
            double[] estimates = new double[size];
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
            Narrow(Transposed(Orthonormal.Columns(sorted, size), size), Slot(FirstBasis + i));
        }

        Narrow(square, Slot(ExpAvgSq));
    }

    private double[] Projected(double[] x)
    {
        for (int i = 0; i < modes.Length; i++)
        {
            x = bases[i] is { } basis ? modes[i].Apply(basis, x, whole.MaxThreads) : x;
        }

        return x;
    }

    private double[] Returned(double[] x)
    {
        for (int i = 0; i < modes.Length; i++)
        {
            x = bases[i] is { } basis ? modes[i].Apply(Transposed(basis, modes[i].Size), x, whole.MaxThreads) : x;
        }

        return x;
    }

    private static double[] Transposed(double[] matrix, int size)
    {
        double[] result = new double[matrix.Length];
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
internal readonly struct SoapMeanFormula<T>(AdamScalars<T> at) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var mean = at.Mean(slots.Read(0), update);
        slots.Write(0, mean);
        return at.Corrected(mean);
    }
}

/// <summary><c>v = b2 v + (1 - b2) g^2; u = sqrt(v / (1 - b2^t)) + eps</c>.</summary>
internal readonly struct SoapRootFormula<T>(AdamScalars<T> at) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var square = at.MeanSquare(slots.Read(0), update);
        slots.Write(0, square);
        return at.CorrectedRoot(square);
    }
}
