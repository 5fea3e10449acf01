using System.Numerics;
using Optim.Tensors;

namespace Optim.LinearAlgebra;

/// <summary>Elements as doubles; exact.</summary>
internal static class Widening
{
    public static double[] Of<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] result = WorkArray.Of<double>(values.Length);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = double.CreateTruncating(values[i]);
        }

        return result;
    }
}
