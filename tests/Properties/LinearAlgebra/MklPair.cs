using System.Runtime.CompilerServices;
using MathNet.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;
using Optim.LinearAlgebra;
using Optim.Properties.Checking;
using Xunit;
using Complex = System.Numerics.Complex;

namespace Optim.Properties.LinearAlgebra;

/// <summary>MKL and the managed code side by side for one type, and column-major matrices of it with which to compare them.</summary>
internal sealed class MklPair<T>
    where T : unmanaged, IEquatable<T>
{
    public ILinearAlgebraProvider<T> Mkl { get; } = new MklAlgebra<T>(Functions(), (ILinearAlgebraProvider<T>)(object)ManagedLinearAlgebraProvider.Instance);

    public ILinearAlgebraProvider<T> Managed { get; } = (ILinearAlgebraProvider<T>)(object)ManagedLinearAlgebraProvider.Instance;

    /// <summary>The distance from 1 to the next number.</summary>
    public static double Epsilon { get; } = Unsafe.SizeOf<T>() == (IsComplex ? 8 : 4) ? Math.Pow(2, -23) : Math.Pow(2, -52);

    public static bool IsComplex => typeof(T) == typeof(Complex) || typeof(T) == typeof(Complex32);

    public static T[] Random(Draw draw, int length) => [.. Enumerable.Range(0, length).Select(_ => Number(new(draw.Plain(), draw.Plain())))];

    /// <summary>Far from singular: what is added to the diagonal outweighs the rest of its column.</summary>
    public static T[] Regular(Draw draw, int rows, int columns)
    {
        var a = Random(draw, rows * columns);
        for (int i = 0; i < Math.Min(rows, columns); i++)
        {
            a[(i * rows) + i] = Number(Widen(a[(i * rows) + i]) + (30 * Math.Max(rows, columns)));
        }

        return a;
    }

    public static T[] Hermitian(Draw draw, int order)
    {
        var a = Widen(Random(draw, order * order));
        return [.. Enumerable.Range(0, a.Length).Select(i => Number((a[i] + Complex.Conjugate(a[(i % order * order) + (i / order)])) / 2))];
    }

    public static Complex Widen(T value) => value switch
    {
        float x => x,
        double x => x,
        Complex32 x => new(x.Real, x.Imaginary),
        Complex x => x,
        _ => throw new NotSupportedException(),
    };

    public static Complex[] Widen(T[] values) => [.. values.Select(Widen)];

    public static T Number(Complex value) => (T)(object)(default(T) switch
    {
        float => (object)(float)value.Real,
        double => value.Real,
        Complex32 => new Complex32((float)value.Real, (float)value.Imaginary),
        _ => value,
    });

    /// <summary>Within so many roundings of the greatest number on either side.</summary>
    public static void Near(Complex[] expected, Complex[] actual, double roundings)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = expected.Select(Complex.Abs).Append(double.MinValue).Max();
        for (int i = 0; i < expected.Length; i++)
        {
            double distance = Complex.Abs(expected[i] - actual[i]);
            Assert.True(
                distance <= roundings * Epsilon * scale,
                FormattableString.Invariant($"{typeof(T).Name} [{i}]: {expected[i]} and {actual[i]}, {distance / (Epsilon * scale):F1} roundings apart, of {expected.Length}"));
        }
    }

    public static void Near(T[] expected, T[] actual, double roundings) => Near(Widen(expected), Widen(actual), roundings);

    public static Complex[] Multiply(Complex[] a, Complex[] b, int rows, int inner, int columns)
    {
        var c = new Complex[rows * columns];
        for (int j = 0; j < columns; j++)
        {
            for (int k = 0; k < inner; k++)
            {
                for (int i = 0; i < rows; i++)
                {
                    c[(j * rows) + i] += a[(k * rows) + i] * b[(j * inner) + k];
                }
            }
        }

        return c;
    }

    /// <summary>The conjugate transpose.</summary>
    public static Complex[] Adjoint(Complex[] a, int rows, int columns) =>
        [.. Enumerable.Range(0, a.Length).Select(i => Complex.Conjugate(a[(i % columns * rows) + (i / columns)]))];

    public static Complex[] Identity(int order) => [.. Enumerable.Range(0, order * order).Select(i => i % order == i / order ? Complex.One : Complex.Zero)];

    private static MklFunctions<T> Functions()
    {
        var search = MklLibrary.Find(null);
        Assert.True(search.Library is not null, search.Status.Reason);
        return (MklFunctions<T>)(object)(default(T) switch
        {
            float => (object)search.Library.Singles,
            double => search.Library.Doubles,
            Complex32 => search.Library.Complex32s,
            _ => search.Library.Complexes,
        });
    }
}
