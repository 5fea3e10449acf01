namespace Optim;

/// <summary><c>x^y</c> of non-negative elements, the same y for all: exponents that are roots or products are computed as such, which is many times as fast.</summary>
/// <param name="exponent">y.</param>
internal readonly struct FixedPower<T>(double exponent)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly double exponent = exponent;

    /// <summary><c>x^y</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L Of<L>(L x)
        where L : struct, ILane<L, T> => exponent switch
        {
            0 => L.One,
            1 => x,
            0.5 => L.Sqrt(x),
            0.25 => L.Sqrt(L.Sqrt(x)),
            0.75 => L.Sqrt(x) * L.Sqrt(L.Sqrt(x)),
            2 => x * x,
            _ => L.Power(x, exponent),
        };
}
