namespace Optim;

/// <summary>Any rule, here Adam, kept near its start as far as going away from it has not paid: for streams that change.</summary>
/// <formula>
/// u = the step of the rule inside; D = (p - p0) / (sum(s) + eps); h = &lt;D, g&gt;
/// for each b: v = b^2 v + h^2; a = b a - h; s = s_prev / erfi(1 / sqrt(2)) erfi(a / (sqrt(2 v) + eps))
/// p = p0 + max(sum(s), 0) (D + u)
/// </formula>
/// <paper>Muppidi, Zhang and Yang 2024, Fast TRAC: A Parameter-Free Optimizer for Lifelong Reinforcement Learning</paper>
/// <definition>The authors' code with erfi as the paper has it: theirs is off by up to one percent.</definition>
/// <differs>The authors' s_prev is 1e-8 by default.</differs>
/// <remarks>
/// At a rate of 0 of the rule inside the scale still changes, and with it the parameters. g is what the wrapper is given, before any decay of the rule inside. At the first step D is 0. A sum below 0 counts as 0 where it scales, and is kept as it is. Slots: the inner rule's, then <c>x0</c>. Scalars: the inner rule's, then for each b
/// <c>v</c>, <c>sigma</c> (a), <c>s</c>. Gradients beyond 1e100, whose products are infinite, may make parameters NaN.
/// </remarks>
[RegisteredRule("trac", "TRAC", StartingRate = 0.1, IsElementwise = false, IsComputeBound = true, IsWrapper = true)]
public sealed partial record Trac : Wrapper
{
    private const double FirstSigma = 1e-8;

    private readonly ValueList<double> betas = new(DistanceScales.Usual);

    /// <summary>Around <see cref="Adam"/> with a rate of 0.01.</summary>
    public Trac()
        : this(new Adam { LearningRate = 0.01 })
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule whose steps are scaled, a chain perhaps.</param>
    public Trac(Rule inner)
        : base(inner)
    {
    }

    /// <summary>b_1 to b_n, 1 to 16 of them, each in [0, 1). Copied. Default 0.9, 0.99, ..., 0.999999.</summary>
    public IReadOnlyList<double> Betas
    {
        get => betas;
        init => betas = DistanceScales.Checked(value, nameof(Betas));
    }

    /// <summary>s_prev, the unit of the scales, more than 0. Default 1e-4. (The authors' 1e-8 moves nothing from 1 in float.)</summary>
    [Range(Bounds.Positive)] public partial double InitialScale { get; init; } = 1e-4;

    /// <summary>eps, more than 0. Default 1e-8.</summary>
    [Range(Bounds.Positive)] public partial double Epsilon { get; init; } = 1e-8;

    private static Trac AtRate(Schedule rate) => new Trac { Inner = new Adam { LearningRate = rate } };

    /// <inheritdoc/>
    public override Composition DeclareComposition() => DistanceScales.Composition;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var kept = plan.KeepUpdate();
        plan.Prepare(Inner);
        plan.TransformParameters(
            1,
            context =>
            {
                var x = context.ChangeUpdate();
                ReadOnlySpan<T> p = context.Parameters, start = context.Slot(0), gradient = kept.Span;
                double divisor = Enumerable.Range(0, betas.Count).Sum(i => context.Scalar(DistanceScales.Name("s", i))) + Epsilon, product = 0;
                for (int i = 0; i < x.Length; i++)
                {
                    product += (double.CreateTruncating(p[i]) - double.CreateTruncating(start[i])) / divisor * double.CreateTruncating(gradient[i]);
                }

                kept.Release();
                double scale = Math.Max(Next(context, DistanceScales.Bounded(product)), 0);
                for (int i = 0; i < x.Length; i++)
                {
                    double from = double.CreateTruncating(start[i]), before = double.CreateTruncating(p[i]);
                    x[i] = T.CreateTruncating(from + (scale * (((before - from) / divisor) + (double.CreateTruncating(x[i]) - before))));
                }
            },
            mayThrow: false);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => [new("x0") { FromParameters = true }];

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() =>
        [.. DistanceScales.Declare("v", betas.Count), .. DistanceScales.Declare("sigma", betas.Count, FirstSigma), .. DistanceScales.Declare("s", betas.Count)];

    /// <summary>The scales after this product; returns their sum.</summary>
    private double Next<T>(TensorStepContext<T> context, double product)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int i = 0; i < betas.Count; i++)
        {
            string squares = DistanceScales.Name("v", i), products = DistanceScales.Name("sigma", i);
            double v = (betas[i] * betas[i] * context.Scalar(squares)) + (product * product), sigma = (betas[i] * context.Scalar(products)) - product;
            double scale = InitialScale / ImaginaryError.Of(1 / Math.Sqrt(2)) * ImaginaryError.Of(sigma / ((Math.Sqrt(2) * Math.Sqrt(v)) + Epsilon));
            context.SetScalar(squares, v);
            context.SetScalar(products, sigma);
            context.SetScalar(DistanceScales.Name("s", i), scale);
            sum += scale;
        }

        return sum;
    }
}
