using System.Numerics;

namespace Optim.CSharp;

/// <summary>Composes a rule call by call, from the inside out, and makes an optimizer of it. Immutable: every call answers a new builder.</summary>
/// <remarks>
/// Each call is a rule of the core around, before or beside what there is: <see cref="Rule"/> is what has been composed so far.
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
    private OptimizerBuilder(Rule rule) => Rule = rule;

    /// <summary>The rule composed so far.</summary>
    public Rule Rule { get; private init; }

    /// <summary>The most threads a step uses; null for one a processor.</summary>
    public int? MaxThreads { get; private init; }

    /// <summary>Who does the arithmetic of the steps.</summary>
    public Backend Backend { get; private init; }

    /// <summary>Begins with a rule.</summary>
    /// <param name="rule">The rule, with its options.</param>
    public static OptimizerBuilder For(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new(rule);
    }

    /// <summary>Every learning rate so far; see <see cref="Optim.Rule.Adjust"/>.</summary>
    /// <param name="learningRate">A number or a schedule.</param>
    /// <exception cref="ArgumentException">The rule has no learning rate.</exception>
    public OptimizerBuilder WithLearningRate(Schedule learningRate) => With("LearningRate", learningRate);

    /// <summary>Another value of a hyperparameter so far; see <see cref="Optim.Rule.Adjust"/>.</summary>
    /// <param name="path">Where it is, or how that ends: <c>Beta1</c>.</param>
    /// <param name="value">A number or a schedule.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, or it cannot have that value.</exception>
    public OptimizerBuilder With(string path, Schedule value) => this with { Rule = Rule.Adjust(path, value) };

    /// <summary>Parameters with a rule of their own, made of the one so far. Where several groups take a parameter, the first does.</summary>
    /// <param name="tensors">Which parameters.</param>
    /// <param name="change">From the rule of all others to theirs.</param>
    public OptimizerBuilder WithGroup(TensorSelector tensors, Func<Rule, Rule> change)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(change);
        IReadOnlyList<ParameterGroup> groups = Rule is Partition partition && partition.Groups[^1].Tensors.Equals(TensorSelector.All)
            ? partition.Groups
            : [new(TensorSelector.All, Rule)];
        return this with { Rule = new Partition([.. groups.SkipLast(1), new(tensors, change(groups[^1].Rule)), groups[^1]]) };
    }

    /// <summary>No weight decay on parameters of some names; see <see cref="DecayExemption.NoDecayOn(Optim.Rule, string[])"/>.</summary>
    /// <param name="patterns">The names: <c>*.bias</c>.</param>
    /// <exception cref="ArgumentException">No part of the rule has a weight decay.</exception>
    public OptimizerBuilder WithoutDecayOn(params string[] patterns) => this with { Rule = Rule.NoDecayOn(patterns) };

    /// <summary>Before all so far: the gradients' norm over all parameters is at most this; see <see cref="ClipByGlobalNorm"/>.</summary>
    /// <param name="maxNorm">More than 0.</param>
    public OptimizerBuilder ClipGradientNorm(Schedule maxNorm) => After(new ClipByGlobalNorm(maxNorm));

    /// <summary>Before all so far: each element of the gradients is within plus and minus this; see <see cref="ClipByValue"/>.</summary>
    /// <param name="clipValue">More than 0.</param>
    public OptimizerBuilder ClipGradientValue(Schedule clipValue) => After(new ClipByValue(clipValue));

    /// <summary>Before all so far: another rule.</summary>
    /// <param name="first">Sees the gradients, and gives its update on.</param>
    public OptimizerBuilder After(Rule first)
    {
        ArgumentNullException.ThrowIfNull(first);
        return this with { Rule = first.Then(Rule) };
    }

    /// <summary>One step of all so far for several gradients, with their mean; see <see cref="Optim.Accumulate"/>.</summary>
    /// <param name="steps">How many gradients; 1 or more.</param>
    public OptimizerBuilder Accumulate(int steps) => Within(rule => new Accumulate(rule, steps));

    /// <summary>No step on gradients that are not finite; see <see cref="ApplyIfFinite"/>.</summary>
    public OptimizerBuilder SkipNonFinite() => Within(rule => new ApplyIfFinite(rule));

    /// <summary>A moving average of the parameters to evaluate the model with; see <see cref="ParameterEma"/>.</summary>
    /// <param name="decay">In [0, 1).</param>
    public OptimizerBuilder AverageParameters(Schedule decay) => Within(rule => new ParameterEma(rule) { Decay = decay });

    /// <summary>Another rule around all so far.</summary>
    /// <param name="around">From the rule so far to the one around it: <c>rule => new Lookahead(rule)</c>.</param>
    public OptimizerBuilder Within(Func<Rule, Rule> around)
    {
        ArgumentNullException.ThrowIfNull(around);
        return this with { Rule = around(Rule) };
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
}
