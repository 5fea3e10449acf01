using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;
using Optim.Tensors;

namespace Optim.Execution;

/// <summary>
/// What one step will do: the formulas of all rules in order, with their scalars at this step's clock, cut where a norm must be known.
/// A rule writes itself into the plan; nothing is computed on tensors until the plan is whole.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Func<TensorSet<T>>? gather;
    private StepInputs<T> inputs;
    private double[] scalars;
    private List<object> items = new(4);
    private TensorSet<T>? parameters;
    private bool mayThrow;
    private double[]? newScalars;
    private IReadOnlyList<ScalarDeclaration> scope = [];
    private int scopeStart;
    private int nextScalar;

    internal Plan(long clock, TensorSet<T> parameters, StepInputs<T> inputs, double[] scalars)
        : this(clock, parameters.Layout, inputs, scalars) => this.parameters = parameters;

    private Plan(long clock, Layout layout, StepInputs<T> inputs, double[] scalars, Func<TensorSet<T>>? gather = null)
    {
        Clock = clock;
        Layout = layout;
        Loss = inputs.Loss;
        this.inputs = inputs;
        this.scalars = scalars;
        this.gather = gather;
    }

    /// <summary>The number of steps that the rule being prepared has taken before this one: where schedules are evaluated.</summary>
    public long Clock { get; private set; }

    /// <summary>The parameters' layout.</summary>
    public Layout Layout { get; }

    /// <summary>This step's number, from 1: what bias corrections are raised to.</summary>
    public long Step => Clock + 1;

    /// <summary>The loss at the parameters, where it was given.</summary>
    public double? Loss { get; private set; }

    /// <summary>An estimate of the Hessian's diagonal, where it was given.</summary>
    public TensorSet<T>? HessianDiagonal => inputs.HessianDiagonal;

    /// <summary>The flat positions, in each tensor, of the elements that carry a gradient, by the tensor's name; null where every element does.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>>? SparseIndices => inputs.SparseIndices;

    /// <summary>The parameters before this step.</summary>
    public TensorSet<T> Parameters => parameters ??= gather!();

    /// <summary>Whether this is no gradient's step, but one on the gradients that have been gathered and not stepped on yet.</summary>
    internal bool Flushes => inputs.Flushes;

    internal IReadOnlyList<object> Items => items;

    /// <summary>The slots claimed so far, by all rules.</summary>
    internal int ClaimedSlots { get; private set; }

    /// <summary>Whether a failure could come after slots have been written, so that they must not be written in place.</summary>
    internal bool CanFailMidway { get; private set; }

    /// <summary>Whether the update may be needed whole, in memory of its own.</summary>
    internal bool NeedsWholeUpdate { get; private set; }

    /// <summary>Whether the last formula's result is the new parameters.</summary>
    internal bool PlacesParameters { get; private set; }

    /// <summary>Slots that no formula writes at this step; null when there are none.</summary>
    internal List<int>? IdleSlots { get; private set; }

    internal double[] NewScalars => newScalars ?? scalars;

    /// <summary>Appends a formula. Its slots are the next ones that the rule declared.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula, its scalars already those of this step.</param>
    public void Apply<F>(F formula)
        where F : struct, IFormula<T>
    {
        EndPlacing();
        items.Add(StageCache<T>.Take(cache, formula, Claim(F.SlotCount)));
    }

    /// <summary>Appends a formula whose result is the new parameter itself rather than an update. What follows receives the difference as its update.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula, its scalars already those of this step.</param>
    public void Place<F>(F formula)
        where F : struct, IFormula<T>
    {
        Apply(formula);
        PlacesParameters = true;
    }

    /// <summary>Appends a formula that receives, in the update's place, the new parameter that all before it leads to, and returns another one.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula, its scalars already those of this step.</param>
    public void Relocate<F>(F formula)
        where F : struct, IFormula<T>
    {
        BeginRelocation();
        Place(formula);
    }

    /// <summary>
    /// Appends work that receives, in the update's place, the new parameters that all before it leads to, whole, and leaves others:
    /// projections. What <see cref="Whole{T}.Update"/> is after it, the formulas put off included, are the new parameters.
    /// </summary>
    /// <param name="slotCount">How many of the rule's slots, the next ones that it declared, are the work's own.</param>
    /// <param name="work">The work. It may set scalars of the plan.</param>
    /// <param name="mayThrow">Whether it may throw. If so, no slot is written in place, so that a failed step leaves no trace.</param>
    public void RelocateWhole(int slotCount, Action<Whole<T>> work, bool mayThrow = true)
    {
        BeginRelocation();
        ApplyWhole(slotCount, work, mayThrow);
        PlacesParameters = true;
    }

    /// <summary>Appends all that another rule does, its scalars found in its own scope.</summary>
    /// <param name="rule">The rule. The rule that calls this declares the other's slots and scalars in the same order, and before its own.</param>
    public void Prepare(Rule rule) => Prepare(rule, Clock, Loss);

    /// <summary>Appends all that another rule does, by a clock and with a loss of its own.</summary>
    /// <param name="rule">The rule. The rule that calls this declares the other's slots and scalars in the same order, and before its own.</param>
    /// <param name="clock">The number of steps that the other rule has taken; what <see cref="Rule.InnerClock"/> answers.</param>
    /// <param name="loss">The loss it is given.</param>
    public void Prepare(Rule rule, long clock, double? loss)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var outer = (scope, scopeStart, Clock, Loss);
        (Clock, Loss) = (clock, loss);
        if (scalars.Length > 0)
        {
            scope = rule.AllScalars();
            scopeStart = nextScalar;
        }

        (scope.Count > 0 ? Resolved(rule) : rule).Prepare(this);
        nextScalar = scopeStart + scope.Count;
        (scope, scopeStart, Clock, Loss) = outer;
    }

    /// <summary>Passes over a rule that does not step now: its slots and scalars stay as they are.</summary>
    /// <param name="rule">The rule.</param>
    public void Leave(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        LeaveSlots(RuleTree.SlotCount(rule));
        nextScalar += rule.AllScalars().Count;
    }

    /// <summary>Appends a formula that depends on a norm of the update as it arrives there, over all tensors.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="normType">The norm's order: a whole number of 1 or more, or infinity.</param>
    /// <param name="formula">From the norm to the formula; null leaves the update as it is (a formula with slots must not be null).</param>
    /// <param name="mayThrow">Whether the function may throw. If so, slots before it are never written in place, so that a failed step leaves no trace.</param>
    public void ApplyAfterNorm<F>(double normType, Func<double, F?> formula, bool mayThrow = true)
        where F : struct, IFormula<T>
    {
        ArgumentNullException.ThrowIfNull(formula);
        GlobalNorm.CheckType(normType);
        AppendWork(
            F.SlotCount,
            needsUpdate: false,
            mayThrow || F.SlotCount > 0,
            whole =>
            {
                if (formula(whole.GlobalNorm(normType)) is { } resolved)
                {
                    whole.Then(resolved);
                }
                else if (F.SlotCount > 0)
                {
                    throw new InvalidOperationException($"{typeof(F).Name} keeps slots, which nothing else writes: after a norm it must not be null.");
                }
            });
    }

    /// <summary>
    /// Appends work that must see whole tensors: norms of each tensor, sums over all, matrices, evaluations of the objective. All formulas
    /// before it have run by then.
    /// </summary>
    /// <param name="slotCount">How many of the rule's slots, the next ones that it declared, are the work's own.</param>
    /// <param name="work">The work. It may set scalars of the plan.</param>
    /// <param name="mayThrow">Whether it may throw. If so, no slot is written in place, so that a failed step leaves no trace.</param>
    public void ApplyWhole(int slotCount, Action<Whole<T>> work, bool mayThrow = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slotCount);
        ArgumentNullException.ThrowIfNull(work);
        AppendWork(slotCount, needsUpdate: true, mayThrow, work);
    }

    /// <summary>Appends what makes elements of the update smaller, so that a <see cref="StepReport"/> can say how many it did. Without a report it costs nothing.</summary>
    /// <param name="prepare">Appends it.</param>
    public void ObserveClipping(Action prepare)
    {
        ArgumentNullException.ThrowIfNull(prepare);
        if (inputs.Clips is not { } record)
        {
            prepare();
            return;
        }

        T[] before = [];
        ApplyWhole(0, whole => before = whole.Update.ToArray(), mayThrow: false);
        prepare();
        ApplyWhole(0, whole => record.Compare<T>(before, whole.Update), mayThrow: false);
    }

    /// <summary>Passes over slots that the rule declared and does not use at this step; they stay as they are.</summary>
    /// <param name="count">How many.</param>
    public void LeaveSlots(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        for (int slot = Claim(count); slot < ClaimedSlots; slot++)
        {
            (IdleSlots ??= []).Add(slot);
        }
    }

    /// <summary>A scalar by its place among those of the rule being prepared, for rules that move scalars whose names they do not know.</summary>
    internal double ScalarAt(int index) => scalars[scopeStart + index];

    /// <summary>Sets what <see cref="ScalarAt"/> reads.</summary>
    internal void SetScalarAt(int index, double value) => NumbersToWrite()[scopeStart + index] = value;

    /// <summary>The loss, for a rule that cannot do without.</summary>
    /// <param name="rule">The rule's name, for the error.</param>
    /// <exception cref="ArgumentException">The step was not given the loss.</exception>
    public double RequireLoss(string rule) => Loss
        ?? throw new ArgumentException($"{rule} needs the loss at each step: Step(state, gradient, loss: ...).", "loss");

    /// <summary>The Hessian's diagonal, for a rule that cannot do without.</summary>
    /// <param name="rule">The rule's name, for the error.</param>
    /// <exception cref="ArgumentException">The step was not given it.</exception>
    public TensorSet<T> RequireHessianDiagonal(string rule) => HessianDiagonal
        ?? throw new ArgumentException($"{rule} needs the Hessian's diagonal at this step: Step(state, gradient, hessianDiagonal: ...).", "hessianDiagonal");

    /// <summary>A scalar of the state before this step.</summary>
    /// <param name="name">The name the rule declared.</param>
    public double Scalar(string name) => scalars[ScalarIndex(name)];

    /// <summary>Sets a scalar of the state after this step.</summary>
    /// <param name="name">The name the rule declared.</param>
    /// <param name="value">The new value.</param>
    public void SetScalar(string name, double value) => NumbersToWrite()[ScalarIndex(name)] = value;

    /// <summary>The objective, for a rule that evaluates it itself. What it returns is checked; what it is given is valid until the step ends.</summary>
    /// <param name="rule">The rule's name, for the error.</param>
    /// <exception cref="ArgumentException">The step was not given it.</exception>
    public Func<TensorSet<T>, Tuple<double, TensorSet<T>>> RequireObjective(string rule)
    {
        var objective = inputs.Objective ?? throw new ArgumentException(
            $"{rule} evaluates the objective itself: Optimizer.StepOn(state, objective), or Step(state, gradient, objective: ...).", "objective");
        return parameters => StepInputs<T>.Checked(objective(parameters), Layout);
    }

    /// <summary>The rule with its schedules that depend on the loss at their values.</summary>
    private Rule Resolved(Rule rule) => scope[^1].IsOfSchedule ? RuleTree.Resolved(rule, Clock, new InState(this, scopeStart)) : rule;

    private int ScalarIndex(string name)
    {
        int i = ScalarDeclaration.Find(scope, name);
        return i >= 0 ? scopeStart + i : throw new InvalidOperationException($"No rule declares a scalar '{name}'.");
    }

    private void AppendWork(int slotCount, bool needsUpdate, bool mayThrow, Action<Whole<T>> work)
    {
        EndPlacing();
        NeedsWholeUpdate |= needsUpdate || items.Count > 0;
        items.Add(new WholeWork<T>(Claim(slotCount), slotCount, scalars.Length == 0 ? work : InScope(work)));
        MayFail(mayThrow);
    }

    private void MayFail(bool here)
    {
        mayThrow |= here;
        CanFailMidway |= here && ClaimedSlots > 0;
    }

    /// <summary>The work, which runs when all rules have been prepared, in the scope of the rule that asked for it.</summary>
    private Action<Whole<T>> InScope(Action<Whole<T>> work)
    {
        var own = (scope, scopeStart, Clock, Loss);
        return whole =>
        {
            (scope, scopeStart, Clock, Loss) = own;
            work(whole);
        };
    }

    /// <summary>Makes the new parameter, in the update's place, of what is there.</summary>
    private void BeginRelocation()
    {
        if (!PlacesParameters)
        {
            items.Add(StageCache<T>.Take(cache, default(DisplacementFormula<T>), ClaimedSlots));
        }

        PlacesParameters = false;
    }

    private void EndPlacing()
    {
        if (PlacesParameters)
        {
            PlacesParameters = false;
            items.Add(StageCache<T>.Take(cache, default(DisplacementFormula<T>), ClaimedSlots));
        }
    }

    private int Claim(int count)
    {
        int first = ClaimedSlots;
        ClaimedSlots += count;
        return first;
    }

    /// <summary>A rule's scalars during a step.</summary>
    private sealed class InState(Plan<T> plan, int first) : ScheduleScalars
    {
        public override double? Loss { get; } = plan.Loss;

        public override double this[int index]
        {
            get => plan.scalars[first + index];
            set => plan.NumbersToWrite()[first + index] = value;
        }
    }
}

/// <summary>From an update to the parameter it leads to, <c>x = p - u</c>, and back, <c>u = p - x</c>.</summary>
internal readonly struct DisplacementFormula<T> : IFormula<T>
    where T : unmanaged
{
    public static int SlotCount => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => parameter - update;
}
