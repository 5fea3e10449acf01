namespace Optim;

/// <summary>The parameters as a multiple of one vector.</summary>
/// <formula>p = &lt;a, x&gt; / &lt;a, a&gt; a, x = p - u</formula>
/// <paper>Goldstein 1964, Convex Programming in Hilbert Space</paper>
/// <definition>the nearest point; all tensors together are one vector, as in Optax's projection_vector</definition>
/// <remarks>Without a direction it is the one of ones: all parameters are equal. Products are accumulated in double.</remarks>
[RegisteredRule("project_onto_line", "projection onto a line", IsElementwise = false, IsComputeBound = true, ExtraMoves = 2)]
public sealed partial record ProjectOntoLine : Rule
{
    private readonly ValueList<double> direction = new([]);

    /// <summary>a, as many numbers as there are parameters, in their order; finite and not all 0. Copied. Default empty: all ones.</summary>
    public IReadOnlyList<double> Direction
    {
        get => direction;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Direction));
            direction = new(value.Select(number => Constraint.Finite.Check(number, nameof(Direction))));
        }
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { Projects = true, NeedsWholeSet = true };

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (direction.Count > 0 && direction.All(number => number == 0))
        {
            throw new ArgumentException($"{nameof(Direction)} must not be 0 everywhere.");
        }
    }

    /// <inheritdoc/>
    public override void ValidateFor(Layout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (direction.Count > 0 && direction.Count != layout.Length)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{nameof(ProjectOntoLine)}: {nameof(Direction)} must have a number for each parameter, {layout.Length}, had {direction.Count}."));
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
        double product = 0, square = 0;
        for (int i = 0; i < x.Length; i++)
        {
            product += At(i) * double.CreateTruncating(x[i]);
            square += At(i) * At(i);
        }

        for (int i = 0; i < x.Length; i++)
        {
            x[i] = T.CreateTruncating(product / square * At(i));
        }
    }

    private double At(int element) => direction.Count == 0 ? 1 : direction[element];
}
