using System.Globalization;

namespace Optim;

/// <summary>What becomes of a step whose gradient holds NaN or an infinity.</summary>
public enum NonFinitePolicy
{
    /// <summary>The rule inside does not step; nothing of it or of the parameters changes.</summary>
    Skip,

    /// <summary>The step ends with an <see cref="ArithmeticException"/>, the state untouched.</summary>
    Throw,

    /// <summary>The rule inside steps as it would by itself; the step is counted.</summary>
    Propagate,
}

/// <summary>A rule, here Adam, that passes over gradients which are not finite.</summary>
/// <formula>if every element of g is finite: p = inner(p, g)</formula>
/// <paper>none</paper>
/// <definition>optax.apply_if_finite, but for too many skips in a row, which are an error here.</definition>
/// <differs>Optax lets the step through after too many skips in a row.</differs>
/// <remarks>
/// Under <see cref="NonFinitePolicy.Skip"/> a step on a gradient that is not finite leaves the parameters and the slots, scalars and clock of the rule inside
/// as they are, to the bit; <see cref="OptimizerState{T}.StepCount"/> counts it. As <c>optax.apply_if_finite</c>, which after too many skips in a row lets
/// the step through; here <see cref="MaxSkips"/> ends the run with an error instead. An evaluation that a rule inside makes itself (SAM's second) counts
/// as the step's gradient, unless it is a trial of a line search. The test costs one reading of the gradient, which a
/// <see cref="ClipByGlobalNorm"/> right inside shares. Scalars: the other rule's, then <c>nonfinite_count</c>, all such steps, and <c>nonfinite_in_a_row</c>.
/// </remarks>
[RegisteredRule("apply_if_finite", "finite steps only", IsWrapper = true, IsElementwise = false, ExtraMoves = 1)]
public sealed partial record ApplyIfFinite : Wrapper
{
    /// <summary>Around <see cref="Adam"/> with its defaults.</summary>
    public ApplyIfFinite()
        : this(new Adam())
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that steps.</param>
    public ApplyIfFinite(Rule inner)
        : base(inner)
    {
    }

    /// <summary>What becomes of a step whose gradient is not finite. Default <see cref="NonFinitePolicy.Skip"/>.</summary>
    public NonFinitePolicy Policy
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Policy), $"{nameof(Policy)} must be one of the named policies, was {value}.");
    }

    /// <summary>The most steps skipped in a row; the next one ends with an <see cref="ArithmeticException"/>, the state untouched. 0 or more. Default 1000.</summary>
    [AtLeast(0)] public partial int MaxSkips { get; init; } = 1000;

    /// <inheritdoc/>
    public override long InnerClock(long clock, Func<string, double> scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        return Policy == NonFinitePolicy.Skip ? clock - (long)scalar("nonfinite_count") : clock;
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() =>
        new() { MayRest = Policy == NonFinitePolicy.Skip, KeepsScaledGradientsOut = Policy == NonFinitePolicy.Propagate ? "" : ScaledGradients.KeepOverflowIn };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        long clock = InnerClock(plan.Clock, plan.Scalar);
        double inARow = plan.Scalar("nonfinite_in_a_row");
        plan.Guard(
            context => context.IsFinite || NotFinite(inARow, plan.Clock),
            (_, gradient) => gradient.IsFinite || NotFinite(inARow, plan.Clock) || IsLetPass(plan, inARow),
            () =>
            {
                plan.SetScalar("nonfinite_in_a_row", 0);
                plan.Prepare(Inner, clock, plan.Loss);
            },
            () =>
            {
                Count(plan, inARow);
                if (Policy == NonFinitePolicy.Propagate)
                {
                    plan.Prepare(Inner, clock, plan.Loss);
                }
                else
                {
                    plan.Apply(default(RestFormula<T>));
                    plan.Skip(Inner);
                }
            },
            mayThrow: Policy != NonFinitePolicy.Propagate);
    }

    internal override (long Gathered, long Missing) PendingAt(long clock, ReadOnlySpan<double> scalars) => PendingInside(clock, scalars);

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() => [new("nonfinite_count") { Largest = long.MaxValue }, new("nonfinite_in_a_row")];

    private static void Count<T>(Plan<T> plan, double inARow)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        plan.SetScalar("nonfinite_in_a_row", inARow + 1);
        plan.SetScalar("nonfinite_count", plan.Scalar("nonfinite_count") + 1);
    }

    /// <summary>Whether the rule inside goes on with an evaluation that is not finite; the step is counted.</summary>
    private bool IsLetPass<T>(Plan<T> plan, double inARow)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        if (Policy != NonFinitePolicy.Propagate)
        {
            return false;
        }

        Count(plan, inARow);
        plan.LetPass();
        return true;
    }

    private bool NotFinite(double inARow, long clock) =>
        Policy == NonFinitePolicy.Throw || (Policy == NonFinitePolicy.Skip && inARow >= MaxSkips)
            ? throw new ArithmeticException(string.Create(
                CultureInfo.InvariantCulture,
                $"{nameof(ApplyIfFinite)}: the gradient must be finite, was not at step {clock}, after {inARow} such steps in a row."))
            : false;
}

/// <summary>No update: <c>u = 0</c>.</summary>
[Formula]
internal readonly partial struct RestFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(AggressiveInlining)]
    private static L Apply<L>(L update)
        where L : struct, ILane<L, T> => L.Broadcast(T.Zero);
}
