using Optim.Execution;
using Optim.LinearAlgebra;

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
        if (!plan.Layout.Any(IsPreconditioned))
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
