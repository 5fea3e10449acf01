namespace Optim;

/// <summary>The update without what only scales the parameters, at its old length.</summary>
/// <formula>o = u - &lt;p, u&gt; / (&lt;p, p&gt; + eps) p; u = o |u| / (|o| + eps), for each tensor</formula>
/// <paper>Prieto, Barsbey, Mediano and Birdal 2025, Grokking at the Edge of Numerical Stability</paper>
/// <definition>The authors' code.</definition>
/// <remarks>
/// It keeps a network from growing its logits where the labels are learnt. A scalar, and any update parallel to its tensor, is all rounding once the parallel part is gone, and is enlarged to its old length: do not use it on these. Products are
/// accumulated in double.
/// </remarks>
[RegisteredRule("orthograd", "OrthoGrad", IsElementwise = false, IsPerTensor = true, ExtraMoves = 4)]
public sealed partial record OrthoGrad : Rule
{
    /// <summary>eps, 0 or more. Default 1e-30.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-30;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyToTensors(
            0,
            context =>
            {
                double[] lengths = [.. Enumerable.Range(0, context.Layout.Count).Select(i => context.UpdateNorm(context.Tensor(i)))];
                for (int i = 0; i < lengths.Length; i++)
                {
                    var block = context.Tensor(i);
                    double p = context.ParameterNorm(block);

                    // By the cosine, since the product of the two may be infinite; of what is too small to be divided by there is none.
                    double cosine = !double.IsFinite(1 / p) || !double.IsFinite(1 / lengths[i]) ? 0 : context.Sum(new ScaledProduct(1 / lengths[i], 1 / p), block.Start, block.Length);
                    double along = cosine * lengths[i] / (p + (at.Epsilon / p));
                    if (cosine != 0)
                    {
                        context.SweepRange(new DecayFormula<T>(-along), block.Start, block.Length);
                    }
                }

                context.ThenPerTensor(i => new WideScaleFormula<T>(
                    lengths[i] == 0 ? 1 : Math.Min(lengths[i] / (context.UpdateNorm(context.Tensor(i)) + at.Epsilon), double.MaxValue)));
            },
            mayThrow: false);
    }

    /// <summary><c>(a u) (b p)</c>.</summary>
    private readonly struct ScaledProduct(double update, double parameter) : ISummand
    {
        private readonly double updateScale = update, parameterScale = parameter;

        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update * updateScale * (parameter * parameterScale);
    }
}
