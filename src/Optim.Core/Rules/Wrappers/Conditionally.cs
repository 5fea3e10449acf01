namespace Optim;

/// <summary>What becomes of an update at a step at which the rule inside <see cref="Conditionally"/> rests.</summary>
public enum WhenIdle
{
    /// <summary>It is handed on as it is, as Optax's <c>conditionally_transform</c> does.</summary>
    HandOn,

    /// <summary>It is 0, as in Optax's <c>conditionally_mask</c>: nothing moves.</summary>
    Rest,
}

/// <summary>A rule, here clipping, that acts at the steps that a schedule names.</summary>
/// <formula>
/// if When(t) is not 0: u = inner(u)
/// else: u = u (HandOn) or 0 (Rest)
/// </formula>
/// <paper>none</paper>
/// <definition>optax.conditionally_transform and conditionally_mask: the condition sees the number of all steps taken, from 0; the rule inside counts its own.</definition>
/// <remarks>
/// Where the condition is 0 the rule inside rests: its slots, scalars and clock stay as they are, to the bit. A whole optimizer inside needs <see cref="WhenIdle.Rest"/>
/// and is refused without: a gradient that is handed on as it is would move the parameters by itself, at a rate of 1. Scalars: the other rule's, then <c>inner_steps</c>, how often it acted.
/// </remarks>
[RegisteredRule("conditionally", "condition", IsWrapper = true)]
public sealed partial record Conditionally : Wrapper
{
    /// <summary>Around <see cref="ClipByValue"/> with its defaults, with a condition that always holds.</summary>
    public Conditionally()
        : this(new ClipByValue(), 1)
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that acts, a chain perhaps.</param>
    /// <param name="when">At which steps: where it is not 0. Of any predicate: <c>Schedule.OfFunction("first 100", t => t &lt; 100 ? 1 : 0)</c>.</param>
    public Conditionally(Rule inner, Schedule when)
        : base(inner) => When = when;

    /// <summary>The rule inside acts at the steps where this is not 0; finite. Default 1: it always acts.</summary>
    [Range(Bounds.Finite)] public partial Schedule When { get; init; } = 1;

    /// <summary>What becomes of the update elsewhere. Default <see cref="WhenIdle.HandOn"/>.</summary>
    public WhenIdle Otherwise
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Otherwise), $"{nameof(Otherwise)} must be one of the named ways, was {value}.");
    }

    /// <inheritdoc/>
    public override long InnerClock(long clock, Func<string, double> scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        return (long)scalar("inner_steps");
    }

    private bool MayRest => When is not ConstantSchedule { Value: not 0 };

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { MayRest = MayRest, HandsGradientOn = MayRest && Otherwise == WhenIdle.HandOn };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double steps = plan.Scalar("inner_steps");
        if (at.When != 0)
        {
            plan.SetScalar("inner_steps", steps + 1);
            plan.Prepare(Inner, (long)steps, plan.Loss);
            return;
        }

        if (Otherwise == WhenIdle.Rest)
        {
            plan.Apply(default(RestFormula<T>));
        }

        plan.Skip(Inner);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() => [new("inner_steps") { Largest = long.MaxValue }];
}
