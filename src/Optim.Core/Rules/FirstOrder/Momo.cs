namespace Optim;

/// <summary>Momentum whose rate is cut to what a model of the loss allows.</summary>
/// <formula>
/// f, m, y = means with b of loss, g and &lt;g, p&gt;, first values taken as they are
/// c = 1 + lr wd
/// s = min(lr, max(c (f - l - y) + &lt;m, p&gt;, 0) / |m|^2)
/// p = (p - s m) / c
/// </formula>
/// <paper>Schaipp, Ohana, Eickenberg, Defazio and Gower 2023, MoMo: Momentum Models for Adaptive Learning Rates</paper>
/// <definition>The authors' code: the decay divides by c after the step.</definition>
/// <differs>Optax subtracts lr wd p / c and does not divide the step by c, which is the same without decay.</differs>
/// <remarks>
/// A step needs the loss: <c>Step(state, gradient, loss: ...)</c>. Products and norms are over all tensors. With <see cref="BiasCorrection"/> the means begin at 0 and s is <c>min(lr / rho, ...)</c> with l rho in place of l,
/// <c>rho = 1 - b^t</c>. l is <see cref="LowerBound"/>, or learnt from there upwards, <see cref="EstimateLowerBound"/>. Where the mean is 0 there is no step (0 / 0 in the authors' code).
/// Slot: <c>grad_avg</c> (m). Scalars: <c>loss_avg</c> (f), <c>grad_dot_w</c> (y), <c>lower_bound</c> (l).
/// </remarks>
[RegisteredRule("momo", "MoMo", StartingRate = 1, IsElementwise = false, ExtraMoves = 4, NeedsLoss = true)]
public sealed partial record Momo : Rule
{
    /// <summary>lr, the largest rate, 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>b, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta { get; init; } = 0.9;

    /// <summary>wd, 0 or more: the parameters are divided by 1 + lr wd. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>l, what the loss is never below; finite. Default 0.</summary>
    [Range(Bounds.Finite)] public partial double LowerBound { get; init; }

    /// <summary>Whether l is learnt, from <see cref="LowerBound"/> upwards. Default false.</summary>
    public bool EstimateLowerBound { get; init; }

    /// <summary>Whether the means begin at 0, corrected in the rate. Default false.</summary>
    public bool BiasCorrection { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("grad_avg")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => LossModel.Scalars(LowerBound);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double loss = plan.RequireLoss(nameof(Momo)), beta = plan.Step == 1 && !BiasCorrection ? 0 : at.Beta;
        double rho = BiasCorrection ? Exact.OneMinusPower(at.Beta, plan.Step) : 1, shrink = 1 + (at.LearningRate * at.WeightDecay);
        plan.ApplyToTensors(
            1,
            context =>
            {
                var model = LossModel.Of(context, loss, beta, rho, shrink, LowerBound, EstimateLowerBound);
                context.Sweep(new MovingMeanFormula<T>(beta));
                double norm = context.GlobalNorm(), step = model.Step(context.Sum(default(AlongParameter)), norm * norm, at.LearningRate);
                if (shrink == 1)
                {
                    context.Then(new WideScaleFormula<T>(step));
                }
                else
                {
                    context.ThenPerTensor(
                        _ => new WideScaleFormula<T>(step),
                        _ => Formula.Then<T, WideScaleFormula<T>, DecayFormula<T>>(new(step / shrink), new(at.LearningRate * at.WeightDecay / shrink)));
                }
            },
            mayThrow: false);
    }
}
