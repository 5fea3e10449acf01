using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using Optim.Execution;
using Optim.LinearAlgebra;

namespace Optim;

/// <summary>
/// The complete state of an optimizer between two steps: the rule, one step counter, the parameters, named slots and named scalars.
/// </summary>
/// <remarks>
/// Immutable and thread-safe. Every optimizer has this same state. Equality is by value, down to the bits.
/// Every access to a donated state (see <see cref="Donate"/>) throws once its successor exists.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class OptimizerState<T> : IEquatable<OptimizerState<T>>, IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Rule rule;
    private readonly StateNames names;
    private readonly TensorSet<T> parameters;
    private readonly SlotBank<T> slots;
    private readonly double[] scalars;
    private readonly Engine engine;
    private readonly Ownership ownership;
    private readonly PlanReserve<T> plans;

    private OptimizerState(
        Rule rule, StateNames names, long stepCount, TensorSet<T> parameters, SlotBank<T> slots, double[] scalars, Engine engine, Ownership ownership,
        PlanReserve<T> plans, bool donated)
    {
        this.rule = rule;
        this.names = names;
        this.parameters = parameters;
        this.slots = slots;
        this.scalars = scalars;
        this.ownership = ownership;
        this.plans = plans;
        StepCount = stepCount;
        this.engine = engine;
        IsDonated = donated;
    }

    /// <summary>The rule that the next step follows.</summary>
    public Rule Rule => rule;

    /// <summary>The number of steps taken.</summary>
    public long StepCount { get; }

    /// <summary>The maximum number of threads per step; small sets use fewer. The result has the same bits for any number. Default: one per processor.</summary>
    public int MaxThreads => engine.Threads;

    /// <summary>The backend of a step's arithmetic. Default: <see cref="Backend.Simd"/>.</summary>
    public Backend Backend => engine.Backend;

    /// <summary>Whether the next step may reuse this state's memory.</summary>
    public bool IsDonated { get; }

    /// <summary>The parameters, at which to compute the next gradient.</summary>
    public TensorSet<T> Parameters => Alive().parameters;

    /// <summary>The parameters for evaluating a model: the same as <see cref="Parameters"/> unless the rule says otherwise.</summary>
    public TensorSet<T> EvaluationParameters =>
        Whole(state => state.rule.EvaluationParameters(
            new StateView<T>(state.rule, state.parameters, [.. Enumerable.Range(0, state.slots.Count).Select(i => state.slots[i])], state.scalars, state.StepCount)));

    /// <summary>The rule's slots, by name: <c>exp_avg</c>, <c>momentum_buffer</c>, ...</summary>
    public IReadOnlyDictionary<string, TensorSet<T>> Slots
    {
        get
        {
            var bank = Alive().slots;
            return new NamedValues<TensorSet<T>>(names.Slots, i => bank[i]);
        }
    }

    /// <summary>The rule's scalars, by name.</summary>
    public IReadOnlyDictionary<string, double> Scalars
    {
        get
        {
            var values = Alive().scalars;
            return new NamedValues<double>(names.Scalars, i => values[i]);
        }
    }

    /// <summary>
    /// The numeric hyperparameters that the next step will use, with schedules evaluated at its clock, by path: <c>LearningRate</c>; in a chain
    /// <c>rules[1].LearningRate</c>, in a wrapper <c>inner.LearningRate</c>, in parameter groups <c>group[0].LearningRate</c>.
    /// </summary>
    /// <remarks>Rules inside a wrapper are evaluated at their own clock. Values that depend on the loss are as of the last loss; the next step's loss may change them.</remarks>
    public IReadOnlyDictionary<string, double> Hyperparameters => RuleTree.Values(Alive().rule, StepCount, scalars);

    /// <summary>The same state with another value of a hyperparameter; see <see cref="Rule.Adjust(string, Schedule)"/>.</summary>
    /// <param name="path">Its path, or the end of it.</param>
    /// <param name="value">The value; a number or a schedule.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, the value is invalid, or with it the rule would have other slots or scalars.</exception>
    public OptimizerState<T> Adjust(string path, Schedule value) => WithRule(Alive().rule.Adjust(path, value));

    /// <summary>The same state with another number for a hyperparameter; see <see cref="Rule.Adjust(string, double)"/>.</summary>
    /// <param name="path">Its path, or the end of it.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, the value is invalid, or with it the rule would have other slots or scalars.</exception>
    public OptimizerState<T> Adjust(string path, double value) => Adjust(path, Schedule.Constant(value));

    /// <summary>
    /// The same state, whose memory the next step may reuse. Once that step has succeeded, this state and every view of it
    /// throw an <see cref="InvalidOperationException"/> on access; if it fails, nothing has changed. Spans taken earlier are not
    /// guarded. Memory shared with other live values is copied, not reused.
    /// </summary>
    public OptimizerState<T> Donate()
    {
        Alive();
        return new(rule, names, StepCount, parameters, slots, scalars, engine, ownership, plans, donated: true);
    }

    /// <summary>The same state with another maximum number of threads.</summary>
    /// <param name="maxThreads">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public OptimizerState<T> WithMaxThreads(int maxThreads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxThreads, 1);
        return Sharing(rule, engine.WithThreads(maxThreads));
    }

    /// <summary>The same state with another backend, which does not affect equality and is not saved.</summary>
    /// <param name="backend">The backend. Intel MKL is loaded if necessary.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such backend.</exception>
    /// <exception cref="InvalidOperationException">Intel MKL is needed and not available; the message has the reason.</exception>
    public OptimizerState<T> WithBackend(Backend backend) => Sharing(rule, engine.WithBackend(backend));

    /// <summary>The same state with another rule with the same slots and scalars, usually with other hyperparameters. Tensors that joined late keep their clocks (<see cref="LateTensors"/>).</summary>
    /// <param name="value">The rule.</param>
    /// <exception cref="ArgumentException">The rule keeps other slots or scalars, or its hyperparameters are inconsistent.</exception>
    public OptimizerState<T> WithRule(Rule value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Sharing(names.Fitting<T>(LateJoin.KeepingClocks(value, Alive().rule), parameters.Layout, slots.Layouts), engine);
    }

    /// <summary>The same state with slots stored in another format between steps: fewer bytes to keep. The rule and its arithmetic stay as they are.</summary>
    /// <remarks>
    /// Values are rounded to nearest here, and as the format says by each step from then on. Works with any rule. Where formulas go through a slot element by element (Adam, AdamW, Lion, SGD, most others), a step reads and writes it in the format, block by block:
    /// other slots (of matrices, of norms of each tensor, of groups) are read whole before a step and written whole after it. What either costs in time: <c>docs/performance.md</c>. Same inputs, same bits, as ever. <see cref="Slots"/> gives values, rounded as they are.
    /// </remarks>
    /// <param name="format">The format; <see cref="SlotFormat.Full"/> to go back.</param>
    /// <param name="names">Which slots, by name (<c>exp_avg</c>); none, the default, for all that are laid out as the parameters.</param>
    /// <exception cref="ArgumentException">There is no slot of a name; the message lists those there are.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public OptimizerState<T> WithSlotFormat(SlotFormat format, params string[] names)
    {
        Alive();
        return InFormats(Execution.SlotFormats.After(format, names, this.names.Slots, slots.Layouts.Span, parameters.Layout, slots.Formats.Span));
    }

    /// <summary>The same state with several slots in formats of their own: those of <see cref="SlotFormats"/>, of a state whose slots have the same names. Values are rounded to nearest; see <see cref="WithSlotFormat"/>.</summary>
    /// <param name="formats">The formats, by the slots' names (<c>exp_avg</c>). Slots that it does not name keep theirs; of none, the state is the same.</param>
    /// <exception cref="ArgumentException">There is no slot of a name; the message lists those there are.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public OptimizerState<T> WithSlotFormats(IReadOnlyDictionary<string, SlotFormat> formats)
    {
        ArgumentNullException.ThrowIfNull(formats);
        Alive();
        return InFormats(Execution.SlotFormats.After(formats, names.Slots, slots.Formats.Span));
    }

    /// <summary>How each slot is stored, by name.</summary>
    public IReadOnlyDictionary<string, SlotFormat> SlotFormats
    {
        get
        {
            var formats = Alive().slots.Formats;
            return new NamedValues<SlotFormat>(names.Slots, i => formats.Span[i]);
        }
    }

    /// <summary>Ends this state and releases its memory at once, instead of on garbage collection. Never required; must not be called while another thread uses the state.</summary>
    public void Dispose()
    {
        if (ownership.TryEnd())
        {
            parameters.Storage.Release();
            slots.Release();
        }
    }

    /// <inheritdoc/>
    public bool Equals(OptimizerState<T>? other) =>
        ReferenceEquals(this, other)
        || (other is not null && StepCount == other.StepCount && rule.Equals(other.rule) && names.Equals(other.names)
            && Whole(own => other.Whole(theirs => own.parameters.Equals(theirs.parameters)
                && own.slots.Formats.Span.SequenceEqual(theirs.slots.Formats.Span) && Enumerable.Range(0, own.slots.Count).All(i => own.slots[i].Equals(theirs.slots[i])) && own.scalars.AsSpan().SequenceEqual(theirs.scalars))));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OptimizerState<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(StepCount, rule, Alive().parameters);

    /// <summary>The rule, the step, the parameters and the names of slots and scalars.</summary>
    public override string ToString() => ownership.Ended
        ? "OptimizerState (donated)"
        : string.Create(CultureInfo.InvariantCulture, $"{rule} after {StepCount} steps, keeping {names}; {parameters}");

    internal static OptimizerState<T> Initial(Rule rule, TensorSet<T> parameters)
    {
        rule = rule.ForRunOn<T>(parameters.Layout);
        var names = StateNames.Of(rule);
        double[] scalars = [.. rule.AllScalars().Select(s => s.Initial)];
        parameters.Storage.Share();
        return new(
            rule, names, 0, parameters, SlotBank<T>.Initial(parameters, rule.DeclareSlots()), scalars, new Engine(Environment.ProcessorCount), new(), new(), donated: false);
    }

    internal static OptimizerState<T> Restored(
        Rule rule, long stepCount, TensorSet<T> parameters, IReadOnlyDictionary<string, TensorSet<T>> slots, IReadOnlyDictionary<string, double> scalars)
    {
        rule.Validate();
        rule.ValidateFor(parameters.Layout);
        SinglePrecision.Require<T>(rule);
        ArgumentOutOfRangeException.ThrowIfNegative(stepCount);
        rule = rule.AskedFor(parameters.Layout);
        var names = StateNames.Of(rule);
        names.RequireExactly(slots.Keys, scalars.Keys);
        foreach (var (name, declaration) in names.Slots.Zip(rule.DeclareSlots()))
        {
            var expected = declaration.LayoutFor(parameters.Layout);
            if (!slots[name].Layout.Equals(expected))
            {
                throw new ArgumentException(
                    $"Slot '{name}' must have the rule's layout for the parameters; {Layout.Difference(expected, "the rule", slots[name].Layout, "the slot")}.", nameof(slots));
            }
        }

        foreach (var (name, declaration) in names.Scalars.Zip(rule.AllScalars()))
        {
            declaration.Require(scalars[name], stepCount);
        }

        parameters.Storage.Share();
        return new(
            rule, names, stepCount, parameters, SlotBank<T>.Copied([.. names.Slots.Select(name => slots[name])], rule.DeclareSlots()),
            [.. names.Scalars.Select(name => scalars[name])], new Engine(Environment.ProcessorCount), new(), new(), donated: false);
    }

    /// <summary>A state from its parts, taking ownership of their memory.</summary>
    internal static OptimizerState<T> Of(
        Rule rule, StateNames names, long stepCount, TensorSet<T> parameters, SlotBank<T> slots, double[] scalars, Engine engine) =>
        new(rule, names, stepCount, parameters, slots, scalars, engine, new(), new(), donated: false);

    /// <summary>The version of what is read here; see <see cref="RequireUnchanged"/>.</summary>
    internal int BeginReading() => ownership.Begin();

    /// <exception cref="InvalidOperationException">A step in this memory has begun since the version was asked for.</exception>
    internal void RequireUnchanged(int version) => ownership.RequireUnchanged(version);

    /// <summary>All slots, in declaration order.</summary>
    internal IReadOnlyList<TensorSet<T>> AllSlots => [.. Enumerable.Range(0, slots.Count).Select(i => Alive().slots[i])];

    /// <summary>All scalars, in declaration order.</summary>
    internal ReadOnlySpan<double> AllScalars => Alive().scalars;

    internal StateNames Names => names;

    /// <summary>The slots, in memory of their own and in their formats.</summary>
    internal SlotBank<T> CopySlots() => Alive().slots.WithFormats(slots.Formats.Span);

    internal ReadOnlyMemory<Layout> SlotLayouts => slots.Layouts;

    /// <summary>What is read of the state, as it was: not half of a step that another thread takes in its memory.</summary>
    private V Whole<V>(Func<OptimizerState<T>, V> read)
    {
        int version = ownership.Begin();
        var value = read(this);
        ownership.RequireUnchanged(version);
        return value;
    }

    private OptimizerState<T> InFormats(SlotFormat[] formats) => slots.Formats.Span.SequenceEqual(formats) ? Sharing(rule, engine) : Whole(state =>
    {
        state.parameters.Storage.Share();
        return new OptimizerState<T>(
            state.rule, state.names, state.StepCount, state.parameters, state.slots.WithFormats(formats), state.scalars, state.engine, new(), state.plans, donated: false);
    });

    private OptimizerState<T> Alive() => ownership.Ended ? throw ownership.Gone() : this;

    private OptimizerState<T> Sharing(Rule newRule, Engine newEngine)
    {
        int version = ownership.Begin();
        parameters.Storage.Share();
        slots.Share();
        ownership.RequireUnchanged(version);
        return new(newRule, names, StepCount, parameters, slots, scalars, newEngine, new(), plans, donated: false);
    }
}
