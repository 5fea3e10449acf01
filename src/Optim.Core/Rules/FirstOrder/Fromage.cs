namespace Optim;

/// <summary>Each tensor moves by a fraction of its norm, and shrinks by as much as that adds to it.</summary>
/// <formula>
/// p = (p - lr |p| / |g| g) / sqrt(1 + lr^2), for each tensor; the ratio is 1 where a norm is 0
/// (ParameterBound: p = p min(1, c |p0| / |p|))
/// </formula>
/// <paper>Bernstein, Vahdat, Yue and Liu 2020, On the Distance Between Two Neural Networks and the Stability of Learning</paper>
/// <definition>The author's code.</definition>
/// <differs>Optax takes norms below 1e-6 as 1e-6 by default (min_norm).</differs>
/// <remarks>
/// Without a gradient the tensor still shrinks. Norms are of one tensor, accumulated in double; one that is NaN counts as 0. Slot with <see cref="ParameterBound"/>: <c>max</c>, a number a tensor.
/// </remarks>
[RegisteredRule("fromage", "Fromage", StartingRate = 0.01, IsElementwise = false, IsPerTensor = true, ExtraMoves = 2)]
public sealed partial record Fromage : Rule
{
    /// <summary>lr, the fraction of its norm that a tensor moves; 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>c, how many times its first norm a tensor's may be, 0 or more. Default 0: no limit.</summary>
    [Range(Bounds.NonNegative)] public partial double ParameterBound { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => ParameterBound == 0 ? [] : [new("max") { Dimensions = _ => [] }];

    /// <inheritdoc/>
    public override bool CountsSteps() => ParameterBound > 0;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { WhyNoDirection = "its point is shrunk by the root of 1 and the rate squared" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double rate = at.LearningRate, growth = Norms.Together(1, rate);
        plan.ApplyToTensors(0, context => context.ThenPerTensor(i => new WideScaleFormula<T>(rate / growth * Ratio(context, i))), mayThrow: false);

        // 1 - 1 / sqrt(1 + lr^2), without cancellation.
        plan.Apply(new DecayFormula<T>(rate / growth * (rate / (1 + growth))));
        if (ParameterBound > 0)
        {
            bool isFirst = plan.Step == 1;
            plan.TransformParameters(
                1,
                context =>
                {
                    for (int i = 0; i < context.Layout.Count; i++)
                    {
                        Limit(context, i, isFirst);
                    }
                },
                mayThrow: false);
        }
    }

    private static double Ratio<T>(TensorStepContext<T> context, int tensor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var block = context.Tensor(tensor);
        double p = context.ParameterNorm(block), g = context.UpdateNorm(block);
        return p > 0 && g > 0 ? Math.Min(p / g, double.MaxValue) : 1;
    }

    private void Limit<T>(TensorStepContext<T> context, int tensor, bool isFirst)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var block = context.Tensor(tensor);
        ref T most = ref context.ChangeSlot(0)[tensor];
        most = isFirst ? T.CreateTruncating(ParameterBound * context.ParameterNorm(block)) : most;
        double limit = double.CreateTruncating(most), norm = context.UpdateNorm(block);
        if (norm > limit)
        {
            context.SweepRange(new WideScaleFormula<T>(limit / norm), block.Start, block.Length);
        }
    }
}
