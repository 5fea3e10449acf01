namespace Optim;

/// <summary>The parameters 0 or more, and of a given sum.</summary>
/// <formula>p = max(x - theta, 0), x = p - u, theta such that the sum is r</formula>
/// <paper>Duchi, Shalev-Shwartz, Singer and Chandra 2008, Efficient Projections onto the l1-Ball for Learning in High Dimensions; Michelot 1986 (theta)</paper>
/// <definition>the nearest point of the simplex</definition>
/// <remarks>
/// For weights of a mixture or probabilities; theta by Michelot's method (1986), which drops what is not above it until nothing more falls, without sorting:
/// in rare cases as many rounds as elements. Parameters that are there already, their sum within rounding of r (1e-6 in float, 1e-14 in double), stay as they
/// are, so that projecting twice is projecting once. Sums are taken in twice double's precision; their order is that of the elements, on one thread. NaN and
/// infinity spread over their simplex; minus infinity becomes 0. A tensor of no elements stays. A rule behind this one receives the way to the projection as
/// its update, which rounds, and may leave the simplex again.
/// </remarks>
[RegisteredRule("project_onto_simplex", "projection onto a simplex", IsElementwise = false, IsComputeBound = true, ExtraMoves = 2)]
public sealed partial record ProjectOntoSimplex : Rule
{
    /// <summary>r; more than 0, and not so small that elements of that size lose digits. Default 1.</summary>
    [Range(Bounds.Positive)] public partial Schedule Radius { get; init; } = 1;

    /// <summary>Whether each tensor has a simplex of its own. Default false: one for all tensors together.</summary>
    public bool PerTensor { get; init; }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { Projects = true, NeedsWholeSet = !PerTensor };

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.TransformParameters(
            0,
            context =>
            {
                var x = context.ChangeUpdate();
                for (int i = 0; i < context.Layout.Count && PerTensor; i++)
                {
                    Project(x.Slice(context.Layout.OffsetOf(i), context.Layout[i].Length), at.Radius);
                }

                if (!PerTensor)
                {
                    Project(x, at.Radius);
                }
            },
            mayThrow: false);
    }

    /// <summary>Moves a vector onto the simplex.</summary>
    internal static void Project<T>(Span<T> x, double radius)
        where T : unmanaged, IFloatingPointIeee754<T> => SimplexProjection<T>.Project(x, radius);
}
