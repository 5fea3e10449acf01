using Optim.Execution;

namespace Optim;

/// <summary>Keeps the parameters' norm within a radius: with |x| over all tensors or of each one, <c>x = x r / |x|</c> where |x| &gt; r, x where the rules before it lead. Put it last.</summary>
/// <remarks>
/// Projected gradient descent (Goldstein 1964; Levitin and Polyak 1966): the nearest point of a ball around 0; by tensors, the max-norm constraint of
/// Srebro and Shraibman 2005 with a tensor in a row's place. A norm above r by no more than rounding (1e-6 in float, 1e-14 in double) counts as r, so that projecting
/// twice is projecting once. The norm is accumulated in double and overflows only where it is itself too large. NaN spreads over its ball; beside
/// an infinity finite elements become 0, and it NaN. A rule behind this one receives the way to the projection as its update, which rounds, and may leave the ball again.
/// </remarks>
public sealed record ProjectOntoBall : Rule
{
    /// <summary>r; 0 or more, and not so small that elements of that size lose digits. Default 1.</summary>
    public Schedule Radius { get; init => field = Constraint.NonNegative.Check(value); } = 1;

    /// <summary>Whether each tensor has a ball of its own. Default false: one for all tensors together.</summary>
    public bool PerTensor { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "project_onto_ball", "projection onto a ball", "The parameters within a distance of 0.",
        () => new ProjectOntoBall())
    {
        IsElementwise = false,
        ExtraMoves = 2,
        Formula = "p = x r / max(r, |x|), x = p - u",
        Paper = "Goldstein 1964, Convex Programming in Hilbert Space; Levitin and Polyak 1966, Constrained Minimization Methods",
        Definition = "the nearest point of the ball",
    };

    /// <summary>A copy with another <see cref="Radius"/>.</summary>
    /// <param name="value">The value.</param>
    public ProjectOntoBall WithRadius(Schedule value) => this with { Radius = value };

    /// <summary>A copy with another <see cref="PerTensor"/>.</summary>
    /// <param name="value">The value.</param>
    public ProjectOntoBall WithPerTensor(bool value) => this with { PerTensor = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var limit = NormLimit.Of<T>(Constraint.NonNegative.At(Radius, plan.Clock));
        plan.RelocateWhole(
            0,
            whole =>
            {
                if (PerTensor)
                {
                    whole.ThenPerTensor(i => new WideScaleFormula<T>(limit.Factor(whole.UpdateNorm(whole.Tensor(i)))));
                }
                else
                {
                    whole.Then(new WideScaleFormula<T>(limit.Factor(whole.GlobalNorm())));
                }
            },
            mayThrow: false);
    }
}
