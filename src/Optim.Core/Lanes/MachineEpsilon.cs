using System.Numerics;

namespace Optim.Lanes;

/// <summary>The distance from 1 to the next number of a type: 2^-23 in float, 2^-52 in double.</summary>
internal static class MachineEpsilon<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static double Value { get; } = double.CreateTruncating(T.BitIncrement(T.One) - T.One);
}
