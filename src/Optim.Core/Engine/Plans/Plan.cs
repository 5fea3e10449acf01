using System.Numerics;
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
    /// <summary>The number of steps that the rule being prepared has taken before this one: where schedules are evaluated.</summary>
    public long Clock => scope.Clock;

    /// <summary>The parameters' layout.</summary>
    public Layout Layout { get; }

    /// <summary>The rule being prepared, as it was made: schedules that keep numbers are schedules still.</summary>
    internal Rule Rule => scope.Rule!;

    /// <summary>This step's number, from 1: what bias corrections are raised to.</summary>
    public long Step => scope.Clock + 1;

    /// <summary>The loss at the parameters, where it was given.</summary>
    public double? Loss => scope.Loss;

    /// <summary>An estimate of the Hessian's diagonal, where it was given.</summary>
    public TensorSet<T>? HessianDiagonal => inputs.HessianDiagonal;

    /// <summary>The flat positions, in each tensor, of the elements that carry a gradient, by the tensor's name; null where every element does.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>>? SparseIndices => inputs.SparseIndices;

    /// <summary>Whether the step is one on an objective, which then gave the loss.</summary>
    internal bool HasObjective => inputs.Objective is not null;

    /// <summary>Whether the objective may be evaluated again: the run has neither been cancelled nor used up its evaluations. A rule that asks ends its step in good order.</summary>
    internal Func<bool> MayGoOn => inputs.MayGoOn ?? Always;

    /// <summary>The parameters before this step.</summary>
    public TensorSet<T> Parameters => parameters ??= gather!();

    /// <summary>Appends a formula. Its slots are the next ones that the rule declared.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula, its scalars already those of this step.</param>
    public void Apply<F>(F formula)
        where F : struct, IFormula<T>
    {
        EndSetting();
        Append(formula, ClaimFor(formula));
    }

    /// <summary>Appends a formula whose result is the new parameter itself rather than an update. What follows receives the difference as its update.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula, its scalars already those of this step.</param>
    public void SetParameters<F>(F formula)
        where F : struct, IFormula<T>
    {
        Apply(formula);
        draft.SetsParameters = true;
    }

    /// <summary>Appends a formula that receives, in the update's place, the new parameter that all before it leads to, and returns another one.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula, its scalars already those of this step.</param>
    public void TransformParameters<F>(F formula)
        where F : struct, IFormula<T>
    {
        BeginTransforming();
        SetParameters(formula);
    }

    /// <summary>
    /// Appends work that receives, in the update's place, the new parameters that all before it leads to, whole, and leaves others:
    /// projections. What <see cref="TensorStepContext{T}.Update"/> is after it, the formulas put off included, are the new parameters.
    /// </summary>
    /// <param name="slotCount">How many of the rule's slots, the next ones that it declared, are the work's own.</param>
    /// <param name="work">The work.</param>
    /// <param name="mayThrow">Whether it may throw. If so, no slot is written in place, so that a failed step leaves no trace.</param>
    public void TransformParameters(int slotCount, Action<TensorStepContext<T>> work, bool mayThrow = true)
    {
        BeginTransforming();
        ApplyToTensors(slotCount, work, mayThrow);
        draft.SetsParameters = true;
    }

    /// <summary>
    /// Appends work that must see whole tensors: norms of each tensor, sums over all, matrices, evaluations of the objective. All formulas
    /// before it have run by then.
    /// </summary>
    /// <param name="slotCount">How many of the rule's slots, the next ones that it declared, are the work's own.</param>
    /// <param name="work">The work.</param>
    /// <param name="mayThrow">Whether it may throw. If so, no slot is written in place, so that a failed step leaves no trace.</param>
    public void ApplyToTensors(int slotCount, Action<TensorStepContext<T>> work, bool mayThrow = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slotCount);
        ArgumentNullException.ThrowIfNull(work);
        AppendWork(slotCount, changesUpdate: true, needsTensors: true, mayThrow, work);
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
            changesUpdate: false,
            needsTensors: false,
            mayThrow || F.SlotCount > 0,
            context =>
            {
                if (formula(context.GlobalNorm(normType)) is { } resolved)
                {
                    context.Then(resolved);
                }
                else if (F.SlotCount > 0)
                {
                    throw new InvalidOperationException($"{typeof(F).Name} keeps slots, which nothing else writes: after a norm it must not be null.");
                }
            });
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
        ApplyToTensors(0, context => before = context.Update.ToArray(), mayThrow: false);
        prepare();
        ApplyToTensors(0, context => record.Compare<T>(before, context.Update), mayThrow: false);
    }

    /// <summary>Appends all that another rule does, its scalars found in its own scope.</summary>
    /// <param name="rule">The rule. The rule that calls this declares the other's slots and scalars in the same order, and before its own.</param>
    public void Prepare(Rule rule) => Prepare(rule, Clock, Loss);

    /// <summary>Appends all that another rule does, and has it see the objective as it sees the gradient: for a rule that changes the gradient by what it can do to any evaluation.</summary>
    /// <param name="rule">The rule. The rule that calls this declares the other's slots and scalars in the same order, and before its own.</param>
    /// <param name="clock">The number of steps that the other rule has taken; what <see cref="Rule.InnerClock"/> answers.</param>
    /// <param name="loss">The loss it is given.</param>
    /// <param name="evaluation">From an evaluation of the objective, the loss and its gradient, to what the other rule is given of it.</param>
    public void Prepare(Rule rule, long clock, double? loss, Func<double, TensorSet<T>, Tuple<double, TensorSet<T>>> evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        var (outer, changedBy) = (objective, draft.ChangedBy);
        objective = outer is null ? null : (point, isTrial) =>
        {
            var (value, gradient) = outer(point, isTrial);
            return evaluation(value, gradient);
        };
        draft.ChangedBy = null;
        Prepare(rule, clock, loss);
        (objective, draft.ChangedBy) = (outer, changedBy ?? rule);
    }

    /// <summary>Appends all that another rule does, by a clock and with a loss of its own.</summary>
    /// <param name="rule">The rule. The rule that calls this declares the other's slots and scalars in the same order, and before its own.</param>
    /// <param name="clock">The number of steps that the other rule has taken; what <see cref="Rule.InnerClock"/> answers.</param>
    /// <param name="loss">The loss it is given.</param>
    public void Prepare(Rule rule, long clock, double? loss)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var (outer, changedBy) = (scope, draft.ChangedBy);
        scope = new(rule, clock, loss, draft.ScalarCount, outer.Exempt);
        var keeps = scalars.Length > 0 ? scope.Scalars : [];
        (keeps is [.., { IsOfSchedule: true }] ? RuleTree.Resolved(rule, clock, ScalarsOfSchedules()) : rule).Prepare(this);
        draft.ScalarCount = scope.FirstScalar + keeps.Count;
        scope = outer;
        if (changedBy is null && draft.ChangedBy is not null && objective is not null && rule.DeclareComposition().OnlyWatches)
        {
            draft.ChangedBy = null;
        }
    }

    /// <summary>Passes over a rule that does not step now: its slots and scalars stay as they are.</summary>
    /// <param name="rule">The rule.</param>
    public void Skip(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        SkipSlots(RuleTree.SlotCount(rule));
        draft.ScalarCount += rule.AllScalars().Count;
    }

    /// <summary>Passes over slots that the rule declared and does not use at this step; they stay as they are.</summary>
    /// <param name="count">How many.</param>
    public void SkipSlots(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        for (int slot = Claim(count); slot < draft.SlotCount; slot++)
        {
            (draft.IdleSlots ??= []).Add(slot);
        }
    }

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

    /// <summary>
    /// The objective, for a rule that evaluates it itself, as the rules around it let it be seen. What it returns is checked; what it is given is valid until the step ends. Where a guard around the rule
    /// (<see cref="Guard"/>) does not accept an evaluation, the step ends there and is taken the guard's other way.
    /// </summary>
    /// <param name="rule">The rule's name, for the error.</param>
    /// <exception cref="ArgumentException">The step was not given it, or a rule before this one has changed the gradient and not the objective.</exception>
    public Func<TensorSet<T>, Tuple<double, TensorSet<T>>> RequireObjective(string rule) => RequireObjective(rule, isTrial: false);

    /// <summary>The objective, as the other overload has it; where a point is a trial, guards let pass whatever it leads to.</summary>
    /// <param name="rule">The rule's name, for the error.</param>
    /// <param name="isTrial">Whether the rule itself looks at each evaluation and goes on from none that is not finite, as a line search does.</param>
    /// <exception cref="ArgumentException">The step was not given it, or a rule before this one has changed the gradient and not the objective.</exception>
    public Func<TensorSet<T>, Tuple<double, TensorSet<T>>> RequireObjective(string rule, bool isTrial)
    {
        if (draft.ChangedBy is { } other && !ReferenceEquals(other, scope.Rule))
        {
            throw new ArgumentException(
                $"{rule} evaluates the objective itself, and {other.GetType().Name} before it has changed the gradient, which then is not the objective's: leave {other.GetType().Name} out, or put it inside {rule}.", nameof(rule));
        }

        var seen = objective ?? throw new ArgumentException(
            isOfSomeTensors
                ? $"{rule} evaluates the objective itself, which takes all tensors: it must have them all, outside groups, masks and freezing."
                : $"{rule} evaluates the objective itself: Optimizer.StepOn(state, objective), or Step(state, gradient, objective: ...).", "objective");
        return parameters => seen(parameters, isTrial);
    }

    /// <summary>A scalar of the state before this step.</summary>
    /// <param name="name">The name the rule declared.</param>
    public double Scalar(string name) => scalars[scope.IndexOf(name)];

    /// <summary>Sets a scalar of the state after this step.</summary>
    /// <param name="name">The name the rule declared.</param>
    /// <param name="value">The new value.</param>
    public void SetScalar(string name, double value) => ScalarsToWrite()[scope.IndexOf(name)] = value;

    /// <summary>A scalar by its place among those of the rule being prepared, for rules that move scalars whose names they do not know.</summary>
    internal double ScalarAt(int index) => scalars[scope.FirstScalar + index];

    /// <summary>Sets what <see cref="ScalarAt"/> reads.</summary>
    internal void SetScalarAt(int index, double value) => ScalarsToWrite()[scope.FirstScalar + index] = value;

    private static bool Always() => true;
}
