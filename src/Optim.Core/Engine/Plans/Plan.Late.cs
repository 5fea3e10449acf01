using System.Numerics;

namespace Optim.Execution;

/// <content>One rule whose tensors did not all begin at the same step.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Appends all that another rule does, prepared once for each clock, on each tensor as its clock has it; all clocks share the slots.</summary>
    /// <remarks>
    /// The rule's scalars come first, those of the run; then, for each step of <paramref name="joined"/>, the scalars that the rule declares, without those of its schedules: schedules are the run's.
    /// </remarks>
    /// <param name="rule">The rule, without rules inside it.</param>
    /// <param name="joined">At which steps of the rule's clock tensors have joined.</param>
    /// <param name="clocks">Where which tensors lie: of each run, 0 for the run's clock, i + 1 for the i-th of <paramref name="joined"/>.</param>
    /// <exception cref="InvalidOperationException">The rule does more than formulas of one element.</exception>
    internal void PrepareByClock(Rule rule, IReadOnlyList<long> joined, TensorRuns clocks)
    {
        EndSetting();
        var start = draft;
        int firstScalar = start.ScalarCount;
        var ways = new Draft[joined.Count + 1];
        var stages = new List<Stage<T>>[ways.Length];
        for (int i = 0; i < ways.Length; i++)
        {
            draft = start.Way(i == 0 ? start : ways[i - 1]);
            if (i == 0)
            {
                Prepare(rule);
            }
            else
            {
                PrepareJoined(rule, joined[i - 1], firstScalar);
            }

            ways[i] = draft;
            stages[i] = ElementwiseOrRefused(rule, draft.Items);
        }

        int slots = ways[0].SlotCount;
        if (Array.Find(ways, way => way.SlotCount != slots) is { SlotCount: not 0 } other)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"{rule} must use or skip the same slots at every step, were {slots - start.SlotCount} and {other.SlotCount - start.SlotCount}."));
        }

        int[] idle = [.. ways.Select(Idle).Aggregate((one, another) => one.Intersect(another))];
        bool sets = Array.Exists(ways, way => way.SetsParameters);
        for (int i = 0; i < ways.Length; i++)
        {
            if (sets && !ways[i].SetsParameters)
            {
                stages[i].Add(new Stage<T, DisplacementFormula<T>>(default, slots));
            }

            // Another clock writes the slot, into memory that must then hold these tensors' values too.
            stages[i].AddRange(Idle(ways[i]).Except(idle).Select(slot => new Stage<T, KeptSlotFormula<T>>(default, slot)));
            if (stages[i].Count == 0)
            {
                stages[i].Add(Stage<T>.Through);
            }
        }

        var last = ways[^1];
        draft = start with
        {
            SlotCount = slots,
            ScalarCount = last.ScalarCount,
            NewScalars = last.NewScalars,
            IdleSlots = idle.Length == 0 ? start.IdleSlots : [.. Idle(start), .. idle],
            SetsParameters = sets,
            ChangedBy = start.ChangedBy ?? last.ChangedBy,
        };
        draft.Items.Add(new ClockStage<T>(stages, clocks, start.SlotCount, slots - start.SlotCount));

        static IEnumerable<int> Idle(Draft way) => way.IdleSlots ?? [];
    }

    /// <summary>Prepares a rule as if its run had begun at a step, its schedules where the run is.</summary>
    private void PrepareJoined(Rule rule, long joined, int firstScalar)
    {
        var outer = scope;
        bool watches = scalars.Length > 0 && rule.AllScalars() is [.., { IsOfSchedule: true }];

        // A guard may have set the clock back to before the tensors were there.
        long own = Math.Max(0, outer.Clock - joined);
        var shifted = RuleTree.Shifted(rule, outer.Clock, outer.Clock - own, watches ? ScheduleScalars.Over(scalars, ScalarsToWrite(), Loss).From(firstScalar) : null);
        scope = new(rule, own, outer.Loss, draft.ScalarCount, outer.Exempt);
        shifted.Prepare(this);
        draft.ScalarCount = scope.FirstScalar + rule.DeclareScalars().Count;
        scope = outer;
    }

    private List<Stage<T>> ElementwiseOrRefused(Rule rule, List<PlanItem<T>> items)
    {
        List<Stage<T>> stages = [];
        foreach (var item in items)
        {
            if (!item.TryAppendTo(stages, cache))
            {
                throw new InvalidOperationException(
                    $"{rule.GetType().Name} counts its steps and works on whole tensors, so that none can join late, nor be left out of a step: put the tensors that join into a group of their own, in a new {nameof(Partition)} with a fresh state; a tensor without a gradient takes part with one of zeros.");
            }
        }

        return stages;
    }
}
