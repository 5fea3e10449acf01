using System.Numerics;

namespace Optim.Execution;

/// <content>Rules on some of the tensors.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Appends all that another rule does, on some of the tensors alone; the update of the others stays as it is.</summary>
    /// <remarks>
    /// For the other rule the tensors that are not its own are empty: its norms and sums do not see them. It cannot ask for the objective,
    /// and where it places parameters, the difference becomes the update, which rounds.
    /// </remarks>
    /// <param name="rule">The rule. The rule that calls this declares the other's slots, each by <see cref="SlotDeclaration.For"/> with the same
    /// <paramref name="tensors"/>, and the other's scalars, in the same order and before its own.</param>
    /// <param name="tensors">Which tensors; it must answer the same at every step.</param>
    public void PrepareFor(Rule rule, Func<TensorShape, bool> tensors)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(tensors);
        var part = Part.Of(Layout, tensors);
        if (part.IsWhole)
        {
            Prepare(rule);
            return;
        }

        int first = nextScalar, count = rule.AllScalars().Count;
        var plan = new Plan<T>(Clock, part.Layout, part.Of(inputs with { Loss = Loss }), scalars.AsSpan(first, count).ToArray(), () => part.Gather(Parameters));
        plan.Prepare(rule);
        plan.EndPlacing();
        nextScalar += count;
        if (plan.items.TrueForAll(item => item is Stage<T>))
        {
            // Element by element: where the tensors lie, without copies.
            EndPlacing();
            TakeScalars();
            int slot = Claim(plan.ClaimedSlots);
            (IdleSlots ??= []).AddRange((plan.IdleSlots ?? []).Select(idle => slot + idle));
            if (part.Layout.Length > 0 && plan.items.Count > 0)
            {
                items.Add(PartStage<T>.Of(part, plan.items.Cast<Stage<T>>(), slot, plan.ClaimedSlots));
            }

            return;
        }

        ApplyWhole(
            plan.ClaimedSlots,
            whole =>
            {
                whole.Run(part, plan);
                TakeScalars();
            },
            mayThrow: plan.mayThrow);

        void TakeScalars() => plan.newScalars?.CopyTo(NumbersToWrite().AsSpan(first));
    }
}
