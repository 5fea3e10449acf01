using System.Runtime.CompilerServices;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

/// <summary>Joins formulas into one that the compiler fuses whole: how a preset composes its pieces.</summary>
public static class Formula
{
    /// <summary>The first formula, then the second.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <typeparam name="A">The first formula's type.</typeparam>
    /// <typeparam name="B">The second formula's type.</typeparam>
    /// <param name="first">Receives the incoming update.</param>
    /// <param name="second">Receives the first one's update; its slots follow the first one's.</param>
    public static Fused<T, A, B> Then<T, A, B>(A first, B second)
        where T : unmanaged
        where A : struct, IFormula<T>
        where B : struct, IFormula<T> => new(first, second);
}

/// <summary>Two formulas as one. The bits are those of the two run one after the other.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <typeparam name="A">The first formula's type.</typeparam>
/// <typeparam name="B">The second formula's type.</typeparam>
/// <param name="first">Receives the incoming update.</param>
/// <param name="second">Receives the first one's update.</param>
public readonly struct Fused<T, A, B>(A first, B second) : IFormula<T>
    where T : unmanaged
    where A : struct, IFormula<T>
    where B : struct, IFormula<T>
{
    private readonly A first = first;
    private readonly B second = second;

    /// <inheritdoc/>
    public static int SlotCount => A.SlotCount + B.SlotCount;

    /// <inheritdoc/>
    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> =>
        second.Apply<L, Following<L, S>>(first.Apply(update, parameter, slots), parameter, new(slots));

    // The first formula's slots are counted where the second one has any: a compiler that has inlined much calls what it is asked for all the same.
    private readonly struct Following<L, S>(S slots) : ISlots<L>
        where S : struct, ISlots<L>
    {
        private readonly S slots = slots;

        [MethodImpl(AggressiveInlining)]
        public L Read(int slot) => slots.Read(A.SlotCount + slot);

        [MethodImpl(AggressiveInlining)]
        public void Write(int slot, L value) => slots.Write(A.SlotCount + slot, value);
    }
}
