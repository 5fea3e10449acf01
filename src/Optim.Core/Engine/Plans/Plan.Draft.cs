using System.Numerics;

namespace Optim.Execution;

/// <content>What the plan has been told so far, for those who carry it out. It may be begun again, step after step, and then allocates only what it did not need before.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Func<TensorSet<T>>? gather;
    private readonly StageCache<T>? cache;
    private readonly List<Group> groups = [];
    private int groupCount;
    private StepInputs<T> inputs;
    private TensorSet<T>? parameters;
    private double[] scalars;
    private double[]? spareScalars;
    private Scope scope;
    private Draft draft = new(new(4));
    private Func<TensorSet<T>, bool, Tuple<double, TensorSet<T>>>? objective;
    private bool isOfSomeTensors, mayThrow;
    private ReadOnlyMemory<Layout> slotLayouts;
    private Pass<T>? pass;

    /// <summary>A plan for one step.</summary>
    internal Plan(long clock, TensorSet<T> parameters, StepInputs<T> inputs, double[] scalars)
        : this(clock, parameters.Layout, inputs, scalars, null, null) => this.parameters = parameters;

    /// <summary>A plan to begin again and again.</summary>
    /// <param name="layout">The parameters' layout.</param>
    /// <param name="gather">The parameters as one set, for a rule that asks for them; null where every step is given them.</param>
    internal Plan(Layout layout, Func<TensorSet<T>>? gather = null)
        : this(0, layout, default, [], gather, new())
    {
    }

    private Plan(long clock, Layout layout, StepInputs<T> inputs, double[] scalars, Func<TensorSet<T>>? gather, StageCache<T>? cache)
    {
        Layout = layout;
        this.inputs = inputs;
        this.scalars = scalars;
        this.gather = gather;
        this.cache = cache;
        (StepCount, RoundingStep) = (clock, inputs.Flushes ? ~clock : clock);
        scope = new(null, clock, inputs.Loss, 0);
        objective = Evaluating(inputs);
    }

    /// <summary>The number of steps that the state has taken before this one.</summary>
    internal long StepCount { get; private set; }

    /// <summary>What the chance goes by that slots are rounded by: <see cref="StepCount"/>, and its complement for a flush, after which that may be the same.</summary>
    internal long RoundingStep { get; private set; }

    /// <summary>Whether a slot is read and written by formulas alone, which go through all elements in order.</summary>
    internal bool Sweeps(int slot)
    {
        foreach (var item in draft.Items)
        {
            if (item is Stage<T> stage and not (SubsetStage<T> or ClockStage<T>) && slot >= stage.FirstSlot && slot < stage.FirstSlot + stage.SlotCount)
            {
                return slotLayouts.Span[slot].HasPlacesOf(Layout);
            }
        }

        return false;
    }

    /// <summary>Whether this is no gradient's step, but one on the gradients that have been gathered and not stepped on yet; true once. To the rules inside what was gathered is a gradient like any other.</summary>
    internal bool TakeFlush()
    {
        bool flushes = inputs.Flushes;
        inputs = inputs with { Flushes = false };
        return flushes;
    }

    internal List<PlanItem<T>> Items => draft.Items;

    /// <summary>The slots claimed so far, by all rules.</summary>
    internal int ClaimedSlots => draft.SlotCount;

    /// <summary>Slots that nothing writes at this step; null when there are none.</summary>
    internal List<int>? IdleSlots => draft.IdleSlots;

    /// <summary>Whether the step needs each tensor in one place.</summary>
    internal bool NeedsTensors => draft.Items.Exists(item => item.NeedsTensors);

    /// <summary>Whether the last result is the new parameters rather than an update.</summary>
    internal bool SetsParameters => draft.SetsParameters;

    /// <summary>What becomes of the last result.</summary>
    internal Destination Destination => draft.SetsParameters ? Destination.SetParameters : Destination.SubtractFromParameters;

    /// <summary>Whether a failure could come after slots have been written, so that they must not be written in place.</summary>
    internal bool CanFailMidway { get; private set; }

    /// <summary>Whether the update may be needed whole, in memory of its own.</summary>
    internal bool NeedsUpdateBuffer { get; private set; }

    /// <summary>The state's scalars after the step.</summary>
    internal double[] NewScalars => draft.NewScalars ?? scalars;

    /// <summary>Forgets the step before. Whatever it handed out must not be in use.</summary>
    internal void Begin(long clock, in StepInputs<T> newInputs, double[] stateScalars, TensorSet<T>? stateParameters = null)
    {
        if (gather is not null && draft.NewScalars == stateScalars)
        {
            // The step before succeeded: nobody reads the numbers it began with any more.
            spareScalars = scalars;
        }

        draft.Clear();
        (StepCount, RoundingStep) = (clock, newInputs.Flushes ? ~clock : clock);
        scope = new(null, clock, newInputs.Loss, 0);
        (inputs, scalars, parameters) = (newInputs, stateScalars, stateParameters);
        (NeedsUpdateBuffer, CanFailMidway, mayThrow) = (false, false, false);
        objective = Evaluating(newInputs);
        ForgetGuards();
        groupCount = 0;
        cache?.Rewind();
    }

    /// <summary>Lets go of all that belongs to the step.</summary>
    internal void End()
    {
        draft.Clear();
        (inputs, scalars, parameters, objective, slotLayouts, scope) = (default, [], null, null, default, default);
        ForgetGuards();
        groups.ForEach(group => group.Plan.End());
        pass?.End();
    }

    /// <summary>Prepares the rule of a state, and holds it to the slots it declared.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="layouts">The layout of each slot of the state.</param>
    internal void PrepareState(Rule rule, ReadOnlyMemory<Layout> layouts)
    {
        slotLayouts = layouts;
        Prepare(rule);
        if (draft.SlotCount != layouts.Length)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"{rule} declares {layouts.Length} slots, but its formulas at step {Step} use or skip {draft.SlotCount}."));
        }
    }

    /// <summary>Claims the next slots for a formula, which indexes them by the elements of the parameters.</summary>
    private int ClaimFor<F>(F formula)
        where F : struct, IFormula<T>
    {
        SlotProbe<T, F>.Require(formula);
        int first = Claim(F.SlotCount);
        for (int slot = first; slot < Math.Min(draft.SlotCount, slotLayouts.Length); slot++)
        {
            SlotProbe.RequirePlaces(slotLayouts.Span[slot], Layout, slot, scope.Rule);
        }

        return first;
    }

    /// <summary>Appends work that leaves the update as it is.</summary>
    internal void Watch(int slotCount, Action<TensorStepContext<T>> work)
    {
        var changedBy = draft.ChangedBy;
        ApplyToTensors(slotCount, work, mayThrow: false);
        draft.ChangedBy = changedBy;
    }

    /// <summary>Keeps the update as it is here, for work that comes later in the step and releases it.</summary>
    internal KeptUpdate<T> KeepUpdate()
    {
        var kept = new KeptUpdate<T>();
        Watch(0, kept.Take);
        return kept;
    }

    private void Append<F>(F formula, int firstSlot)
        where F : struct, IFormula<T>
    {
        draft.ChangedBy ??= scope.Rule;
        draft.Items.Add(StageCache<T>.Take(cache, formula, firstSlot));
    }

    private void AppendWork(int slotCount, bool changesUpdate, bool needsTensors, bool mayThrow, Action<TensorStepContext<T>> work)
    {
        EndSetting();
        draft.ChangedBy ??= scope.Rule;
        NeedsUpdateBuffer |= changesUpdate || draft.Items.Count > 0;
        draft.Items.Add(new TensorWork<T>(this, scope, Claim(slotCount), slotCount, needsTensors, work));
        MayFail(mayThrow);
    }

    private void MayFail(bool here)
    {
        mayThrow |= here;
        CanFailMidway |= here && draft.SlotCount > 0;
    }

    /// <summary>Makes the new parameter, in the update's place, of what is there.</summary>
    private void BeginTransforming()
    {
        if (!draft.SetsParameters)
        {
            Append(default(DisplacementFormula<T>), draft.SlotCount);
        }

        draft.SetsParameters = false;
    }

    /// <summary>Makes an update of the new parameter, where that is what is there.</summary>
    private void EndSetting()
    {
        if (draft.SetsParameters)
        {
            draft.SetsParameters = false;
            Append(default(DisplacementFormula<T>), draft.SlotCount);
        }
    }

    private int Claim(int slots)
    {
        int first = draft.SlotCount;
        draft.SlotCount += slots;
        return first;
    }

    /// <summary>The state's scalars after the step, to be written into.</summary>
    private double[] ScalarsToWrite()
    {
        if (draft.NewScalars is null)
        {
            draft.NewScalars = spareScalars ?? new double[scalars.Length];
            spareScalars = null;
            scalars.CopyTo(draft.NewScalars, 0);
        }

        return draft.NewScalars;
    }

    /// <summary>The scalars of the rule being prepared, for its schedules.</summary>
    private ScheduleScalars ScalarsOfSchedules() => ScheduleScalars.Over(scalars, ScalarsToWrite(), Loss).From(scope.FirstScalar);

    /// <summary>What has been written so far. A value: a branch goes on from a copy.</summary>
    private struct Draft(List<PlanItem<T>> items)
    {
        public readonly List<PlanItem<T>> Items => items;

        public int SlotCount { get; set; }

        public int ScalarCount { get; set; }

        public double[]? NewScalars { get; set; }

        public List<int>? IdleSlots { get; set; }

        public bool SetsParameters { get; set; }

        /// <summary>The first rule that has changed the gradient and not the objective; null where the update is still the objective's gradient.</summary>
        public Rule? ChangedBy { get; set; }

        public void Clear()
        {
            Items.Clear();
            (SlotCount, ScalarCount, NewScalars, IdleSlots, SetsParameters, ChangedBy) = (0, 0, null, null, false, null);
        }

        /// <summary>What one of several ways begins with that are all taken: its own items and slots, and the scalars where the way before has left them.</summary>
        public readonly Draft Way(Draft before) => new([]) { SlotCount = SlotCount, ScalarCount = before.ScalarCount, NewScalars = before.NewScalars, ChangedBy = ChangedBy };

        /// <summary>What a branch begins with: its own items, and scalars of its own.</summary>
        public readonly Draft Branch() => new([]) { SlotCount = SlotCount, ScalarCount = ScalarCount, NewScalars = NewScalars?.ToArray(), ChangedBy = ChangedBy };
    }
}
