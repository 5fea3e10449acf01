using System.Numerics;
using Optim.Lanes;

namespace Optim.Execution;

/// <summary>Holds formulas to the slots that are theirs, before a pointer is made of one.</summary>
internal static class SlotProbe
{
    /// <exception cref="InvalidOperationException">The slot is laid out otherwise than the elements it would be indexed by.</exception>
    public static void RequirePlaces(Layout slot, Layout elements, int number, Rule? rule)
    {
        if (!slot.HasPlacesOf(elements))
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"Slot {number} of {rule} must have an element for each of the parameters' where a formula goes element by element: {Layout.Difference(elements, "the parameters", slot, "the slot")}. Declare it without Dimensions, or read it in ApplyToTensors by TensorStepContext.Slot."));
        }
    }
}

/// <summary>What one formula does with slots, found by running it on an element of nothing.</summary>
internal static class SlotProbe<T, F>
    where T : unmanaged, IFloatingPointIeee754<T>
    where F : struct, IFormula<T>
{
    // The library's own are held to it by the tests.
    private static bool isKnown = IsOwn(typeof(F));

    /// <exception cref="InvalidOperationException">It reads or writes a slot beyond those it says it has.</exception>
    public static void Require(F formula)
    {
        if (!isKnown)
        {
            formula.Apply<ScalarLane<T>, Slots>(new(T.Zero), new(T.Zero), default);
            isKnown = true;
        }
    }

    private static bool IsOwn(Type type) => type.Assembly == typeof(Rule).Assembly && type.GenericTypeArguments.All(argument => argument.IsPrimitive || IsOwn(argument));

    private readonly struct Slots : ISlots<ScalarLane<T>>
    {
        public ScalarLane<T> Read(int slot)
        {
            Check(slot);
            return new(T.Zero);
        }

        public void Write(int slot, ScalarLane<T> value) => Check(slot);

        private static void Check(int slot)
        {
            if ((uint)slot >= (uint)F.SlotCount)
            {
                throw new InvalidOperationException(FormattableString.Invariant($"{typeof(F).Name} says that it has {F.SlotCount} slots (SlotCount), and uses slot {slot}; they are counted from 0."));
            }
        }
    }
}
