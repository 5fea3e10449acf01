using System.Numerics;
using Optim.Values;

namespace Optim.CSharp;

/// <summary>Composes a rule from parts with fixed places, and creates an optimizer. Immutable: every call returns a new builder.</summary>
/// <remarks>
/// The order of the calls does not matter; from the outside in, the rule is:
/// <list type="number">
/// <item><see cref="Accumulate"/>, or <see cref="AccumulateOnSchedule"/> with <see cref="Within"/>: the inner rule takes one step for several gradients.</item>
/// <item>Loss scaling (<see cref="Within"/> with <see cref="DynamicLossScaling"/>): the inner rule gets unscaled gradients.</item>
/// <item>Guards: <see cref="SkipNonFinite"/>, <see cref="SkipLargeUpdates"/> and <see cref="RollbackOnDivergence"/> with <see cref="Within"/>: they see gradients before they are clipped.</item>
/// <item>A rule that evaluates the objective itself, such as SAM (<see cref="Within"/>): it acts on the gradients as they are, the inner rules on those it leads to.</item>
/// <item>Gradient transformations: rules passed to <see cref="After"/>, in order, then <see cref="ClipGradientValue(Schedule)"/>, then <see cref="ClipGradientNorm(Schedule)"/>.</item>
/// <item><see cref="AverageParameters(Schedule)"/>, once per step.</item>
/// <item>Other wrappers, such as Lookahead (<see cref="Within"/>), each around the previous ones.</item>
/// <item>The rule, with its groups and decay exemptions.</item>
/// </list>
/// Setting a single-valued part twice is an error. <see cref="Rule"/> is the result.
/// <code>
/// using var optimizer = OptimizerBuilder.For(new AdamW { WeightDecay = 0.1 })
///     .WithLearningRate(Schedule.WarmupCosine(3e-4, 100, 10_000))
///     .WithoutDecayOn("*.bias", "*.norm*")
///     .WithGroup(TensorSelector.Named("head.*"), rule => rule.ScaleLearningRates(10))
///     .ClipGradientNorm(1)
///     .Accumulate(4)
///     .Build(parameters);
/// </code>
/// </remarks>
public sealed record OptimizerBuilder
{
    private readonly Parts parts;

    private OptimizerBuilder(Parts parts)
    {
        this.parts = parts;
        Rule = parts.Compose();
    }

    /// <summary>The composed rule.</summary>
    public Rule Rule { get; }

    /// <summary>The maximum number of threads per step; null for one per processor.</summary>
    public int? MaxThreads { get; private init; }

    /// <summary>The backend of the steps.</summary>
    public Backend Backend { get; private init; }

    /// <summary>How slots that are laid out as the parameters are stored. Default <see cref="Optim.SlotFormat.Full"/>.</summary>
    public SlotFormat SlotFormat { get; private init; }

    /// <summary>Starts with a rule.</summary>
    /// <param name="rule">The rule, with its options.</param>
    public static OptimizerBuilder For(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new(new Parts(rule));
    }

    /// <summary>Sets the learning rates of the base rule, inner rules and fallbacks included, preserving their ratios (see <see cref="Optim.Rule.Adjust(string, Schedule)"/>); groups derive from the result.</summary>
    /// <param name="learningRate">A number or a schedule.</param>
    /// <exception cref="ArgumentException">The rule has no learning rate.</exception>
    public OptimizerBuilder WithLearningRate(Schedule learningRate) => With("LearningRate", learningRate);

    /// <summary>Sets the learning rates of the base rule to a number, inner rules and fallbacks included, preserving their ratios.</summary>
    /// <param name="learningRate">The number.</param>
    /// <exception cref="ArgumentException">The rule has no learning rate.</exception>
    public OptimizerBuilder WithLearningRate(double learningRate) => WithLearningRate(Schedule.Constant(learningRate));

    /// <summary>Sets a hyperparameter of the base rule; see <see cref="Optim.Rule.Adjust(string, Schedule)"/>.</summary>
    /// <param name="path">Its path, or the end of it: <c>Beta1</c>.</param>
    /// <param name="value">A number or a schedule.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, or the value is invalid.</exception>
    public OptimizerBuilder With(string path, Schedule value) => With(parts with { Base = parts.Base.Adjust(path, value) });

    /// <summary>Sets a hyperparameter of the base rule to a number; see <see cref="Optim.Rule.Adjust(string, double)"/>.</summary>
    /// <param name="path">Its path, or the end of it: <c>Beta1</c>.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, or the value is invalid.</exception>
    public OptimizerBuilder With(string path, double value) => With(path, Schedule.Constant(value));

    /// <summary>Adds a parameter group with its own rule, derived from the base rule. If several groups match a parameter, the first one gets it.</summary>
    /// <param name="tensors">Which parameters.</param>
    /// <param name="change">From the base rule to the group's.</param>
    public OptimizerBuilder WithGroup(TensorSelector tensors, Func<Rule, Rule> change)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(change);
        return With(parts with { Groups = [.. parts.Groups, (tensors, change)] });
    }

    /// <summary>Exempts parameters from weight decay by name, whatever their group; see <see cref="DecayExemption.NoDecayOn(Optim.Rule, string[])"/>. Several calls add up.</summary>
    /// <param name="patterns">Name patterns: <c>*.bias</c>.</param>
    /// <exception cref="ArgumentException">No part of the rule has a weight decay.</exception>
    public OptimizerBuilder WithoutDecayOn(params string[] patterns)
    {
        var tensors = TensorSelector.Named(patterns);
        return With(parts with { WithoutDecay = parts.WithoutDecay?.Or(tensors) ?? tensors });
    }

    /// <summary>Limits the global norm of the gradients; see <see cref="ClipByGlobalNorm"/>.</summary>
    /// <param name="maxNorm">More than 0.</param>
    /// <exception cref="ArgumentException">A maximum norm is already set.</exception>
    public OptimizerBuilder ClipGradientNorm(Schedule maxNorm) => With(parts with { Norm = Once(parts.Norm, new ClipByGlobalNorm(maxNorm), nameof(ClipGradientNorm)) });

    /// <summary>Limits the global norm of the gradients to a number; see <see cref="ClipByGlobalNorm"/>.</summary>
    /// <param name="maxNorm">More than 0.</param>
    /// <exception cref="ArgumentException">A maximum norm is already set.</exception>
    public OptimizerBuilder ClipGradientNorm(double maxNorm) => ClipGradientNorm(Schedule.Constant(maxNorm));

    /// <summary>Limits each element of the gradients to plus or minus this; see <see cref="ClipByValue"/>.</summary>
    /// <param name="clipValue">More than 0.</param>
    /// <exception cref="ArgumentException">A maximum value is already set.</exception>
    public OptimizerBuilder ClipGradientValue(Schedule clipValue) => With(parts with { Value = Once(parts.Value, new ClipByValue(clipValue), nameof(ClipGradientValue)) });

    /// <summary>Limits each element of the gradients to plus or minus a number; see <see cref="ClipByValue"/>.</summary>
    /// <param name="clipValue">More than 0.</param>
    /// <exception cref="ArgumentException">A maximum value is already set.</exception>
    public OptimizerBuilder ClipGradientValue(double clipValue) => ClipGradientValue(Schedule.Constant(clipValue));

    /// <summary>Adds a rule before clipping; several are applied in order.</summary>
    /// <param name="first">The rule, whose update is passed on.</param>
    public OptimizerBuilder After(Rule first)
    {
        ArgumentNullException.ThrowIfNull(first);
        return With(parts with { First = [.. parts.First, first] });
    }

    /// <summary>Accumulates several gradients per step and uses their mean; see <see cref="Optim.Accumulate"/>. All other parts get the mean.</summary>
    /// <param name="steps">The number of gradients; 1 or more.</param>
    /// <exception cref="ArgumentException">Accumulation is already set.</exception>
    public OptimizerBuilder Accumulate(int steps) => Within(rule => new Accumulate(rule, steps));

    /// <summary>Skips non-finite gradients; see <see cref="ApplyIfFinite"/>.</summary>
    /// <exception cref="ArgumentException">Skipping is already set.</exception>
    public OptimizerBuilder SkipNonFinite() => Within(rule => new ApplyIfFinite(rule));

    /// <summary>Keeps a moving average of the parameters for evaluation; see <see cref="ParameterEma"/>.</summary>
    /// <param name="decay">In [0, 1).</param>
    /// <exception cref="ArgumentException">Averaging is already set.</exception>
    public OptimizerBuilder AverageParameters(Schedule decay) => Within(rule => new ParameterEma(rule) { Decay = decay });

    /// <summary>Keeps a moving average of the parameters for evaluation, its decay a number; see <see cref="ParameterEma"/>.</summary>
    /// <param name="decay">In [0, 1).</param>
    /// <exception cref="ArgumentException">Averaging is already set.</exception>
    public OptimizerBuilder AverageParameters(double decay) => AverageParameters(Schedule.Constant(decay));

    /// <summary>Adds a wrapper, at the place of its kind (see above).</summary>
    /// <param name="around">From a rule to its wrapper: <c>rule => new Lookahead(rule)</c>.</param>
    /// <exception cref="ArgumentException">A single-valued wrapper of this kind is already set.</exception>
    public OptimizerBuilder Within(Func<Rule, Rule> around)
    {
        ArgumentNullException.ThrowIfNull(around);

        // What the function makes of a rule says which kind it is.
        var kind = around(parts.Base) ?? throw new ArgumentException($"{nameof(around)} must return a rule, was null.", nameof(around));
        return With(kind switch
        {
            Optim.Accumulate or AccumulateOnSchedule => parts with { Accumulation = Once(parts.Accumulation, around, nameof(Accumulate)) },
            DynamicLossScaling => parts with { LossScaling = Once(parts.LossScaling, around, nameof(DynamicLossScaling)) },
            ApplyIfFinite => parts with { Skipping = Once(parts.Skipping, around, nameof(SkipNonFinite)) },
            SkipLargeUpdates => parts with { SkippingLarge = Once(parts.SkippingLarge, around, nameof(SkipLargeUpdates)) },
            RollbackOnDivergence => parts with { Rollback = Once(parts.Rollback, around, nameof(RollbackOnDivergence)) },
            ParameterEma or StochasticWeightAveraging => parts with { Average = Once(parts.Average, around, nameof(AverageParameters)) },
            _ when kind.DeclareComposition().EvaluatesObjective => parts with { Evaluating = Once(parts.Evaluating, around, kind.GetType().Name) },
            _ => parts with { Around = [.. parts.Around, around] },
        });
    }

    /// <summary>Sets the maximum number of threads per step.</summary>
    /// <param name="maxThreads">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public OptimizerBuilder WithMaxThreads(int maxThreads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxThreads, 1);
        return this with { MaxThreads = maxThreads };
    }

    /// <summary>Sets the backend of the steps; see <see cref="Optim.Backend"/>. If it is not available, <see cref="Build{T}"/> throws.</summary>
    /// <param name="backend">The backend.</param>
    public OptimizerBuilder WithBackend(Backend backend) => this with { Backend = backend };

    /// <summary>Stores slots in fewer bytes; see <see cref="InPlaceOptimizer{T}.SetSlotFormat"/>, which can choose slots by name.</summary>
    /// <param name="slotFormat">The format.</param>
    public OptimizerBuilder WithSlotFormat(SlotFormat slotFormat) => this with { SlotFormat = slotFormat };

    /// <summary>
    /// Makes MathNet use Intel MKL from now on, in the whole process, if installed (<see cref="Acceleration.TryUseMkl"/>; <see cref="Acceleration.Mkl"/> says whether).
    /// This is for the application's own vectors and matrices; for the optimizer's arithmetic, use <see cref="WithBackend"/>.
    /// </summary>
    public OptimizerBuilder UseMkl()
    {
        Acceleration.TryUseMkl();
        return this;
    }

    /// <summary>Creates the optimizer, before its first step.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">The parameters.</param>
    /// <exception cref="ArgumentException">The rule's hyperparameters are inconsistent, or it does not match the parameters.</exception>
    public InPlaceOptimizer<T> Build<T>(IEnumerable<Parameter<T>> parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var optimizer = new InPlaceOptimizer<T>(Rule, parameters);
        optimizer.MaxThreads = MaxThreads ?? optimizer.MaxThreads;
        optimizer.Backend = Backend;
        if (SlotFormat != SlotFormat.Full)
        {
            optimizer.SetSlotFormat(SlotFormat);
        }

        return optimizer;
    }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(OptimizerBuilder), PrintMembers);

    /// <summary>Whether both have equal rules, threads, backends and formats of slots.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(OptimizerBuilder? other) => other is not null && Rule.Equals(other.Rule) && MaxThreads == other.MaxThreads && Backend == other.Backend && SlotFormat == other.SlotFormat;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rule, MaxThreads, Backend, SlotFormat);

    private OptimizerBuilder With(Parts other) => new(other) { MaxThreads = MaxThreads, Backend = Backend, SlotFormat = SlotFormat };

    private static P Once<P>(P? before, P value, string what)
        where P : class => before is null ? value : throw new ArgumentException($"{what} has one place in a rule, and was given twice.");

    /// <summary>The parts, each at its place.</summary>
    private sealed record Parts(Rule Base)
    {
        public IReadOnlyList<(TensorSelector Tensors, Func<Rule, Rule> Change)> Groups { get; init; } = [];

        public TensorSelector? WithoutDecay { get; init; }

        public IReadOnlyList<Func<Rule, Rule>> Around { get; init; } = [];

        public Func<Rule, Rule>? Average { get; init; }

        public IReadOnlyList<Rule> First { get; init; } = [];

        public Rule? Value { get; init; }

        public Rule? Norm { get; init; }

        public Func<Rule, Rule>? Evaluating { get; init; }

        public Func<Rule, Rule>? Skipping { get; init; }

        public Func<Rule, Rule>? SkippingLarge { get; init; }

        public Func<Rule, Rule>? Rollback { get; init; }

        public Func<Rule, Rule>? LossScaling { get; init; }

        public Func<Rule, Rule>? Accumulation { get; init; }

        public Rule Compose()
        {
            var rule = Groups.Count == 0
                ? Base
                : new Partition([.. Groups.Select(group => new ParameterGroup(group.Tensors, group.Change(Base))), new(TensorSelector.All, Base)]);
            rule = WithoutDecay is null ? rule : rule.NoDecayOn(WithoutDecay);
            rule = Around.Aggregate(rule, (inner, around) => around(inner));
            rule = Average?.Invoke(rule) ?? rule;
            Rule[] changes = [.. First, .. new[] { Value, Norm }.OfType<Rule>()];
            rule = changes.Length == 0 ? rule : new Chain([.. changes, rule]);
            foreach (var around in new[] { Evaluating, Rollback, SkippingLarge, Skipping, LossScaling, Accumulation })
            {
                rule = around?.Invoke(rule) ?? rule;
            }

            return rule;
        }
    }
}
