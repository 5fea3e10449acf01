using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Optim.Execution;
using Optim.Tensors;

namespace Optim;

/// <summary>
/// What to do with a gradient, as data: an immutable record of hyperparameters, compared by value, free of arrays and of element types.
/// </summary>
/// <remarks>
/// A rule turns a gradient into an update, and <see cref="Optimizer"/> subtracts that update from the parameters; so a rule without a learning rate still
/// descends. Rules compose with <see cref="Then"/>. To write one, derive a record, declare its slots, and override <see cref="Prepare{T}"/>.
/// </remarks>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields)]
public abstract record Rule
{
    /// <summary>This rule, then another on its update.</summary>
    /// <param name="next">Receives this rule's update as its gradient.</param>
    public Rule Then(Rule next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new Chain(this, next);
    }

    /// <summary>The same rule with another value of a hyperparameter, its own or of a rule inside it.</summary>
    /// <remarks>
    /// <c>LearningRate</c> and <c>WeightDecay</c>, by these names alone, are every one in the rule, those of rules inside and of fallbacks included: the rule's own takes the value (where it has none, the first that is
    /// not 0), and the others change so that their ratios to it stay. <see cref="HyperparameterChanges.ChangesFrom"/> says which were changed.
    /// </remarks>
    /// <param name="path">Where it is, as <see cref="OptimizerState{T}.Hyperparameters"/> names it: <c>Beta1</c>, <c>group[0].LearningRate</c>; or, where
    /// no hyperparameter has that very path, how it ends: in a chain or a wrapper <c>Beta1</c> is every one inside. With a dot in front, <c>.LearningRate</c>, it is the one of that path alone.</param>
    /// <param name="value">The value; a number or a schedule.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter (the message lists them), it takes no schedule, or the ratio of two rates is not a number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of its range.</exception>
    public Rule Adjust(string path, Schedule value)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(value);
        return RuleTree.Adjusted(this, path, value);
    }

    /// <summary>The same rule with another number for a hyperparameter; see <see cref="Adjust(string, Schedule)"/>.</summary>
    /// <param name="path">Where it is, or how its path ends.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter (the message lists them), or the ratio of two rates is not a number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of its range.</exception>
    public Rule Adjust(string path, double value) => Adjust(path, Schedule.Constant(value));

    /// <summary>The same rule with every <c>LearningRate</c> in it, its own and those of rules inside, times a factor.</summary>
    /// <param name="factor">The factor; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not finite.</exception>
    public Rule ScaleLearningRates(double factor) => factor == 1 ? this : RuleTree.AtScaledRates(this, Constraint.Finite.Check(factor, nameof(factor)));

    /// <summary>Every number among the rule's hyperparameters in force at a step, by path, as <see cref="OptimizerState{T}.Hyperparameters"/> has it: what a schedule will do, without a run.</summary>
    /// <param name="step">The number of steps taken; 0 or more.</param>
    /// <remarks>What depends on the losses of a run is as before the first of them.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public IReadOnlyDictionary<string, double> HyperparametersAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return RuleTree.Values(this, step, [.. AllScalars().Select(scalar => scalar.Initial)]);
    }

    /// <summary>The slots the rule keeps, in the order in which <see cref="Prepare{T}"/> uses them. None by default.</summary>
    public virtual IReadOnlyList<SlotDeclaration> DeclareSlots() => [];

    /// <summary>How many slots there are. Rules made of others add: a file can ask for billions, and to list them is to have them.</summary>
    internal virtual long CountSlots() => DeclareSlots().Count;

    /// <summary>The scalars the rule keeps, those of the rules inside it (all of theirs) before its own. None by default.</summary>
    public virtual IReadOnlyList<ScalarDeclaration> DeclareScalars() => [];

    /// <summary>The rules inside this one, in the order in which <see cref="DeclareScalars"/> names their scalars. None by default.</summary>
    public virtual IReadOnlyList<InnerRule> DeclareInner() => [];

    /// <summary>This rule with other rules inside.</summary>
    /// <param name="rules">As many as <see cref="DeclareInner"/> names, in that order.</param>
    public virtual Rule ReplaceInner(IReadOnlyList<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return this;
    }

    /// <summary>How many steps the rules inside have taken; by default as many as this one.</summary>
    /// <param name="clock">The number of steps this rule has taken.</param>
    /// <param name="scalar">This rule's scalars, by name.</param>
    public virtual long InnerClock(long clock, Func<string, double> scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        return clock;
    }

    /// <summary>By how many steps the rule's own schedules go; by default by those it has taken.</summary>
    /// <param name="clock">The number of steps this rule has taken.</param>
    /// <param name="scalar">This rule's scalars, by name.</param>
    internal virtual long ScheduleClock(long clock, Func<string, double> scalar) => clock;

    /// <summary>The same rule, what it takes its learning rate to be relative to written down, so that scaling the rate does not scale it too.</summary>
    internal virtual Rule WithReferencesFixed() => this;

    /// <summary>What the learning rates of the rules inside are multiplied by.</summary>
    /// <param name="scalar">This rule's scalars, by name.</param>
    internal virtual double InnerRateFactor(Func<string, double> scalar) => 1;

    /// <summary>The gradients that wait for a step of the rule, and how many more the step count is short of it: what <see cref="Optimizer.Flush{T}"/> steps on. None for a rule that steps on every gradient.</summary>
    /// <param name="clock">The rule's clock.</param>
    /// <param name="scalars">All its scalars.</param>
    internal virtual (long Gathered, long Missing) PendingAt(long clock, ReadOnlySpan<double> scalars) => default;

    /// <summary>All scalars that a state keeps for the rule: those it declares, then those of its schedules.</summary>
    public IReadOnlyList<ScalarDeclaration> AllScalars() => RuleTree.AllScalars(this);

    /// <summary>What the rule is to the rules around, before and behind it; by default one that goes with any other.</summary>
    public virtual Composition DeclareComposition() => Composition.Free;

    /// <summary>Refuses hyperparameters that do not go together, each of which alone was checked when it was set; by default what the rules inside refuse, and rules that do not go together (<see cref="Composition"/>).</summary>
    /// <exception cref="ArgumentException">Two hyperparameters contradict each other, or two rules do.</exception>
    public virtual void Validate()
    {
        foreach (var inner in DeclareInner())
        {
            inner.Rule.Validate();
        }

        Refusal.Require(this);
    }

    /// <summary>Refuses parameters that the rule cannot step on; by default what the rules inside refuse.</summary>
    /// <param name="layout">The parameters' layout.</param>
    /// <exception cref="ArgumentException">The rule does not know what to do with a tensor; the message names it.</exception>
    public virtual void ValidateFor(Layout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        foreach (var inner in DeclareInner())
        {
            inner.Rule.ValidateFor(layout);
        }
    }

    /// <summary>Hyperparameters that the rule has by name rather than as properties.</summary>
    internal virtual IReadOnlyList<RuleNumber> NamedNumbers => [];

    /// <summary>The selectors that say which tensors the rule, or one inside it, is for.</summary>
    internal virtual IReadOnlyList<TensorSelector> Selectors => [];

    /// <summary>This rule for a run on these parameters, its selectors asked.</summary>
    /// <exception cref="ArgumentException">It is inconsistent, or does not go with the parameters.</exception>
    internal Rule ForRunOn<T>(Layout layout)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Validate();
        ValidateFor(layout);
        SinglePrecision.Require<T>(this);
        RequireSelectorsFit(layout);
        return this.AskedFor(layout);
    }

    /// <summary>Refuses parameters of which a selector, here or inside, fits none: at the beginning of a run, and where it goes on with another rule.</summary>
    /// <exception cref="ArgumentException">A selector fits no tensor; the message has the nearest names.</exception>
    internal void RequireSelectorsFit(Layout layout)
    {
        foreach (var selector in Selectors)
        {
            selector.RequireFit(GetType().Name, layout);
        }

        foreach (var inner in DeclareInner())
        {
            inner.Rule.RequireSelectorsFit(layout);
        }
    }

    /// <summary>
    /// Whether the rule leaves out its <c>WeightDecay</c> on the tensors that <see cref="DecayExemption"/> exempts: it decays by <see cref="Plan{T}.ApplyDecay"/>, or asks
    /// <see cref="TensorStepContext{T}.Decays"/>. The rules of the library do. False by default for others: two rules are made of them then, each with its own numbers over its own tensors.
    /// </summary>
    public virtual bool DecaysByTensor() => GetType().Assembly == typeof(Rule).Assembly;

    /// <summary>
    /// Whether what the rule does with a tensor depends on how many steps it has taken, its schedules apart: a bias that it corrects by the step, a first step unlike the others, numbers that it keeps. A tensor
    /// that joins late gets a clock of its own then (<see cref="LateTensors"/>). True by default; a rule inside which there are others answers for none of them.
    /// </summary>
    public virtual bool CountsSteps() => true;

    /// <summary>Why none of the rule's tensors can have a clock of its own from a step on, as one that joins late has: a clause that ends a sentence. Empty, the default, where each can.</summary>
    /// <param name="clock">The steps that the rule has taken.</param>
    internal virtual string WhyOneClock(long clock) => "";

    /// <summary>Whether the paths of hyperparameters inside it name it. Not where a state puts a rule around parts of its own accord: a path leads to the same before and after.</summary>
    internal virtual bool IsInPaths => true;

    /// <summary>Which tensors a rule inside this one sees; null for all.</summary>
    /// <param name="index">Which of the rules that <see cref="DeclareInner"/> names.</param>
    internal virtual Func<TensorShape, bool>? SeenInside(int index) => null;

    /// <summary>This rule, not those inside it, with other selectors.</summary>
    /// <param name="change">From each of <see cref="Selectors"/> to the other.</param>
    internal virtual Rule WithSelectors(Func<TensorSelector, TensorSelector> change) => this;

    /// <summary>The same rule, the functions among its selectors asked about these tensors now and never again: a state keeps the answers, by which its slots were laid out.</summary>
    /// <param name="layout">The tensors.</param>
    /// <param name="ranks">Whether selectors by rank are asked too: for layouts in which the tensors have other shapes.</param>
    internal Rule AskedFor(Layout layout, bool ranks = false)
    {
        var inner = DeclareInner();
        Rule[] asked = [.. inner.Select(i => i.Rule.AskedFor(layout, ranks))];
        var rule = inner.Zip(asked).All(pair => ReferenceEquals(pair.First.Rule, pair.Second)) ? this : ReplaceInner(asked);
        return rule.Selectors.Any(selector => ranks ? selector.Form.AsksShape : selector.AsksFunction) ? rule.WithSelectors(selector => selector.AskedFor(layout, ranks)) : rule;
    }

    /// <summary>Writes the rule's formulas at one step into the plan, with their scalars computed in double.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="plan">The step's plan: the clock, the inputs, the scalars; it takes the formulas.</param>
    public abstract void Prepare<T>(Plan<T> plan)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>What the rule, or one inside it, minimizes beside the objective: bounds, a penalty; null where there is nothing.</summary>
    /// <exception cref="ArgumentException">There are bounds for another number of elements.</exception>
    internal virtual INonsmoothTerm<T>? NonsmoothTermOf<T>(Layout layout)
        where T : unmanaged, IFloatingPointIeee754<T> => DeclareInner().Select(inner => inner.Rule.NonsmoothTermOf<T>(layout)).FirstOrDefault(term => term is not null);

    /// <summary>The parameters to evaluate a model with; for most rules the iterate itself.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">What this rule sees of the state.</param>
    public virtual TensorSet<T> EvaluationParameters<T>(StateView<T> state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Parameters;
    }

    /// <summary>Whether both are of one kind and hold the same. A class that derives from this one without being a record, as in F#, is compared by its fields.</summary>
    /// <param name="other">Another rule.</param>
    public virtual bool Equals(Rule? other) => ReferenceEquals(this, other)
        || (other is not null && EqualityContract == other.EqualityContract && SubclassFields.Equal(this, other, EqualityContract));

    /// <inheritdoc/>
    public override int GetHashCode() => SubclassFields.Hash(this, EqualityContract);

    internal Rule Copy() => this with { };

    /// <summary>The rule's name and its hyperparameters, numbers in the invariant culture.</summary>
    public sealed override string ToString() => InvariantText.Of(GetType().Name, PrintMembers);
}
