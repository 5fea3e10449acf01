using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>The sum of a rule's custom terms.</summary>
internal readonly struct SumOf<M>(M summand) : IReduction
    where M : struct, ISummand
{
    private readonly M summand = summand;

    [MethodImpl(AggressiveInlining)]
    public L Accumulate<L, S>(L total, L x, L y, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L> => total + summand.Term(x, y, slots);

    [MethodImpl(AggressiveInlining)]
    public L Combine<L>(L left, L right)
        where L : struct, ILane<L, double> => left + right;
}

/// <summary>The sum of x^2: a norm's first and nearly always only pass.</summary>
internal readonly struct SumOfSquares : IReduction
{
    public static bool IsOfOne => true;

    [MethodImpl(AggressiveInlining)]
    public L Accumulate<L, S>(L total, L x, L y, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L> => L.FusedMultiplyAdd(x, x, total);

    [MethodImpl(AggressiveInlining)]
    public L Combine<L>(L left, L right)
        where L : struct, ILane<L, double> => left + right;
}

/// <summary>The sum of (scale x)^2.</summary>
internal readonly struct SumOfScaledSquares(double scale) : IReduction
{
    public static bool IsOfOne => true;

    private readonly double scale = scale;

    [MethodImpl(AggressiveInlining)]
    public L Accumulate<L, S>(L total, L x, L y, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L>
    {
        var scaled = x * scale;
        return L.FusedMultiplyAdd(scaled, scaled, total);
    }

    [MethodImpl(AggressiveInlining)]
    public L Combine<L>(L left, L right)
        where L : struct, ILane<L, double> => left + right;
}

/// <summary>The sum of |x|^power, for an integer power of 1 or more; x is scaled first.</summary>
internal readonly struct SumOfPowers(double scale, int power) : IReduction
{
    private readonly double scale = scale;
    private readonly int power = power;

    [MethodImpl(AggressiveInlining)]
    public L Accumulate<L, S>(L total, L x, L y, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L>
    {
        var magnitude = L.Abs(x * scale);
        var product = magnitude;
        for (int i = 1; i < power; i++)
        {
            product *= magnitude;
        }

        return total + product;
    }

    [MethodImpl(AggressiveInlining)]
    public L Combine<L>(L left, L right)
        where L : struct, ILane<L, double> => left + right;
}

/// <summary>The largest |x|; NaN if any element is.</summary>
internal readonly struct LargestMagnitude : IReduction
{
    [MethodImpl(AggressiveInlining)]
    public L Accumulate<L, S>(L total, L x, L y, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L> => L.Max(total, L.Abs(x));

    [MethodImpl(AggressiveInlining)]
    public L Combine<L>(L left, L right)
        where L : struct, ILane<L, double> => L.Max(left, right);
}

/// <summary>The sum of x y.</summary>
internal readonly struct SumOfProducts : IReduction
{
    [MethodImpl(AggressiveInlining)]
    public L Accumulate<L, S>(L total, L x, L y, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L> => L.FusedMultiplyAdd(x, y, total);

    [MethodImpl(AggressiveInlining)]
    public L Combine<L>(L left, L right)
        where L : struct, ILane<L, double> => left + right;
}
