namespace Optim;

/// <summary>How a slot's elements are stored between steps; arithmetic is the state's, whatever the format. See <see cref="OptimizerState{T}.WithSlotFormat"/>.</summary>
public enum SlotFormat
{
    /// <summary>As the state computes: 4 bytes an element in float, 8 in double.</summary>
    Full,

    /// <summary>2 bytes: a float's sign, exponent and the first 7 bits of its fraction, rounded to nearest, ties to even.</summary>
    BFloat16,

    /// <summary>The same, rounded up or down by chance, so that the mean of many roundings is the number: a running mean takes up changes smaller than half a last place. The chance is a function of the step, the names of slot and tensor, and the position in the tensor, so that parts of a state, and groups of its tensors, round as the whole does.</summary>
    BFloat16Stochastic,

    /// <summary>
    /// 1 byte, and a float for each block of at most 256 elements of one tensor, from its start: the largest magnitude, which is stored exactly. A block with negative elements has for each a sign, 4 bits of exponent and 3 of fraction, down to
    /// 2^-15 of the largest; any other 5 bits of exponent and 3 of fraction, down to 2^-31 of it, and no positive element becomes 0. Rounded to nearest; an infinity becomes NaN.
    /// </summary>
    Float8Block,

    /// <summary>The same, rounded by chance as <see cref="BFloat16Stochastic"/>.</summary>
    Float8BlockStochastic,
}
