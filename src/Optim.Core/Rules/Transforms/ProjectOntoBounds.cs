using Optim.Tensors;

namespace Optim;

/// <summary>Every parameter within bounds of its own.</summary>
/// <formula>p = min(max(p - u, l), h), l and h by element</formula>
/// <paper>Goldstein 1964, Convex Programming in Hilbert Space; Levitin and Polyak 1966, Constrained Minimization Methods</paper>
/// <definition>the nearest point of the box</definition>
/// <remarks>
/// As <see cref="ProjectOntoBox"/>, whose bounds are those of all elements. NaN stays NaN. Bounds hold exactly, as numbers of the parameters' type.
/// </remarks>
[RegisteredRule("project_onto_bounds", "projection onto bounds by element", IsElementwise = false, IsComputeBound = true, ExtraMoves = 2)]
public sealed partial record ProjectOntoBounds : Rule
{
    private readonly ValueList<double> lower = new([0.0]), upper = new([double.PositiveInfinity]);

    /// <summary>l, one number for all parameters, or one for each, in the order of the flat set; minus infinity for none. Copied. Default 0.</summary>
    public IReadOnlyList<double> Lower
    {
        get => lower;
        init => lower = Box.Checked(value, bound => Constraint.LowerBound.Check(bound, nameof(Lower)), nameof(Lower));
    }

    /// <summary>h, one number for all parameters, or one for each, none below its l; infinity for none. Copied. Default infinity.</summary>
    public IReadOnlyList<double> Upper
    {
        get => upper;
        init => upper = Box.Checked(value, bound => Constraint.UpperBound.Check(bound, nameof(Upper)), nameof(Upper));
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { Projects = true, NeedsWholeSet = true };

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Validate() => Box.RequireOrder(Lower, Upper);

    /// <inheritdoc/>
    public override void ValidateFor(Layout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        Box.RequireLength(Lower, layout, nameof(Lower));
        Box.RequireLength(Upper, layout, nameof(Upper));
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.TransformParameters(
            0,
            context =>
            {
                var x = context.ChangeUpdate();
                for (int i = 0; i < x.Length; i++)
                {
                    x[i] = T.Min(T.Max(x[i], Exact.Saturated<T>(Box.At(Lower, i))), Exact.Saturated<T>(Box.At(Upper, i)));
                }
            },
            mayThrow: false);
    }
}
