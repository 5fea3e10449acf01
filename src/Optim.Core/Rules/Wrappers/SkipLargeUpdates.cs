namespace Optim;

/// <summary>A rule, here Adam, that passes over gradients which are too large.</summary>
/// <formula>if |g|^2 &lt; m: p = inner(p, g), the norm over all tensors</formula>
/// <paper>none</paper>
/// <definition>optax.skip_large_updates as the should_skip_update_fn of MultiSteps: a squared norm of m itself is skipped, NaN is not.</definition>
/// <remarks>
/// A step that is skipped leaves the parameters and the slots, scalars and clock of the rule inside as they are, to the bit; <see cref="OptimizerState{T}.StepCount"/> counts it. Around <see cref="Accumulate"/> it is
/// <c>MultiSteps</c> with that function: a gradient that is skipped is no part of the mean and does not count towards k. An evaluation that a rule inside makes itself counts as the step's gradient, unless it is a trial of a
/// line search. A norm of NaN is not large; <see cref="ApplyIfFinite"/> skips it. Scalars: the other rule's, then <c>skipped_count</c>.
/// </remarks>
[RegisteredRule("skip_large_updates", "large gradients skipped", IsWrapper = true, IsElementwise = false, ExtraMoves = 1)]
public sealed partial record SkipLargeUpdates : Wrapper
{
    /// <summary>Around <see cref="Adam"/> with its defaults.</summary>
    public SkipLargeUpdates()
        : this(new Adam())
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that steps.</param>
    /// <param name="maxSquaredNorm">m, more than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">m is not more than 0, or not finite.</exception>
    public SkipLargeUpdates(Rule inner, double maxSquaredNorm = 1e6)
        : base(inner) => MaxSquaredNorm = maxSquaredNorm;

    /// <summary>m, the square of the least norm that is skipped; more than 0. Default 1e6.</summary>
    [Range(Bounds.Positive)] public partial double MaxSquaredNorm { get; init; } = 1e6;

    /// <inheritdoc/>
    public override long InnerClock(long clock, Func<string, double> scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        return clock - (long)scalar("skipped_count");
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { MayRest = true, KeepsScaledGradientsOut = ScaledGradients.KeepOut };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        long clock = InnerClock(plan.Clock, plan.Scalar);
        plan.Guard(
            context => !IsLarge(context.GlobalNorm()),
            (_, gradient) => !IsLarge(gradient.Norm()),
            () => plan.Prepare(Inner, clock, plan.Loss),
            () =>
            {
                plan.SetScalar("skipped_count", plan.Scalar("skipped_count") + 1);
                plan.Apply(default(RestFormula<T>));
                plan.Skip(Inner);
            });
    }

    internal override (long Gathered, long Missing) PendingAt(long clock, ReadOnlySpan<double> scalars) => PendingInside(clock, scalars);

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() => [new("skipped_count") { Largest = long.MaxValue }];

    private bool IsLarge(double norm) => norm * norm >= MaxSquaredNorm;
}
