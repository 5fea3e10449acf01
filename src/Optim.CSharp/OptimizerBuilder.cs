using System.Numerics;
using Optim.Values;

namespace Optim.CSharp;

/// <summary>Composes a rule from parts that each have their place, and makes an optimizer of it. Immutable: every call answers a new builder.</summary>
/// <remarks>
/// The order of the calls does not matter; from the outside in, the rule is:
/// <list type="number">
/// <item><see cref="Accumulate"/>: what is inside takes one step for several gradients.</item>
/// <item>Loss scaling (<see cref="Within"/> with <see cref="DynamicLossScaling"/>): what is inside sees gradients as they are.</item>
/// <item>Guards: <see cref="SkipNonFinite"/>, <see cref="RollbackOnDivergence"/> by <see cref="Within"/>.</item>
/// <item>A rule that evaluates the objective itself, as SAM (<see cref="Within"/>): it acts on the gradients as they are, what is inside on those that it leads to.</item>
/// <item>What changes gradients: rules given to <see cref="After"/>, in the order given, then <see cref="ClipGradientValue"/>, then <see cref="ClipGradientNorm"/>.</item>
/// <item><see cref="AverageParameters"/>, once a step.</item>
/// <item>Other rules around it, as Lookahead (<see cref="Within"/>), each around those given before.</item>
/// <item>The rule, with its groups and without weight decay where that is said.</item>
/// </list>
/// What has one place is given once: a second time is refused. <see cref="Rule"/> is what came out.
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

    /// <summary>The rule that came out.</summary>
    public Rule Rule { get; }

    /// <summary>The most threads a step uses; null for one a processor.</summary>
    public int? MaxThreads { get; private init; }

    /// <summary>Who does the arithmetic of the steps.</summary>
    public Backend Backend { get; private init; }

    /// <summary>Begins with a rule.</summary>
    /// <param name="rule">The rule, with its options.</param>
    public static OptimizerBuilder For(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new(new Parts(rule));
    }

    /// <summary>Another learning rate: every one of the rule begun with, their ratios kept (see <see cref="Optim.Rule.Adjust"/>); groups are made of what comes out.</summary>
    /// <param name="learningRate">A number or a schedule.</param>
    /// <exception cref="ArgumentException">The rule has no learning rate.</exception>
    public OptimizerBuilder WithLearningRate(Schedule learningRate) => With("LearningRate", learningRate);

    /// <summary>Another value of a hyperparameter of the rule begun with; see <see cref="Optim.Rule.Adjust"/>.</summary>
    /// <param name="path">Where it is, or how that ends: <c>Beta1</c>.</param>
    /// <param name="value">A number or a schedule.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, or it cannot have that value.</exception>
    public OptimizerBuilder With(string path, Schedule value) => With(parts with { Base = parts.Base.Adjust(path, value) });

    /// <summary>Parameters with a rule of their own, made of that of all others. Where several groups take a parameter, the first does.</summary>
    /// <param name="tensors">Which parameters.</param>
    /// <param name="change">From the rule of all others to theirs.</param>
    public OptimizerBuilder WithGroup(TensorSelector tensors, Func<Rule, Rule> change)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(change);
        return With(parts with { Groups = [.. parts.Groups, (tensors, change)] });
    }

    /// <summary>No weight decay on parameters of some names, whatever group they are in; see <see cref="DecayExemption.NoDecayOn(Optim.Rule, string[])"/>. Several calls add up.</summary>
    /// <param name="patterns">The names: <c>*.bias</c>.</param>
    /// <exception cref="ArgumentException">No part of the rule has a weight decay.</exception>
    public OptimizerBuilder WithoutDecayOn(params string[] patterns)
    {
        var tensors = TensorSelector.Named(patterns);
        return With(parts with { WithoutDecay = parts.WithoutDecay?.Or(tensors) ?? tensors });
    }

    /// <summary>The gradients' norm over all parameters is at most this; see <see cref="ClipByGlobalNorm"/>.</summary>
    /// <param name="maxNorm">More than 0.</param>
    /// <exception cref="ArgumentException">There is a largest norm already.</exception>
    public OptimizerBuilder ClipGradientNorm(Schedule maxNorm) => With(parts with { Norm = Once(parts.Norm, new ClipByGlobalNorm(maxNorm), nameof(ClipGradientNorm)) });

    /// <summary>Each element of the gradients is within plus and minus this; see <see cref="ClipByValue"/>.</summary>
    /// <param name="clipValue">More than 0.</param>
    /// <exception cref="ArgumentException">There is a largest value already.</exception>
    public OptimizerBuilder ClipGradientValue(Schedule clipValue) => With(parts with { Value = Once(parts.Value, new ClipByValue(clipValue), nameof(ClipGradientValue)) });

    /// <summary>Another rule in front, which sees the gradients before they are clipped; several see them in the order given.</summary>
    /// <param name="first">Sees the gradients, and gives its update on.</param>
    public OptimizerBuilder After(Rule first)
    {
        ArgumentNullException.ThrowIfNull(first);
        return With(parts with { First = [.. parts.First, first] });
    }

    /// <summary>One step for several gradients, with their mean; see <see cref="Optim.Accumulate"/>. Everything else sees the mean.</summary>
    /// <param name="steps">How many gradients; 1 or more.</param>
    /// <exception cref="ArgumentException">The gradients are accumulated already.</exception>
    public OptimizerBuilder Accumulate(int steps) => Within(rule => new Accumulate(rule, steps));

    /// <summary>No step on gradients that are not finite; see <see cref="ApplyIfFinite"/>.</summary>
    /// <exception cref="ArgumentException">They are passed over already.</exception>
    public OptimizerBuilder SkipNonFinite() => Within(rule => new ApplyIfFinite(rule));

    /// <summary>A moving average of the parameters to evaluate the model with; see <see cref="ParameterEma"/>.</summary>
    /// <param name="decay">In [0, 1).</param>
    /// <exception cref="ArgumentException">The parameters are averaged already.</exception>
    public OptimizerBuilder AverageParameters(Schedule decay) => Within(rule => new ParameterEma(rule) { Decay = decay });

    /// <summary>Another rule around, at the place that its kind has (see above).</summary>
    /// <param name="around">From a rule to the one around it: <c>rule => new Lookahead(rule)</c>.</param>
    /// <exception cref="ArgumentException">There is one already of a kind that has one place.</exception>
    public OptimizerBuilder Within(Func<Rule, Rule> around)
    {
        ArgumentNullException.ThrowIfNull(around);

        // What the function makes of a rule says which kind it is.
        var kind = around(parts.Base) ?? throw new ArgumentException($"{nameof(around)} must return a rule, was null.", nameof(around));
        return With(kind switch
        {
            Optim.Accumulate => parts with { Accumulation = Once(parts.Accumulation, around, nameof(Accumulate)) },
            DynamicLossScaling => parts with { LossScaling = Once(parts.LossScaling, around, nameof(DynamicLossScaling)) },
            ApplyIfFinite => parts with { Skipping = Once(parts.Skipping, around, nameof(SkipNonFinite)) },
            RollbackOnDivergence => parts with { Rollback = Once(parts.Rollback, around, nameof(RollbackOnDivergence)) },
            ParameterEma or StochasticWeightAveraging => parts with { Average = Once(parts.Average, around, nameof(AverageParameters)) },
            _ when kind.DeclareComposition().EvaluatesObjective => parts with { Evaluating = Once(parts.Evaluating, around, kind.GetType().Name) },
            _ => parts with { Around = [.. parts.Around, around] },
        });
    }

    /// <summary>At most so many threads a step.</summary>
    /// <param name="maxThreads">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public OptimizerBuilder WithMaxThreads(int maxThreads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxThreads, 1);
        return this with { MaxThreads = maxThreads };
    }

    /// <summary>Another backend for the steps; see <see cref="Optim.Backend"/>. Where it is not there, <see cref="Build{T}"/> says so.</summary>
    /// <param name="backend">Who is to do the arithmetic.</param>
    public OptimizerBuilder WithBackend(Backend backend) => this with { Backend = backend };

    /// <summary>
    /// Has MathNet compute with Intel MKL from now on, in the whole process, where it is present (<see cref="Acceleration.TryUseMkl"/>; <see cref="Acceleration.Mkl"/> says whether).
    /// It is for the application's own vectors and matrices: who does an optimizer's arithmetic, <see cref="WithBackend"/> says.
    /// </summary>
    public OptimizerBuilder UseMkl()
    {
        Acceleration.TryUseMkl();
        return this;
    }

    /// <summary>The optimizer, before its first step.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">The parameters.</param>
    /// <exception cref="ArgumentException">The rule contradicts itself, or does not fit the parameters.</exception>
    public InPlaceOptimizer<T> Build<T>(IEnumerable<Parameter<T>> parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var optimizer = new InPlaceOptimizer<T>(Rule, parameters);
        optimizer.MaxThreads = MaxThreads ?? optimizer.MaxThreads;
        optimizer.Backend = Backend;
        return optimizer;
    }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(OptimizerBuilder), PrintMembers);

    /// <summary>Whether the same rule came out, for the same threads and backend.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(OptimizerBuilder? other) => other is not null && Rule.Equals(other.Rule) && MaxThreads == other.MaxThreads && Backend == other.Backend;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rule, MaxThreads, Backend);

    private OptimizerBuilder With(Parts other) => new(other) { MaxThreads = MaxThreads, Backend = Backend };

    private static P Once<P>(P? before, P value, string what)
        where P : class => before is null ? value : throw new ArgumentException($"{what} has one place in a rule, and was given twice.");

    /// <summary>What has been given, each part at its place.</summary>
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
            foreach (var around in new[] { Evaluating, Rollback, Skipping, LossScaling, Accumulation })
            {
                rule = around?.Invoke(rule) ?? rule;
            }

            return rule;
        }
    }
}
