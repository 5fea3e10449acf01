namespace Optim;

/// <summary>The parameters on a hyperplane, or on one side of it.</summary>
/// <formula>p = x - (&lt;a, x&gt; - b) / &lt;a, a&gt; a, x = p - u; with HalfSpace only where &lt;a, x&gt; &gt; b</formula>
/// <paper>Goldstein 1964, Convex Programming in Hilbert Space</paper>
/// <definition>the nearest point; all tensors together are one vector, as in Optax</definition>
/// <remarks>
/// Without a normal it is the one of ones: the sum of all parameters is b. Products are accumulated in double. A point whose product is b up to rounding (1e-6 in float, 1e-14 in double, of the magnitudes) stays.
/// </remarks>
[RegisteredRule("project_onto_hyperplane", "projection onto a hyperplane", IsElementwise = false, IsComputeBound = true, ExtraMoves = 2)]
public sealed partial record ProjectOntoHyperplane : Rule
{
    private readonly ValueList<double> normal = new([]);

    /// <summary>a, as many numbers as there are parameters, in their order; finite and not all 0. Copied. Default empty: all ones.</summary>
    public IReadOnlyList<double> Normal
    {
        get => normal;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Normal));
            normal = new(value.Select(number => Constraint.Finite.Check(number, nameof(Normal))));
        }
    }

    /// <summary>b; finite. Default 0.</summary>
    [Range(Bounds.Finite)] public partial double Offset { get; init; }

    /// <summary>Whether points with <c>&lt;a, x&gt;</c> below b stay. Default false.</summary>
    public bool HalfSpace { get; init; }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { Projects = true, NeedsWholeSet = true };

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (normal.Count > 0 && normal.All(number => number == 0))
        {
            throw new ArgumentException($"{nameof(Normal)} must not be 0 everywhere.");
        }
    }

    /// <inheritdoc/>
    public override void ValidateFor(Layout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (normal.Count > 0 && normal.Count != layout.Length)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{nameof(ProjectOntoHyperplane)}: {nameof(Normal)} must have a number for each parameter, {layout.Length}, had {normal.Count}."));
        }
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.TransformParameters(0, context => Project(context.ChangeUpdate()), mayThrow: false);
    }

    private void Project<T>(Span<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double product = 0, square = 0, size = Math.Abs(Offset);
        for (int i = 0; i < x.Length; i++)
        {
            double a = At(i), term = a * double.CreateTruncating(x[i]);
            product += term;
            size += Math.Abs(term);
            square += a * a;
        }

        double excess = product - Offset;
        if (x.IsEmpty || Math.Abs(excess) <= NormLimit.Rounding<T>() * size || (HalfSpace && excess <= 0))
        {
            return;
        }

        for (int i = 0; i < x.Length; i++)
        {
            x[i] = T.CreateTruncating(double.CreateTruncating(x[i]) - (excess / square * At(i)));
        }
    }

    private double At(int element) => normal.Count == 0 ? 1 : normal[element];
}
