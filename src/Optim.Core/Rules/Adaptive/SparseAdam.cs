namespace Optim;

/// <summary>Adam that leaves elements without a gradient alone.</summary>
/// <formula>
/// at the elements of sparseIndices alone:
/// m = b1 m + (1 - b1) g
/// v = b2 v + (1 - b2) g^2
/// p = p - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps)
/// </formula>
/// <paper>Kingma and Ba 2015, Adam: A Method for Stochastic Optimization</paper>
/// <definition>PyTorch's SparseAdam: t counts all steps, epsilon is added to the uncorrected root.</definition>
/// <differs>Adam adds epsilon to the corrected root and lets the moments of absent elements fall.</differs>
/// <remarks>
/// t counts all steps, whether or not an element took part, and epsilon is added to the uncorrected root, other than in <see cref="Adam"/>. Which elements
/// are present is the step's <c>sparseIndices</c> (<see cref="Optimizer.Step{T}"/>): the others keep m, v and p to the bit, whatever the gradient holds there
/// (NaN included). A donated step touches the slots at those elements alone. Without <c>sparseIndices</c> every element is present. Slots: <c>exp_avg</c>,
/// <c>exp_avg_sq</c>.
/// </remarks>
[RegisteredRule("sparse_adam", "SparseAdam", StartingRate = 0.01)]
public sealed partial record SparseAdam : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double correction = Math.Sqrt(Exact.OneMinusPower(at.Beta2, plan.Step)) / Exact.OneMinusPower(at.Beta1, plan.Step);
        var formula = Formula.Then<T, UncorrectedAdamFormula<T>, ScaleFormula<T>>(
            new(new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step), correction), new(at.LearningRate));
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        if (plan.SparseIndices is { } indices)
        {
            int[] positions = Positions(indices, plan.Layout);
            plan.ApplyToTensors(2, context => context.SweepAt(formula, positions), mayThrow: false);
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
