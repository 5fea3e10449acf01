using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MathNet.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace Optim.LinearAlgebra;

/// <summary>
/// MathNet's linear algebra for one type with MKL. Invalid or special arguments (null, of wrong lengths, empty, overlapping) go to
/// the managed code, so that errors and edge cases are the same.
/// </summary>
/// <param name="mkl">The functions.</param>
/// <param name="managed">The managed code.</param>
/// <typeparam name="T">float, double, Complex32 or Complex.</typeparam>
internal sealed unsafe partial class MklAlgebra<T>(MklFunctions<T> mkl, ILinearAlgebraProvider<T> managed) : ILinearAlgebraProvider<T>
    where T : unmanaged, IEquatable<T>
{
    private const byte N = (byte)'N', C = (byte)'C', L = (byte)'L', U = (byte)'U', A = (byte)'A', V = (byte)'V';

    private static T One => Number(1);

    public void ConjugateArray(T[] x, T[] result) => managed.ConjugateArray(x, result);

    public void AddArrays(T[] x, T[] y, T[] result) => managed.AddArrays(x, y, result);

    public void SubtractArrays(T[] x, T[] y, T[] result) => managed.SubtractArrays(x, y, result);

    public void PointWiseMultiplyArrays(T[] x, T[] y, T[] result) => managed.PointWiseMultiplyArrays(x, y, result);

    public void PointWiseDivideArrays(T[] x, T[] y, T[] result) => managed.PointWiseDivideArrays(x, y, result);

    public void PointWisePowerArrays(T[] x, T[] y, T[] result) => managed.PointWisePowerArrays(x, y, result);

    public double MatrixNorm(Norm norm, int rows, int columns, T[] matrix) => managed.MatrixNorm(norm, rows, columns, matrix);

    /// <summary>Whether an array is not null and has exactly the given length.</summary>
    private static bool Has(Array? array, long length) => array is not null && array.LongLength == length;

    /// <summary>A complex number converted to the type; real types take the real part.</summary>
    private static T Number(double real, double imaginary = 0)
    {
        if (typeof(T) == typeof(float))
        {
            float value = (float)real;
            return Unsafe.As<float, T>(ref value);
        }

        if (typeof(T) == typeof(double))
        {
            return Unsafe.As<double, T>(ref real);
        }

        if (typeof(T) == typeof(Complex32))
        {
            var value = new Complex32((float)real, (float)imaginary);
            return Unsafe.As<Complex32, T>(ref value);
        }

        var number = new Complex(real, imaginary);
        return Unsafe.As<Complex, T>(ref number);
    }

    private static Complex Widen(T value) => value switch
    {
        float x => x,
        double x => x,
        Complex32 x => new(x.Real, x.Imaginary),
        Complex x => x,
        _ => throw new NotSupportedException(),
    };

    // LAPACK may not end on NaN where it iterates.
    private bool IsFinite(T[] array)
    {
        if (mkl.IsSingle)
        {
            foreach (float x in MemoryMarshal.Cast<T, float>(array))
            {
                if (!float.IsFinite(x))
                {
                    return false;
                }
            }
        }
        else
        {
            foreach (double x in MemoryMarshal.Cast<T, double>(array))
            {
                if (!double.IsFinite(x))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>The workspace length returned by LAPACK, which a float cannot represent exactly.</summary>
    private static int WorkspaceLength(T answer) => (int)Math.Min(int.MaxValue, Math.Ceiling(Widen(answer).Real * (1 + 1e-6)) + 1);

    private static void CheckArguments(int info)
    {
        if (info < 0)
        {
            throw new InvalidOperationException(FormattableString.Invariant($"Intel MKL refused its argument {-info}."));
        }
    }

    /// <summary>Memory for one call.</summary>
    private readonly struct Scratch<S>(long length) : IDisposable
        where S : unmanaged
    {
        public S* Pointer { get; } = (S*)NativeMemory.AlignedAlloc(checked((nuint)Math.Max(1, length) * (nuint)sizeof(S)), 64);

        public void Dispose() => NativeMemory.AlignedFree(Pointer);
    }

    /// <summary>Real numbers of the type's precision, for one call.</summary>
    private readonly struct Reals(long length, bool single) : IDisposable
    {
        private readonly bool single = single;

        public byte* Pointer { get; } = (byte*)NativeMemory.AlignedAlloc(checked((nuint)Math.Max(1, length) * (single ? 4u : 8u)), 64);

        public double this[int i] => single ? ((float*)Pointer)[i] : ((double*)Pointer)[i];

        public void Dispose() => NativeMemory.AlignedFree(Pointer);
    }
}
