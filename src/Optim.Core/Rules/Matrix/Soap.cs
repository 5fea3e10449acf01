using Optim.LinearAlgebra;

namespace Optim;

/// <summary>Adam in the eigenbasis of Shampoo's preconditioners.</summary>
/// <formula>
/// g' = Q_L^T g Q_R; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g'^2
/// n = Q_L ((Q_L^T m Q_R / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)) Q_R^T; p -= lr (n + wd p)
/// L = b L + (1 - b) g g^T, R likewise; every f steps Q_L = QR(L Q_L), Q_R likewise; vectors: AdamW
/// </formula>
/// <paper>Vyas, Morwani, Zhao, Kwun, Shapira, Brandfonbrener, Janson and Kakade 2024, SOAP: Improving and Stabilizing Shampoo using Adam</paper>
/// <definition>The authors' code: the first gradient only sets up the bases; eps and decay as in AdamW here.</definition>
/// <differs>The code adds eps before the bias correction and decays the moved parameter; the paper puts eps under the root.</differs>
/// <remarks>
/// The first gradient only sets up the bases by an eigen-decomposition and a matrix does not move, so that no gradient is projected by what it made itself; t
/// counts the steps after it. At a new basis the columns are sorted by their estimated eigenvalues, and v with them. Two things are as in <see cref="AdamW"/>
/// instead: eps is added to the corrected root (the code adds it to the uncorrected one; the paper puts it under the root), and decay takes the parameters
/// from before the step (the code: after). A tensor of k dimensions has k bases, without merging any; dimensions beyond the fourth count as one with the
/// fourth. A dimension above <see cref="MaxPreconditionerDimension"/> keeps its own basis, the identity; where all do, the rule is AdamW from the second step
/// on. Projections, bases and eigenvalues are computed in double whatever the parameters are. NaN or infinity in a matrix's gradient makes the matrix NaN
/// from its next step on; one in the first gradient shows in the second step. Slots: <c>exp_avg</c>, and <c>exp_avg_sq</c> in the eigenbasis; <c>GG_0</c> to
/// <c>GG_3</c> (L, R) and <c>Q_0</c> to <c>Q_3</c>, columns the eigenvectors, each empty where a tensor has no such dimension or keeps its own basis.
/// Gradients beyond 1e18 (in double precision 1e100), products of whose squares are infinite, may make parameters NaN.
/// </remarks>
[RegisteredRule("soap", "SOAP", StartingRate = 0.003, IsElementwise = false, IsPerTensor = true, IsComputeBound = true)]
public sealed partial record Soap : Rule
{
    /// <summary>lr, 0 or more. Default 0.003.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 3e-3;

    /// <summary>b1, in [0, 1). Default 0.95.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.95;

    /// <summary>b2, in [0, 1). Default 0.95.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.95;

    /// <summary>b of the preconditioners, in [0, 1). Default 0.95: the authors take b2.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule ShampooBeta { get; init; } = 0.95;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0.01;

    /// <summary>f, the steps from one basis to the next, 1 or more. Default 10.</summary>
    [AtLeast(1)] public partial int PreconditionFrequency { get; init; } = 10;

    /// <summary>The largest dimension that has a basis of its own, 1 or more; its memory is the square, its time the cube. Default 10000.</summary>
    [AtLeast(1)] public partial int MaxPreconditionerDimension { get; init; } = 10000;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots()
    {
        return [new("exp_avg"), new("exp_avg_sq"), .. Bases("GG_"), .. Bases("Q_")];

        IEnumerable<SlotDeclaration> Bases(string name) => Enumerable.Range(0, Mode.Most)
            .Select(i => new SlotDeclaration(FormattableString.Invariant($"{name}{i}")) { Dimensions = shape => Basis(shape, i) });
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { KeepsProjectionOut = MixedElements.KeepProjectionOut };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var adam = new AdamFormula<T>(new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step));
        if (!plan.Layout.Any(IsPreconditioned))
        {
            plan.ApplyAtRate(adam, at.LearningRate, at.WeightDecay);
            plan.SkipSlots(2 * Mode.Most);
            return;
        }

        // The first step of a matrix is its second gradient.
        var scalars = new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, Math.Max(1, plan.Clock));
        bool refresh = plan.Clock % PreconditionFrequency == 0;
        bool first = plan.Clock == 0;
        plan.ApplyToTensors(
            2 + (2 * Mode.Most),
            context =>
            {
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    int start = context.Layout.OffsetOf(i), length = context.Layout[i].Length;
                    if (!IsPreconditioned(context.Layout[i]))
                    {
                        context.SweepRange(adam, start, length);
                    }
                    else
                    {
                        var matrix = new SoapTensor<T>(context, i, MaxPreconditionerDimension);
                        matrix.Step(scalars, at.ShampooBeta, first, refresh);
                        if (first)
                        {
                            context.ChangeUpdate().Slice(start, length).Clear();
                            continue;
                        }
                    }

                    if (at.WeightDecay != 0 && context.Decays(i))
                    {
                        context.SweepRange(new DecayFormula<T>(at.WeightDecay), start, length);
                    }

                    context.SweepRange(new ScaleFormula<T>(at.LearningRate), start, length);
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
