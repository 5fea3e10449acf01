namespace Optim;

/// <summary>The mean of late parameters of an inner rule, here SGD with momentum, to evaluate with.</summary>
/// <formula>
/// p = inner(p, g)
/// if t &gt;= s and (t - s) mod c = 0: n = (t - s) / c, swa = swa + (p - swa) / (n + 1)
/// </formula>
/// <paper>Izmailov, Podoprikhin, Garipov, Vetrov and Wilson 2018, Averaging Weights Leads to Wider Optima and Better Generalization</paper>
/// <definition>PyTorch's AveragedModel: the first parameters in the mean replace what stood there.</definition>
/// <differs>The paper counts epochs, where this counts steps.</differs>
/// <remarks>
/// The first in the mean replaces whatever stood there. The paper begins after 3/4 of the run, its learning rate then constant or cyclic, and takes the
/// parameters at the end of each cycle. n is derived from the step's number: a state has no counter of its own to lose. The running statistics of a batch
/// normalisation belong to the last iterate; evaluating with the mean needs them anew, by a pass over the training data. Slots: the inner rule's, then
/// <c>swa</c>. <see cref="OptimizerState{T}.EvaluationParameters"/>: the mean once it has begun, else what the inner rule evaluates. A parameter that is not
/// finite makes its mean so for good.
/// </remarks>
[RegisteredRule("swa", "SWA", IsWrapper = true)]
public sealed partial record StochasticWeightAveraging : Wrapper
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
    [AtLeast(1)] public partial long StartStep { get; init; } = 1;

    /// <summary>c, the steps from one parameter in the mean to the next, 1 or more: the length of a cycle, or of an epoch. Default 1.</summary>
    [AtLeast(1)] public partial int AveragingPeriod { get; init; } = 1;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { OwnPoint = "an average of the parameters" };

    internal override string WhyOneClock(long clock) => clock < StartStep ? "" : "its mean is of as many parameters for all tensors";

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Prepare(Inner);
        long since = plan.Step - StartStep;
        if (since < 0 || since % AveragingPeriod != 0)
        {
            plan.SkipSlots(1);
        }
        else if (since == 0)
        {
            plan.TransformParameters(default(KeepFastFormula<T>));
        }
        else
        {
            plan.TransformParameters(new TrackFormula<T>(1 / ((double)(since / AveragingPeriod) + 1)));
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
