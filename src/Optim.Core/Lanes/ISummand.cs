namespace Optim.Lanes;

/// <summary>One element's term of a sum over a whole tensor or set; computed and added in double, in an order that depends only on the length.</summary>
public interface ISummand
{
    /// <summary>The terms of one lane of elements.</summary>
    /// <typeparam name="L">The lane; elements of <see cref="float"/> have been widened.</typeparam>
    /// <typeparam name="S">The access to the slots, for reading.</typeparam>
    /// <param name="update">The current update.</param>
    /// <param name="parameter">The parameter before this step.</param>
    /// <param name="slots">The rule's slots at these elements; those of another layout must not be read.</param>
    L Term<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L>;
}
