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
    private readonly ValueList<double> lowers = new([]), uppers = new([]);

    /// <summary>l, as many numbers as there are parameters, in their order; numbers or minus infinity. Copied. Default empty: 0 for all.</summary>
    public IReadOnlyList<double> Lowers
    {
        get => lowers;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Lowers));
            lowers = new(value.Select(number => Constraint.LowerBound.Check(number, nameof(Lowers))));
        }
    }

    /// <summary>h, as many numbers as there are parameters, none below its l; numbers or infinity. Copied. Default empty: infinity for all.</summary>
    public IReadOnlyList<double> Uppers
    {
        get => uppers;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Uppers));
            uppers = new(value.Select(number => Constraint.UpperBound.Check(number, nameof(Uppers))));
        }
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { Projects = true };

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (lowers.Count > 0 && uppers.Count > 0 && lowers.Count != uppers.Count)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{nameof(Lowers)} and {nameof(Uppers)} must have as many numbers, had {lowers.Count} and {uppers.Count}."));
        }

        for (int i = 0; i < Math.Max(lowers.Count, uppers.Count); i++)
        {
            if (Lower(i) > Upper(i))
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"{nameof(Lowers)} must not be above {nameof(Uppers)}, element {i} was {Lower(i)} above {Upper(i)}."));
            }
        }
    }

    /// <inheritdoc/>
    public override void ValidateFor(Layout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        foreach (var (bounds, name) in new[] { (lowers, nameof(Lowers)), (uppers, nameof(Uppers)) })
        {
            if (bounds.Count > 0 && bounds.Count != layout.Length)
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"{nameof(ProjectOntoBounds)}: {name} must have a number for each parameter, {layout.Length}, had {bounds.Count}."));
            }
        }
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
                    x[i] = T.Min(T.Max(x[i], Exact.Saturated<T>(Lower(i))), Exact.Saturated<T>(Upper(i)));
                }
            },
            mayThrow: false);
    }

    private double Lower(int element) => lowers.Count == 0 ? 0 : lowers[element];

    private double Upper(int element) => uppers.Count == 0 ? double.PositiveInfinity : uppers[element];
}
