namespace Optim;

/// <summary>Distance over gradients: the rate is how far the run has come over the root of all its squared gradients.</summary>
/// <formula>
/// g = g + wd p
/// r = max(r, |p - p0|), r = c (1 + |p0|) at first
/// S = S + |g|^2
/// p = p - lr r / sqrt(S + eps) g
/// </formula>
/// <paper>Ivgi, Hinder and Carmon 2023, DoG is SGD's Best Friend: A Parameter-Free Dynamic Step Size Schedule</paper>
/// <definition>The authors' code, version 1.0.3; LDoG is Layerwise.</definition>
/// <differs>Optax multiplies a given first rate (init_eta, here FirstRate) by the learning rate, the authors do not.</differs>
/// <remarks>
/// Norms are over all tensors, or over each with <see cref="Layerwise"/>. The distance is from before the step. The authors advise to evaluate with an average of the iterates, <see cref="ParameterEma"/>. A gradient
/// that is not finite ends the run. Slots: <c>x0</c>; with <see cref="Layerwise"/> a number a tensor for r and for the root of S, otherwise scalars: <c>rbar</c>, <c>grad_norm</c>.
/// </remarks>
[RegisteredRule("dog", "DoG", StartingRate = 1, IsElementwise = false, ExtraMoves = 4)]
public sealed partial record Dog : Rule
{
    /// <summary>lr, a factor on the rate that is found; 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>c, the first distance relative to the size of the parameters, more than 0. Default 1e-6.</summary>
    [Range(Bounds.Positive)] public partial double RelativeDistance { get; init; } = 1e-6;

    /// <summary>eps, added once to the sum of squares, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>The rate of the first step, in place of a first distance; 0 or more. Default 0: the rate is found from <see cref="RelativeDistance"/>.</summary>
    [Range(Bounds.NonNegative)] public partial double FirstRate { get; init; }

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether each tensor has a rate of its own. Default false.</summary>
    public bool Layerwise { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => Layerwise
        ? [new("x0") { FromParameters = true }, new("rbar") { Dimensions = _ => [] }, new("grad_norm") { Dimensions = _ => [] }]
        : [new("x0") { FromParameters = true }];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => Layerwise ? [] : [new("rbar"), new("grad_norm")];

    /// <inheritdoc/>
    public override bool CountsSteps() => FirstRate > 0;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { FindsDistance = true, WhyNoDirection = FirstRate > 0 ? "the first step is as long as its own rate says" : "" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        bool isFirst = plan.Step == 1 && FirstRate > 0;
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        if (Layerwise)
        {
            plan.ApplyToTensors(3, context => context.ThenPerTensor(i => RateOf(context, i)), mayThrow: false);
        }
        else
        {
            plan.ApplyToTensors(
                1,
                context =>
                {
                    double distance = Distance(context.Scalar("rbar"), () => context.ParameterNorm(), () => context.DistanceFrom(0));
                    double norm = Norms.Together(context.Scalar("grad_norm"), context.GlobalNorm());
                    context.SetScalar("rbar", distance);
                    context.SetScalar("grad_norm", norm);
                    context.Then(Rate<T>(distance, norm));
                },
                mayThrow: false);
        }

        WideScaleFormula<T> RateOf(TensorStepContext<T> context, int tensor)
        {
            ref T rbar = ref context.ChangeSlot(1)[tensor], sum = ref context.ChangeSlot(2)[tensor];
            var block = context.Tensor(tensor);
            double distance = Distance(double.CreateTruncating(rbar), () => context.ParameterNorm(block), () => context.DistanceFrom(0, tensor));
            double norm = Norms.Together(double.CreateTruncating(sum), context.UpdateNorm(block));
            rbar = T.CreateTruncating(distance);
            sum = T.CreateTruncating(norm);
            return Rate<T>(distance, norm);
        }

        WideScaleFormula<U> Rate<U>(double distance, double norm)
            where U : unmanaged, IFloatingPointIeee754<U>
        {
            double root = Norms.Together(norm, Math.Sqrt(at.Epsilon));
            return new(isFirst ? FirstRate : root == 0 ? 0 : at.LearningRate * distance / root);
        }
    }

    /// <summary>r, which is 0 before the first step alone, unless a first rate takes its place.</summary>
    private double Distance(double before, Func<double> size, Func<double> distance) =>
        before == 0 && FirstRate == 0 ? RelativeDistance * (1 + size()) : Math.Max(before, distance());
}
