using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Lookahead, k steps forward and one step back: an inner rule moves the fast weights, the parameters; every k steps
/// <c>slow += alpha (p - slow); p = slow</c>.
/// </summary>
/// <remarks>
/// Zhang, Lucas, Hinton and Ba 2019, algorithm 1, as kozistr/pytorch_optimizer has it: the slow weights begin as the parameters, the inner
/// rule keeps its own slots across a synchronisation, and the clock is the inner rule's. timm begins the slow weights at the first
/// synchronisation, which then does nothing: <see cref="LazySlowInit"/>; torch_optimizer synchronises at steps 1, 1 + k, 1 + 2k, ...
/// The paper returns the slow weights: they are <see cref="OptimizerState{T}.EvaluationParameters"/>, whatever the inner rule would
/// evaluate; gradients belong to the fast ones, <see cref="OptimizerState{T}.Parameters"/>. Both are the same right after a synchronisation.
/// Slots: the inner rule's, then <c>slow</c>.
/// </remarks>
public sealed record Lookahead : Wrapper
{
    /// <summary>Around <see cref="Adam"/> with its defaults.</summary>
    public Lookahead()
        : this(new Adam())
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that moves the fast weights, a chain perhaps.</param>
    public Lookahead(Rule inner)
        : base(inner)
    {
    }

    /// <summary>k, the steps from one synchronisation to the next, 1 or more. Default 5.</summary>
    public int SyncPeriod { get; init => field = Constraint.CheckCount(value); } = 5;

    /// <summary>alpha, how far the slow weights go towards the fast ones, in [0, 1]. Default 0.5.</summary>
    public Schedule SlowStepSize { get; init => field = Constraint.Fraction.Check(value); } = 0.5;

    /// <summary>Whether the slow weights begin where the fast ones are at the first synchronisation, as in timm. Default false.</summary>
    public bool LazySlowInit { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "lookahead", "Lookahead", "Slow weights that follow the fast ones of an inner rule, here Adam, every few steps.",
        () => new Lookahead(), 0.01, rate => new Lookahead { Inner = new Adam { LearningRate = rate } })
    {
        Formula = """
            p = inner(p, g)
            if t mod k = 0: slow = slow + alpha (p - slow), p = slow
            """,
        Paper = "Zhang, Lucas, Hinton and Ba 2019, Lookahead Optimizer: k steps forward, 1 step back",
        Definition = "The paper's: the slow weights begin as the parameters and are what is evaluated; the inner rule's slots are kept.",
        Disagreements = "timm begins the slow weights at the first synchronisation (LazySlowInit); torch_optimizer synchronises at steps 1, 1 + k, ...",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["lookahead"] = h => Of(h, lazy: false),
            ["lookahead_timm/lookahead-lazy-slow-init"] = h => Of(h, h.Flag("lazy_slow")),
        },
    };

    /// <summary>A copy with another <see cref="Wrapper.Inner"/>.</summary>
    /// <param name="value">The value.</param>
    public Lookahead WithInner(Rule value) => this with { Inner = value };

    /// <summary>A copy with another <see cref="SyncPeriod"/>.</summary>
    /// <param name="value">The value.</param>
    public Lookahead WithSyncPeriod(int value) => this with { SyncPeriod = value };

    /// <summary>A copy with another <see cref="SlowStepSize"/>.</summary>
    /// <param name="value">The value.</param>
    public Lookahead WithSlowStepSize(Schedule value) => this with { SlowStepSize = value };

    /// <summary>A copy with another <see cref="LazySlowInit"/>.</summary>
    /// <param name="value">The value.</param>
    public Lookahead WithLazySlowInit(bool value) => this with { LazySlowInit = value };

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => [new("slow") { FromParameters = true }];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double slowStepSize = Constraint.Fraction.At(SlowStepSize, plan.Clock);
        plan.Prepare(Inner);
        if (plan.Step % SyncPeriod != 0)
        {
            plan.LeaveSlots(1);
        }
        else if (slowStepSize == 1 || (LazySlowInit && plan.Step == SyncPeriod))
        {
            plan.Relocate(default(KeepFastFormula<T>));
        }
        else if (slowStepSize == 0)
        {
            plan.Relocate(default(KeepSlowFormula<T>));
        }
        else
        {
            plan.Relocate(new SlowWeightsFormula<T>(slowStepSize));
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return LazySlowInit && state.Step < SyncPeriod ? state.Parameters : state.Slots[^1];
    }

    private static Lookahead Of(SourceHyperparameters h, bool lazy) => new()
    {
        Inner = RuleFamilies.OfName(h.Nested("base")), SyncPeriod = h.Count("k"), SlowStepSize = h.Number("alpha"), LazySlowInit = lazy,
    };
}

/// <summary>From the fast weights: <c>slow += alpha (x - slow); x = slow</c>.</summary>
internal readonly struct SlowWeightsFormula<T>(double slowStepSize) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T slowStepSize = T.CreateTruncating(slowStepSize);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var old = slots.Read(0);
        var slow = L.FusedMultiplyAdd(update - old, slowStepSize, old);
        slots.Write(0, slow);
        return slow;
    }
}

/// <summary>From the fast weights: <c>slow = x</c>.</summary>
internal readonly struct KeepFastFormula<T> : IFormula<T>
    where T : unmanaged
{
    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        slots.Write(0, update);
        return update;
    }
}

/// <summary>From the fast weights: <c>x = slow</c>.</summary>
internal readonly struct KeepSlowFormula<T> : IFormula<T>
    where T : unmanaged
{
    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var slow = slots.Read(0);
        slots.Write(0, slow);
        return slow;
    }
}
