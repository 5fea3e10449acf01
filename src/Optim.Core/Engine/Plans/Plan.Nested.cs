using System.Numerics;

namespace Optim.Execution;

/// <content>Plans within the plan: ways that part when the update is known, rules on some of the tensors.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Goes on in one of two ways, which is known only when the update is. Both are prepared, and use or skip the same slots.</summary>
    /// <param name="condition">Sees the update as it arrives here.</param>
    /// <param name="whenTrue">Prepares the one way.</param>
    /// <param name="whenFalse">Prepares the other.</param>
    /// <param name="mayThrow">Whether the condition may throw. If so, slots before it are never written in place, so that a failed step leaves no trace.</param>
    public void Branch(Func<TensorStepContext<T>, bool> condition, Action whenTrue, Action whenFalse, bool mayThrow = false)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(whenTrue);
        ArgumentNullException.ThrowIfNull(whenFalse);
        EndSetting();
        NeedsUpdateBuffer |= draft.Items.Count > 0;
        MayFail(mayThrow);
        int firstGuard = guards, lastGuard = guards;
        Draft start = draft, one = Prepared(whenTrue), other = Prepared(whenFalse);
        guards = lastGuard;
        if (one.SlotCount != other.SlotCount)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"The two ways of a branch must use or skip the same slots, were {one.SlotCount - start.SlotCount} and {other.SlotCount - start.SlotCount}."));
        }

        int[] idle = [.. Idle(one).Intersect(Idle(other))];
        draft = start with
        {
            SlotCount = other.SlotCount,
            ScalarCount = other.ScalarCount,
            IdleSlots = idle.Length == 0 ? start.IdleSlots : [.. Idle(start), .. idle],
            SetsParameters = one.SetsParameters || other.SetsParameters,
            ChangedBy = one.ChangedBy ?? other.ChangedBy,
        };
        draft.Items.Add(new Branches<T>(this, scope, condition, Ended(one), Ended(other)));

        Draft Prepared(Action prepare)
        {
            // The same guards have the same numbers whichever way leads to them.
            (draft, guards) = (start.Branch(), firstGuard);
            prepare();
            lastGuard = Math.Max(lastGuard, guards);
            return draft;
        }

        Branch<T> Ended(Draft way)
        {
            if (draft.SetsParameters && !way.SetsParameters)
            {
                way.Items.Add(new Stage<T, DisplacementFormula<T>>(default, way.SlotCount));
            }

            return new(way.Items, [.. Idle(way).Except(idle)], way.NewScalars);
        }

        static IEnumerable<int> Idle(Draft way) => way.IdleSlots ?? [];
    }

    /// <summary>Makes the scalars of a rule those that one of its ways leads to.</summary>
    internal void Take(Branch<T> branch, Scope rule)
    {
        if (branch.Scalars is { } after)
        {
            after.AsSpan(rule.FirstScalar, rule.Scalars.Count).CopyTo(ScalarsToWrite().AsSpan(rule.FirstScalar));
        }
    }

    /// <summary>Appends all that another rule does, on some of the tensors alone; the update of the others stays as it is.</summary>
    /// <remarks>
    /// For the other rule the tensors that are not its own are empty: its norms and sums do not see them. It cannot ask for the objective,
    /// and where it sets parameters, the difference becomes the update, which rounds.
    /// </remarks>
    /// <param name="rule">The rule. The rule that calls this declares the other's slots, each by <see cref="SlotDeclaration.For"/> with the same
    /// <paramref name="tensors"/>, and the other's scalars, in the same order and before its own.</param>
    /// <param name="tensors">Which tensors; it must answer the same at every step.</param>
    public void PrepareFor(Rule rule, Func<TensorShape, bool> tensors)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(tensors);
        var subset = TensorSubset.Of(Layout, tensors);
        if (subset.HasAllTensors)
        {
            Prepare(rule);
            return;
        }

        var group = NextGroup(subset);
        int firstScalar = draft.ScalarCount;
        var own = scalars.Length == 0 ? [] : scalars.AsSpan(firstScalar, rule.AllScalars().Count).ToArray();
        group.Plan.BeginGroup(Clock, subset.Of(inputs with { Loss = Loss }), own, slotLayouts[Math.Min(draft.SlotCount, slotLayouts.Length)..], scope.Exempt);
        group.Plan.Prepare(rule);
        group.Plan.EndSetting();
        draft.ScalarCount += own.Length;
        group.Stages.Clear();
        if (group.Plan.TryFuse(group.Stages))
        {
            ApplyWhereTheyLie(group, firstScalar);
        }
        else
        {
            ApplyToCopies(group, firstScalar);
        }
    }

    /// <summary>The plan for some of the tensors; that of the step before where this one asks for the same.</summary>
    private Group NextGroup(TensorSubset subset)
    {
        int at = groupCount++;
        if (cache is not null && at < groups.Count && groups[at].Subset == subset)
        {
            return groups[at];
        }

        var group = NewGroup(subset);
        if (cache is not null)
        {
            groups.RemoveRange(at, groups.Count - at);
            groups.Add(group);
        }

        return group;
    }

    private Group NewGroup(TensorSubset subset) =>
        new(subset, new(0, subset.Layout, default, [], () => subset.Gather(Parameters), cache is null ? null : new()) { isOfSomeTensors = true });

    private void BeginGroup(long clock, in StepInputs<T> own, double[] ownScalars, ReadOnlyMemory<Layout> layouts, TensorSubset? exempt)
    {
        Begin(clock, own, ownScalars);
        slotLayouts = layouts;
        scope = scope with { Exempt = exempt };
    }

    private void ApplyToCopies(Group group, int firstScalar) => ApplyToTensors(
        group.Plan.ClaimedSlots,
        context =>
        {
            context.Run(group.Subset, group.Plan);
            TakeScalars(group, firstScalar);
        },
        group.Plan.mayThrow);

    private void ApplyWhereTheyLie(Group group, int firstScalar)
    {
        EndSetting();
        TakeScalars(group, firstScalar);
        int firstSlot = Claim(group.Plan.ClaimedSlots);
        if (group.Plan.IdleSlots is { } resting)
        {
            foreach (int idle in resting)
            {
                (draft.IdleSlots ??= []).Add(firstSlot + idle);
            }
        }

        if (group.Subset.Layout.Length > 0 && group.Stages.Count > 0)
        {
            draft.ChangedBy ??= scope.Rule;
            draft.Items.Add(group.StageAt(firstSlot));
        }
    }

    private void TakeScalars(Group group, int firstScalar) => group.Plan.draft.NewScalars?.CopyTo(ScalarsToWrite().AsSpan(firstScalar));

    /// <summary>Appends all that another rule does on other tensors than the parameters: on what work makes of them.</summary>
    /// <remarks>It cannot ask for the objective, and sees the parameters only once the work has made them.</remarks>
    /// <param name="rule">The rule. The rule that calls this declares the other's slots, for the other layout, and its scalars, in the same order and before its own.</param>
    /// <param name="other">The other layout.</param>
    /// <param name="slotCount">How many slots the work has of its own, behind the other rule's.</param>
    /// <param name="work">
    /// Receives the context, whose slots are the other rule's and then its own, the number of the first of its own, and what runs the other rule: on its parameters, and on an update that it changes in place.
    /// </param>
    internal void PrepareOn(Rule rule, Layout other, int slotCount, Action<TensorStepContext<T>, int, Action<TensorSet<T>, TensorSet<T>>> work)
    {
        int firstScalar = draft.ScalarCount, count = rule.AllScalars().Count;
        TensorSet<T>? theirs = null;
        var plan = new Plan<T>(
            Clock, other, new() { Loss = Loss }, scalars.AsSpan(firstScalar, count).ToArray(), () => theirs ?? TensorSet.Filled(other, T.Zero), null)
        {
            isOfSomeTensors = true, slotLayouts = slotLayouts[Math.Min(draft.SlotCount, slotLayouts.Length)..],
        };
        plan.Prepare(rule);
        plan.EndSetting();
        draft.ScalarCount += count;
        ApplyToTensors(
            plan.ClaimedSlots + slotCount,
            context =>
            {
                work(context, plan.ClaimedSlots, (their, update) =>
                {
                    theirs = their;
                    context.Run(plan, their, update);
                });
                plan.draft.NewScalars?.CopyTo(ScalarsToWrite().AsSpan(firstScalar));
            },
            plan.mayThrow);
    }

    /// <summary>A rule on some of the tensors, from step to step.</summary>
    private sealed class Group(TensorSubset subset, Plan<T> plan)
    {
        private SubsetStage<T>? stage;

        public TensorSubset Subset => subset;

        public Plan<T> Plan => plan;

        /// <summary>What the rule does where its tensors lie, in this step.</summary>
        public List<Stage<T>> Stages { get; } = [];

        public SubsetStage<T> StageAt(int firstSlot) => stage is { } known && known.FirstSlot == firstSlot && known.SlotCount == plan.ClaimedSlots
            ? known
            : stage = SubsetStage<T>.Of(subset, Stages, firstSlot, plan.ClaimedSlots);
    }
}
