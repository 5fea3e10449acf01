namespace Optim;

/// <summary>The update divided by its root mean square, kept as one number a row and one a column.</summary>
/// <formula>
/// b2 = 1 - (t - t0)^-c; R = b2 R + (1 - b2) rowmean(u^2 + eps), C likewise by columns
/// u = u / sqrt(R C^T / mean(R)) for matrices; elsewhere v = b2 v + (1 - b2) (u^2 + eps), u = u / sqrt(v)
/// </formula>
/// <paper>Shazeer and Stern 2018, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost</paper>
/// <definition>Optax's scale_by_factored_rms; higher ranks as stacks of matrices over the last two dimensions</definition>
/// <differs>Optax factors the two largest dimensions of a tensor of higher rank, and none of which the lesser is below 128.</differs>
/// <remarks>
/// The piece of <see cref="Adafactor"/> in the paper's form, which limits and scales what is left. Slots: <c>exp_avg_sq_row</c> and <c>exp_avg_sq_col</c> of matrices, <c>exp_avg_sq</c> of all else, each empty for the other
/// tensors. NaN and infinities in a tensor's update make that tensor's NaN, as does a matrix whose row is all 0 where <see cref="Epsilon"/> is 0.
/// </remarks>
[RegisteredRule("scale_by_factored_rms", "factored root mean square", IsElementwise = false, IsPerTensor = true, ExtraMoves = 3)]
public sealed partial record ScaleByFactoredRms : Rule
{
    /// <summary>c in <c>b2 = 1 - t^-c</c>, 0 or more; Optax's <c>decay_rate</c>. Default 0.8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Beta2Decay { get; init; } = 0.8;

    /// <summary>eps, 0 or more. Default 1e-30.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-30;

    /// <summary>t0, after which step t is counted anew, as for fine-tuning: steps up to it begin the means; 0 or more. Default 0.</summary>
    [AtLeast(0)] public partial int StepOffset { get; init; }

    /// <summary>The least that both of the last two dimensions must be for a tensor to be factored; 1 or more. Default 128, as in Optax.</summary>
    [AtLeast(1)] public partial int LeastFactoredDimension { get; init; } = 128;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => Factoring.Slots(LeastFactoredDimension);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var moments = new FactoredMoments<T>(Exact.Power((double)Math.Max(1, plan.Step - StepOffset), -at.Beta2Decay), at.Epsilon, AdafactorForm.Paper);
        plan.ApplyToTensors(
            3,
            context =>
            {
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    moments.Divide(context, i, Factoring.Fits(context.Layout[i], LeastFactoredDimension));
                }
            },
            mayThrow: false);
    }
}
