using System.Numerics;

namespace Optim.Execution;

/// <content>Rules on some of the tensors.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
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

        int firstScalar = draft.ScalarCount, count = rule.AllScalars().Count;
        var plan = new Plan<T>(
            Clock, subset.Layout, subset.Of(inputs with { Loss = Loss }), scalars.AsSpan(firstScalar, count).ToArray(), () => subset.Gather(Parameters), null);
        plan.Prepare(rule);
        plan.EndSetting();
        draft.ScalarCount += count;
        List<Stage<T>> stages = [];
        if (!plan.TryFuse(stages))
        {
            ApplyToTensors(
                plan.ClaimedSlots,
                context =>
                {
                    context.Run(subset, plan);
                    TakeScalars();
                },
                plan.mayThrow);
            return;
        }

        // Element by element: where the tensors lie, without copies.
        EndSetting();
        TakeScalars();
        int firstSlot = Claim(plan.ClaimedSlots);
        foreach (int idle in plan.IdleSlots ?? [])
        {
            (draft.IdleSlots ??= []).Add(firstSlot + idle);
        }

        if (subset.Layout.Length > 0 && stages.Count > 0)
        {
            draft.Items.Add(SubsetStage<T>.Of(subset, stages, firstSlot, plan.ClaimedSlots));
        }

        void TakeScalars() => plan.draft.NewScalars?.CopyTo(ScalarsToWrite().AsSpan(firstScalar));
    }
}
