using System.Buffers;

namespace Optim;

/// <summary>The parameters, no more than a given sum of magnitudes.</summary>
/// <formula>p = x where |x|_1 &lt;= r; elsewhere sign(x) max(|x| - theta, 0), x = p - u, theta such that the sum is r</formula>
/// <paper>Duchi, Shalev-Shwartz, Singer and Chandra 2008, Efficient Projections onto the l1-Ball for Learning in High Dimensions</paper>
/// <definition>the nearest point of the ball; with OnSphere that of its surface, signs kept</definition>
/// <differs>On the sphere Optax's exact zeros stay 0, and so do these.</differs>
/// <remarks>
/// It makes parameters exactly 0, the more the smaller r: the constraint of the lasso. On the sphere, which is not convex, an element of 0 has no sign to grow in. A norm above r by rounding alone (1e-6 in float, 1e-14 in double) counts as
/// r. NaN and infinity spread over their ball. theta as in <see cref="ProjectOntoSimplex"/>.
/// </remarks>
[RegisteredRule("project_onto_l1_ball", "projection onto an l1 ball", IsElementwise = false, IsComputeBound = true, ExtraMoves = 2)]
public sealed partial record ProjectOntoL1Ball : Rule
{
    /// <summary>r; more than 0, and not so small that elements of that size lose digits. Default 1.</summary>
    [Range(Bounds.Positive)] public partial Schedule Radius { get; init; } = 1;

    /// <summary>Whether the norm is to be r even where it is less. Default false.</summary>
    public bool OnSphere { get; init; }

    /// <summary>Whether each tensor has a ball of its own. Default false: one for all tensors together.</summary>
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
                    var block = context.Tensor(i);
                    Project(x.Slice(block.Start, block.Length), context.Norm(x.Slice(block.Start, block.Length), 1), at.Radius);
                }

                if (!PerTensor)
                {
                    Project(x, context.GlobalNorm(1), at.Radius);
                }
            },
            mayThrow: false);
    }

    private void Project<T>(Span<T> x, double norm, double radius)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double rounding = NormLimit.Rounding<T>() * radius;
        if (norm <= radius + rounding && (!OnSphere || norm >= radius - rounding || norm == 0))
        {
            return;
        }

        T[] rented = ArrayPool<T>.Shared.Rent(x.Length);
        var magnitudes = rented.AsSpan(0, x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            magnitudes[i] = T.Abs(x[i]);
        }

        ProjectOntoSimplex.Project(magnitudes, radius);
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = T.IsZero(x[i]) ? x[i] : T.CopySign(magnitudes[i], x[i]);
        }

        ArrayPool<T>.Shared.Return(rented);
    }
}
