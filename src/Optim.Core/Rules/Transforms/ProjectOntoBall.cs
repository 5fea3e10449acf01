namespace Optim;

/// <summary>The parameters within a distance of 0.</summary>
/// <formula>p = x r / max(r, |x|), x = p - u</formula>
/// <paper>Goldstein 1964, Convex Programming in Hilbert Space; Levitin and Polyak 1966, Constrained Minimization Methods</paper>
/// <definition>the nearest point of the ball</definition>
/// <remarks>
/// By tensors, the max-norm constraint of Srebro and Shraibman 2005 with a tensor in a row's place. A norm above r by no more than rounding (1e-6 in float,
/// 1e-14 in double) counts as r, so that projecting twice is projecting once. The norm is accumulated in double and overflows only where it is itself too
/// large. NaN spreads over its ball; beside an infinity finite elements become 0, and it NaN. A rule behind this one receives the way to the projection as
/// its update, which rounds, and may leave the ball again.
/// </remarks>
[RegisteredRule("project_onto_ball", "projection onto a ball", IsElementwise = false, ExtraMoves = 2)]
public sealed partial record ProjectOntoBall : Rule
{
    /// <summary>r; 0 or more, and not so small that elements of that size lose digits. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Radius { get; init; } = 1;

    /// <summary>Whether the norm is to be r even where it is less: that of a vector of 0 alone stays 0. Default false.</summary>
    public bool OnSphere { get; init; }

    /// <summary>Whether each tensor has a ball of its own. Default false: one for all tensors together.</summary>
    public bool PerTensor { get; init; }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { Projects = true };

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var limit = NormLimit.Of<T>(at.Radius);
        plan.TransformParameters(
            0,
            context =>
            {
                if (PerTensor)
                {
                    context.ThenPerTensor(i => new WideScaleFormula<T>(Factor(context.UpdateNorm(context.Tensor(i)))));
                }
                else
                {
                    context.Then(new WideScaleFormula<T>(Factor(context.GlobalNorm())));
                }
            },
            mayThrow: false);

        double Factor(double norm) => OnSphere && norm < at.Radius && norm > 0 && at.Radius - norm > NormLimit.Rounding<T>() * at.Radius ? at.Radius / norm : limit.Factor(norm);
    }
}
