namespace Optim;

/// <summary>A fraction of the parameter added to the update.</summary>
/// <formula>u = u + wd p</formula>
/// <paper>Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization</paper>
/// <definition>before a rule: L2; behind it and before the learning rate: decoupled</definition>
/// <remarks>
/// In front of a rule it is L2 regularisation (the gradient of wd/2 |p|^2 enters the moments); behind it, and in front of the learning rate, it is decoupled
/// weight decay (Loshchilov and Hutter 2019, as PyTorch's AdamW has it: the decay is multiplied by the learning rate). A decay of exactly 0 is left out, so
/// that it never turns an infinite parameter into NaN.
/// </remarks>
[RegisteredRule("add_decayed_weights", "weight decay")]
public sealed partial record AddDecayedWeights : Rule
{
    /// <summary>Sets the decay, 0.01 at first.</summary>
    public AddDecayedWeights()
    {
    }

    /// <summary>Sets the decay.</summary>
    /// <param name="weightDecay">wd; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay is negative or not finite.</exception>
    public AddDecayedWeights(Schedule weightDecay) => WeightDecay = weightDecay;

    /// <summary>wd; 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0.01;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyDecay(at.WeightDecay);
    }
}
