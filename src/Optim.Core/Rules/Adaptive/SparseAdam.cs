using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;

namespace Optim;

/// <summary>
/// Lazy Adam, for gradients of which most elements are absent (embeddings), on the elements that are present alone:
/// <c>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps)</c>.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>SparseAdam</c> (Kingma and Ba 2015): t counts all steps, whether or not an element took part, and epsilon is added to the
/// uncorrected root, other than in <see cref="Adam"/>. Which elements are present is the step's <c>sparseIndices</c>
/// (<see cref="Optimizer.Step{T}"/>): the others keep m, v and p to the bit, whatever the gradient holds there (NaN included). A donated step
/// touches the slots at those elements alone. Without <c>sparseIndices</c> every element is present.
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
public sealed record SparseAdam : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "sparse_adam", "SparseAdam", "Adam that leaves elements without a gradient alone.",
        () => new SparseAdam(), 0.005, rate => new SparseAdam { LearningRate = rate })
    {
        Formula = """
            at the elements of sparseIndices alone:
            m = b1 m + (1 - b1) g
            v = b2 v + (1 - b2) g^2
            p = p - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps)
            """,
        Paper = "Kingma and Ba 2015, Adam: A Method for Stochastic Optimization",
        Definition = "PyTorch's SparseAdam: t counts all steps, epsilon is added to the uncorrected root.",
        Disagreements = "Adam adds epsilon to the corrected root and lets the moments of absent elements fall.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["sparse_adam"] = h => new SparseAdam
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                Maximize = h.Flag("maximize"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public SparseAdam WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public SparseAdam WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public SparseAdam WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public SparseAdam WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public SparseAdam WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock);
        double correction = Math.Sqrt(1 - Exact.Power(beta2, plan.Step)) / (1 - Exact.Power(beta1, plan.Step));
        var formula = Formula.Then<T, UncorrectedAdamFormula<T>, ScaleFormula<T>>(
            new(AdamScalars<T>.At(plan.Clock, Beta1, Beta2, Epsilon), correction), new(Constraint.NonNegative.At(LearningRate, plan.Clock)));
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        if (plan.SparseIndices is { } indices)
        {
            int[] positions = Positions(indices, plan.Layout);
            plan.ApplyWhole(2, whole => whole.SweepAt(formula, positions), mayThrow: false);
        }
        else
        {
            plan.Apply(formula);
        }
    }

    /// <summary>The elements' positions in the flat set, ascending.</summary>
    private static int[] Positions(IReadOnlyDictionary<string, IReadOnlyList<int>> indices, Layout layout)
    {
        int[] positions = [.. indices.SelectMany(tensor => tensor.Value.Select(index => layout.OffsetOf(layout.IndexOf(tensor.Key)) + index))];
        Array.Sort(positions);
        return positions;
    }
}
