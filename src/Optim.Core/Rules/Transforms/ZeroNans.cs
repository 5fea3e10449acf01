namespace Optim;

/// <summary>NaN becomes 0.</summary>
/// <formula>u = 0 where u is NaN, u elsewhere</formula>
/// <paper>none</paper>
/// <definition>Optax's zero_nans: infinities stay</definition>
/// <remarks>
/// It hides an error from what follows: <see cref="ApplyIfFinite"/> leaves such a step out and counts it. Slot: <c>found_nan</c>, a number a tensor, 1 where this step's update had a NaN.
/// </remarks>
[RegisteredRule("zero_nans", "NaN to 0", IsElementwise = false, IsPerTensor = true, ExtraMoves = 3)]
public sealed partial record ZeroNans : Rule
{
    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("found_nan") { Dimensions = _ => [] }];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.ApplyToTensors(
            1,
            context =>
            {
                var found = context.ChangeSlot(0);
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    bool isFound = Clear(context.ChangeUpdate().Slice(context.Layout.OffsetOf(i), context.Layout[i].Length));
                    found[i] = isFound ? T.One : T.Zero;
                }
            },
            mayThrow: false);
    }

    /// <summary>Whether there was a NaN.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static bool Clear<T>(Span<T> update)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool isFound = false;
        int i = 0;
        for (; i + Vector<T>.Count <= update.Length; i += Vector<T>.Count)
        {
            var value = new Vector<T>(update[i..]);
            if (!Vector.EqualsAll(value, value))
            {
                isFound = true;
                Vector.ConditionalSelect(Vector.Equals(value, value), value, Vector<T>.Zero).CopyTo(update[i..]);
            }
        }

        for (; i < update.Length; i++)
        {
            isFound |= T.IsNaN(update[i]);
            update[i] = T.IsNaN(update[i]) ? T.Zero : update[i];
        }

        return isFound;
    }
}
