using Optim.Lanes;

namespace Optim.Execution;

/// <summary>One elementwise rule's arithmetic at one step: from the incoming update and the parameter to the outgoing update.</summary>
/// <remarks>
/// A small struct whose fields are the step's scalars, computed in double and rounded once to <typeparamref name="T"/>. It is written
/// once and runs at every SIMD width and for single elements, in place and out of place. Read all slots before writing one: all streams
/// of a sweep lie at the same place in their pages, and the processor takes a load for dependent on a store before it there (measured: 1.2 times slower).
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public interface IFormula<T>
    where T : unmanaged
{
    /// <summary>The number of slots the formula owns; it must write every one of them each time.</summary>
    static abstract int SlotCount { get; }

    /// <summary>The update for one lane of elements. Slots are numbered from 0; read before writing.</summary>
    /// <typeparam name="L">The lane.</typeparam>
    /// <typeparam name="S">The access to the slots.</typeparam>
    /// <param name="update">The gradient, or what the formula before made of it.</param>
    /// <param name="parameter">The parameter before this step.</param>
    /// <param name="slots">The formula's own slots at these elements.</param>
    /// <returns>The update that the next formula receives; the last one's is subtracted from the parameter.</returns>
    L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>;
}
