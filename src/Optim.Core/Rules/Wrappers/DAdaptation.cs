namespace Optim;

/// <summary>Any rule, here gradient descent, that finds how far to step: by how far the minimum must at least be.</summary>
/// <formula>
/// u = the step of the rule inside, lr its rate; a = d / |g_1| (PerElement: d)
/// r = r + lr a &lt;g, s&gt;; s = s + a u; z = z + lr a g; p -= a u
/// d = max(d, min(2 r / |z|, growth d)); PerElement: r / |z|_1
/// </formula>
/// <paper>Defazio, Mishchenko 2023, Learning-Rate-Free Learning by D-Adaptation</paper>
/// <definition>The paper's bound of the distance from the start by convexity, for steps of any kind; around gradient descent the authors' DAdaptSGD without momentum</definition>
/// <differs>Around Adam it is not the authors' DAdaptAdam, whose d is inside the mean, before the root divides, and whose product is with s over the root: that is <see cref="DAdaptAdam"/>.</differs>
/// <remarks>
/// s is how far the steps have led from the start, z the sum of gradients by their weights: for convex objectives <c>sum lr a &lt;g, s&gt; &lt;= |z| D</c>, whatever the steps were. Where each element of a step is scaled by itself (Adam, Lion), D is the
/// largest distance of an element: <see cref="PerElement"/>. The rate inside is a factor on the rate that is found, and gives it its shape. g is what the wrapper is given: a decay of the rule inside is in the steps alone. The first gradient that is not
/// 0 is the one that is divided by; until then nothing moves. Slots: the inner rule's, then <c>s</c>, <c>z</c>. Scalars: the inner rule's, then <c>d</c>, <c>numerator_weighted</c> (r), <c>g0_norm</c>. A gradient that is not finite makes all parameters so.
/// </remarks>
[RegisteredRule("dadaptation", "D-Adaptation", StartingRate = 0.1, IsElementwise = false, IsComputeBound = true, IsWrapper = true)]
public sealed partial record DAdaptation : Wrapper
{
    /// <summary>Around <see cref="Sgd"/> with a rate of 1.</summary>
    public DAdaptation()
        : this(new Sgd { LearningRate = 1 })
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule whose steps are scaled, a chain perhaps; its rate is best 1.</param>
    public DAdaptation(Rule inner)
        : base(inner)
    {
    }

    /// <summary>Whether d is the distance of an element rather than of all of them: for rules whose steps have a size for each element. Default false.</summary>
    public bool PerElement { get; init; }

    /// <summary>d before the first step, more than 0: no more than the distance to the minimum. Default 1e-6.</summary>
    [Range(Bounds.Positive)] public partial double InitialDistance { get; init; } = 1e-6;

    /// <summary>The most that d may grow by in a step, as a factor; 1 or more, infinity for no limit. Default infinity.</summary>
    [Range(Bounds.Growth)] public partial double GrowthRate { get; init; } = double.PositiveInfinity;

    private static DAdaptation AtRate(Schedule rate) => new DAdaptation { Inner = new Sgd { LearningRate = rate } };

    /// <inheritdoc/>
    public override Composition DeclareComposition() => LearntDistance.Composition with
    {
        KeepsProjectionOut = LearntDistance.KeepProjectionOut,
        KeepsObjectiveOut = "it scales the way that the other leads, which the other's evaluations do not see; give that rule its rate by hand",
        KeepsPointOut = "its step is scaled afterwards; put that rule around",
        KeepsRestOut = "it learns from every gradient, also from those on which that rule does not step; put that rule around",
        KeepsScaledGradientsOut = ScaledGradients.KeepOut,
        KeepsAscentOut = "it bounds the distance to a minimum, and its steps would stay as small as the first; turn the sign of the gradient in front, new Scale(-1)",
        NeedsWholeSet = true,
    };

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (RuleTree.LeadingRateOf(Inner).Schedule?.DeclareScalars().Count > 0)
        {
            throw new ArgumentException($"{nameof(DAdaptation)} cannot hold a rule whose rate depends on the run: a gradient's weight follows from the rate alone.");
        }
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double d = plan.Scalar("d"), rate = RuleTree.LeadingRateOf(Inner).At(plan.Clock, plan.ScalarAt);
        var kept = plan.KeepUpdate();
        plan.Prepare(Inner);
        plan.ApplyToTensors(
            2,
            context =>
            {
                var update = context.ChangeUpdate();
                double first = context.Scalar("g0_norm");
                first = first == 0 ? context.GlobalNorm(kept.Span) : first;
                if (first == 0)
                {
                    // No gradient yet: nothing to measure by.
                    update.Clear();
                    kept.Release();
                    return;
                }

                double step = d / (PerElement ? 1 : first), weight = rate * step;
                double numerator = context.Scalar("numerator_weighted") + (weight * DistanceScales.Bounded(Advance(update, kept.Span, context.ChangeSlot(0), context.ChangeSlot(1), step, weight)));
                kept.Release();
                double norm = context.GlobalNorm(context.Slot(1), PerElement ? 1 : 2);
                context.SetScalar("g0_norm", first);
                context.SetScalar("numerator_weighted", numerator);
                context.SetScalar("d", rate > 0 && norm > 0 ? Math.Max(d, Math.Min((PerElement ? 1 : 2) * numerator / norm, d * GrowthRate)) : d);
            },
            mayThrow: false);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => [new("s"), new("z")];

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() => [new("d", InitialDistance), new("numerator_weighted"), new("g0_norm")];

    /// <summary>Scales the step and takes it and the gradient into their sums; returns &lt;g, s&gt; from before.</summary>
    private static double Advance<T>(Span<T> update, ReadOnlySpan<T> gradient, Span<T> s, Span<T> z, double step, double weight)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double product = 0;
        for (int i = 0; i < update.Length; i++)
        {
            double g = double.CreateTruncating(gradient[i]), way = double.CreateTruncating(s[i]), scaled = step * double.CreateTruncating(update[i]);
            product += g * way;
            s[i] = T.CreateTruncating(way + scaled);
            z[i] = T.CreateTruncating(Math.FusedMultiplyAdd(weight, g, double.CreateTruncating(z[i])));
            update[i] = T.CreateTruncating(scaled);
        }

        return product;
    }
}
