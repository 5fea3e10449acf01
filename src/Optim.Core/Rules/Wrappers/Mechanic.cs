namespace Optim;

/// <summary>Whose Mechanic.</summary>
public enum MechanicForm
{
    /// <summary>The authors' code.</summary>
    Authors,

    /// <summary>Optax's: h is clipped by the largest before it, the scales begin above 0, the decay takes the parameters from before the step.</summary>
    Optax,
}

/// <summary>A learning rate found for any rule, here gradient descent: its steps from the start are scaled by what would have paid so far.</summary>
/// <formula>
/// u = the step of the rule inside; D = (p - p0) / (sum(s) + eps)
/// h = &lt;D, g + lambda sum(s) |g| / |p + u| (p + u)&gt;
/// for each b: m = max(b m, |h|); v = b^2 v + h^2; r = max(b r - s h, 0); s = (s_init / n m + r) / (sqrt(v) + eps)
/// p = p0 + sum(s) (D + u)
/// </formula>
/// <paper>Cutkosky, Defazio and Mehta 2023, Mechanic: A Learning Rate Tuner</paper>
/// <definition>The authors' code.</definition>
/// <differs>
/// Optax's form is <see cref="MechanicForm.Optax"/>, with a SInit of 1e-6 there.
/// </differs>
/// <remarks>
/// Give the rule inside a rate that is about right or too large; the scale is learnt on top of it, and its schedule keeps its shape; at a rate of 0 the scale still changes, and with it the parameters. Sums and norms are over all tensors. The rule inside sees the scaled parameters and keeps its own memory.
/// Slots: the inner rule's, then <c>x0</c>, and with <see cref="StoreDelta"/> <c>delta</c>. Scalars: the inner rule's, then for each b <c>max_product</c> (m), <c>sum_squared_products</c> (v), <c>reward</c> (r), <c>s</c>. Gradients beyond 1e100, whose products are infinite, may make parameters NaN.
/// </remarks>
[RegisteredRule("mechanic", "Mechanic", StartingRate = 0.1, IsElementwise = false, IsComputeBound = true, IsWrapper = true)]
public sealed partial record Mechanic : Wrapper
{
    private const double FirstMaximum = 1e-6;

    private readonly ValueList<double> betas = new(DistanceScales.Usual);

    /// <summary>Around <see cref="Sgd"/> with a rate of 0.1.</summary>
    public Mechanic()
        : this(new Sgd { LearningRate = 0.1 })
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule whose steps are scaled, a chain perhaps.</param>
    public Mechanic(Rule inner)
        : base(inner)
    {
    }

    /// <summary>Whose. Default the authors'.</summary>
    public MechanicForm Form { get; init; }

    /// <summary>b_1 to b_n, 1 to 16 of them, each in [0, 1). Copied. Default 0.9, 0.99, ..., 0.999999.</summary>
    public IReadOnlyList<double> Betas
    {
        get => betas;
        init => betas = DistanceScales.Checked(value, nameof(Betas));
    }

    /// <summary>lambda, a decay relative to the size of the gradients, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule ScaledDecay { get; init; } = 0.01;

    /// <summary>s_init, what the scales begin with, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial double InitialScale { get; init; } = 1e-8;

    /// <summary>eps, more than 0. Default 1e-8.</summary>
    [Range(Bounds.Positive)] public partial double Epsilon { get; init; } = 1e-8;

    /// <summary>Whether D is kept rather than computed from the parameters; the authors' form only. Default false.</summary>
    public bool StoreDelta { get; init; }

    private static Mechanic AtRate(Schedule rate) => new Mechanic { Inner = new Sgd { LearningRate = rate } };

    /// <inheritdoc/>
    public override Composition DeclareComposition() => DistanceScales.Composition;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var kept = plan.KeepUpdate();
        plan.Prepare(Inner);
        plan.TransformParameters(
            StoreDelta ? 2 : 1,
            context =>
            {
                var x = context.ChangeUpdate();
                ReadOnlySpan<T> p = context.Parameters, start = context.Slot(0), gradient = kept.Span;
                double[] scales = Scalars(context, "s");
                double sum = scales.Sum(), divisor = sum + Epsilon, size = context.GlobalNorm(gradient);
                bool isOptax = Form == MechanicForm.Optax;
                double length = isOptax ? context.GlobalNorm(p) : context.GlobalNorm(x), share = at.ScaledDecay * sum * size / (length + Epsilon);
                var delta = StoreDelta ? context.ChangeSlot(1) : [];
                double product = 0;
                for (int i = 0; i < x.Length; i++)
                {
                    double way = StoreDelta ? double.CreateTruncating(delta[i]) : (double.CreateTruncating(p[i]) - double.CreateTruncating(start[i])) / divisor;
                    product += way * (double.CreateTruncating(gradient[i]) + (share == 0 ? 0 : share * double.CreateTruncating((isOptax ? p : x)[i])));
                }

                kept.Release();
                product = DistanceScales.Bounded(product);
                double next = isOptax ? Optax(context, scales, -product) : Authors(context, scales, product);
                for (int i = 0; i < x.Length; i++)
                {
                    double from = double.CreateTruncating(start[i]), before = double.CreateTruncating(p[i]);
                    double way = (StoreDelta ? double.CreateTruncating(delta[i]) : (before - from) / divisor) + (double.CreateTruncating(x[i]) - before);
                    if (StoreDelta)
                    {
                        delta[i] = T.CreateTruncating(way);
                    }

                    x[i] = T.CreateTruncating(from + (next * way));
                }
            },
            mayThrow: false);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => StoreDelta ? [new("x0") { FromParameters = true }, new("delta")] : [new("x0") { FromParameters = true }];

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() =>
    [
        .. DistanceScales.Declare("max_product", betas.Count, Form == MechanicForm.Optax ? 0 : FirstMaximum), .. DistanceScales.Declare("sum_squared_products", betas.Count),
        .. DistanceScales.Declare("reward", betas.Count), .. DistanceScales.Declare("s", betas.Count, Form == MechanicForm.Optax ? InitialScale : 0),
    ];

    private double[] Scalars<T>(TensorStepContext<T> context, string name)
        where T : unmanaged, IFloatingPointIeee754<T> => [.. Enumerable.Range(0, betas.Count).Select(i => context.Scalar(DistanceScales.Name(name, i)))];

    private double Authors<T>(TensorStepContext<T> context, double[] scales, double product)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int i = 0; i < scales.Length; i++)
        {
            double largest = Math.Max(betas[i] * context.Scalar(DistanceScales.Name("max_product", i)), Math.Abs(product));
            double reward = Math.Max((betas[i] * context.Scalar(DistanceScales.Name("reward", i))) - (scales[i] * product), 0);
            sum += Next(context, i, largest, reward, reward, product);
        }

        return Math.Max(sum, 0);
    }

    private double Optax<T>(TensorStepContext<T> context, double[] scales, double product)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int i = 0; i < scales.Length; i++)
        {
            double before = context.Scalar(DistanceScales.Name("max_product", i));
            double reward = (betas[i] * context.Scalar(DistanceScales.Name("reward", i))) + (Math.Clamp(product, -before, before) * scales[i]);
            sum += Next(context, i, Math.Max(betas[i] * before, Math.Abs(product) + Epsilon), reward, Math.Max(reward, 0), product);
        }

        return sum;
    }

    private double Next<T>(TensorStepContext<T> context, int beta, double largest, double reward, double gained, double product)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        string squares = DistanceScales.Name("sum_squared_products", beta);
        double sum = (betas[beta] * betas[beta] * context.Scalar(squares)) + (product * product);
        double scale = DistanceScales.Bounded(((InitialScale / betas.Count * largest) + gained) / (Math.Sqrt(sum) + Epsilon));
        context.SetScalar(DistanceScales.Name("max_product", beta), largest);
        context.SetScalar(squares, sum);
        context.SetScalar(DistanceScales.Name("reward", beta), reward);
        context.SetScalar(DistanceScales.Name("s", beta), scale);
        return scale;
    }
}
