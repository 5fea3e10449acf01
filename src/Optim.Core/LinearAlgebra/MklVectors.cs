using System.Runtime.InteropServices;

namespace Optim.LinearAlgebra;

/// <summary>Vector functions for one type: VML with an explicit mode at each call, and BLAS.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class MklVectors<T>
    where T : unmanaged
{
    /// <summary>High accuracy, errors ignored, subnormals kept: mkl_vml_defines.h.</summary>
    public const long Mode = 0x2 | 0x100 | 0x140000;

    /// <summary>From n, x, y, the result and <see cref="Mode"/>.</summary>
    public readonly delegate* unmanaged<int, T*, T*, T*, long, void> Add, Subtract, Multiply, Divide;

    /// <summary>From n, x, the result and <see cref="Mode"/>.</summary>
    public readonly delegate* unmanaged<int, T*, T*, long, void> Sqrt, Abs, CubeRoot, Round;

    private readonly void* axpy;
    private readonly void* scal;

    public MklVectors(nint handle)
    {
        char type = typeof(T) == typeof(float) ? 's' : 'd';
        Add = Binary("Add");
        Subtract = Binary("Sub");
        Multiply = Binary("Mul");
        Divide = Binary("Div");
        Sqrt = Unary("Sqrt");
        Abs = Unary("Abs");
        CubeRoot = Unary("Cbrt");
        Round = Unary("NearbyInt");
        axpy = (void*)NativeLibrary.GetExport(handle, $"cblas_{type}axpy");
        scal = (void*)NativeLibrary.GetExport(handle, $"cblas_{type}scal");

        delegate* unmanaged<int, T*, T*, T*, long, void> Binary(string name) =>
            (delegate* unmanaged<int, T*, T*, T*, long, void>)NativeLibrary.GetExport(handle, $"vm{type}{name}");

        delegate* unmanaged<int, T*, T*, long, void> Unary(string name) =>
            (delegate* unmanaged<int, T*, T*, long, void>)NativeLibrary.GetExport(handle, $"vm{type}{name}");
    }

    /// <summary><c>y += a x</c>. With a = 0 BLAS ignores x: NaN would be lost.</summary>
    public void Axpy(int n, T a, T* x, T* y)
    {
        if (typeof(T) == typeof(float))
        {
            ((delegate* unmanaged<int, float, float*, int, float*, int, void>)axpy)(n, *(float*)&a, (float*)x, 1, (float*)y, 1);
        }
        else
        {
            ((delegate* unmanaged<int, double, double*, int, double*, int, void>)axpy)(n, *(double*)&a, (double*)x, 1, (double*)y, 1);
        }
    }

    /// <summary><c>x *= a</c>. With a = 0 BLAS ignores x: NaN would be lost.</summary>
    public void Scale(int n, T a, T* x)
    {
        if (typeof(T) == typeof(float))
        {
            ((delegate* unmanaged<int, float, float*, int, void>)scal)(n, *(float*)&a, (float*)x, 1);
        }
        else
        {
            ((delegate* unmanaged<int, double, double*, int, void>)scal)(n, *(double*)&a, (double*)x, 1);
        }
    }
}
