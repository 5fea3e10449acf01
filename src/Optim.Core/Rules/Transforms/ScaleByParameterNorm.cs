namespace Optim;

/// <summary>The update of each tensor times the tensor's norm.</summary>
/// <formula>u = max(|p|, n) u, for each tensor; |p| the norm, or the root mean square</formula>
/// <paper>none</paper>
/// <definition>Optax's scale_by_param_block_norm and, with ByRootMeanSquare, scale_by_param_block_rms</definition>
/// <remarks>Steps relative to the size of what they move, as <see cref="Adafactor"/>'s are. Norms are accumulated in double. An empty tensor has norm 0.</remarks>
[RegisteredRule("scale_by_parameter_norm", "parameter norm", IsElementwise = false, IsPerTensor = true, ExtraMoves = 1)]
public sealed partial record ScaleByParameterNorm : Rule
{
    /// <summary>n, the least norm, so that a tensor that begins at 0 can move; 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule MinNorm { get; init; } = 1e-3;

    /// <summary>Whether the norm is divided by the root of the number of elements. Default false.</summary>
    public bool ByRootMeanSquare { get; init; }

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyToTensors(
            0,
            context => context.ThenPerTensor(i =>
            {
                var block = context.Tensor(i);
                double norm = context.ParameterNorm(block) / (ByRootMeanSquare ? Math.Sqrt(Math.Max(1, context.Layout[i].Length)) : 1);
                return new WideScaleFormula<T>(Math.Max(norm, at.MinNorm));
            }),
            mayThrow: false);
    }
}
