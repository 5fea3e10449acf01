using Optim.Execution;

namespace Optim;

/// <summary>
/// Stochastic weight averaging (SWA): the mean of the parameters that an inner rule passes through late in a run. From step <c>s</c> on, every <c>c</c>
/// steps, with n the number of parameters in the mean so far, <c>swa += (p - swa) / (n + 1)</c>. The parameters themselves are the inner rule's to the bit.
/// </summary>
/// <remarks>
/// Izmailov, Podoprikhin, Garipov, Vetrov and Wilson 2018, algorithm 1, as PyTorch's <c>AveragedModel</c>: the first in the mean replaces whatever stood
/// there. The paper begins after 3/4 of the run, its learning rate then constant or cyclic, and takes the parameters at the end of each cycle.
/// n is derived from the step's number: a state has no counter of its own to lose. The running statistics of a batch normalisation
/// belong to the last iterate; evaluating with the mean needs them anew, by a pass over the training data.
/// Slots: the inner rule's, then <c>swa</c>. <see cref="OptimizerState{T}.EvaluationParameters"/>: the mean once it has begun, else what the inner rule evaluates.
/// A parameter that is not finite makes its mean so for good.
/// </remarks>
public sealed record StochasticWeightAveraging : Wrapper
{
    /// <summary>Around <see cref="Sgd"/> with a momentum of 0.9.</summary>
    public StochasticWeightAveraging()
        : this(new Sgd { Momentum = 0.9 })
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that moves the parameters, a chain perhaps.</param>
    public StochasticWeightAveraging(Rule inner)
        : base(inner)
    {
    }

    /// <summary>s, the step after which the mean begins, from 1. Default 1: every iterate counts, which is Polyak's average. Of long runs the last quarter is usual.</summary>
    public long StartStep { get; init => field = Constraint.CheckSteps(value, 1, nameof(StartStep)); } = 1;

    /// <summary>c, the steps from one parameter in the mean to the next, 1 or more: the length of a cycle, or of an epoch. Default 1.</summary>
    public int AveragingPeriod { get; init => field = Constraint.CheckCount(value); } = 1;

    internal static RuleEntry Entry { get; } = new(
        "swa", "SWA", "The mean of late parameters of an inner rule, here SGD with momentum, to evaluate with.",
        () => new StochasticWeightAveraging())
    {
        IsWrapper = true,
        Formula = """
            p = inner(p, g)
            if t >= s and (t - s) mod c = 0: n = (t - s) / c, swa = swa + (p - swa) / (n + 1)
            """,
        Paper = "Izmailov, Podoprikhin, Garipov, Vetrov and Wilson 2018, Averaging Weights Leads to Wider Optima and Better Generalization",
        Definition = "PyTorch's AveragedModel: the first parameters in the mean replace what stood there.",
        Disagreements = "The paper counts epochs, where this counts steps.",
    };

    /// <summary>A copy with another <see cref="Wrapper.Inner"/>.</summary>
    /// <param name="value">The value.</param>
    public StochasticWeightAveraging WithInner(Rule value) => this with { Inner = value };

    /// <summary>A copy with another <see cref="StartStep"/>.</summary>
    /// <param name="value">The value.</param>
    public StochasticWeightAveraging WithStartStep(long value) => this with { StartStep = value };

    /// <summary>A copy with another <see cref="AveragingPeriod"/>.</summary>
    /// <param name="value">The value.</param>
    public StochasticWeightAveraging WithAveragingPeriod(int value) => this with { AveragingPeriod = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Prepare(Inner);
        long since = plan.Step - StartStep;
        if (since < 0 || since % AveragingPeriod != 0)
        {
            plan.LeaveSlots(1);
        }
        else if (since == 0)
        {
            plan.Relocate(default(KeepFastFormula<T>));
        }
        else
        {
            plan.Relocate(new TrackFormula<T>(1 / ((double)(since / AveragingPeriod) + 1)));
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Step < StartStep ? InnerParameters(state) : state.Slots[^1];
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => [new("swa") { FromParameters = true }];
}
