using System.Runtime.InteropServices;

namespace Optim.LinearAlgebra;

/// <summary>The functions on vectors for one type: VML with its mode given at each call, and BLAS.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class MklVectors<T>
    where T : unmanaged
{
    // Highest accuracy, errors unreported, subnormals kept: mkl_vml_defines.h.
    private const long Mode = 0x2 | 0x100 | 0x140000;

    private readonly delegate* unmanaged<int, T*, T*, T*, long, void> add, subtract, multiply, divide;
    private readonly delegate* unmanaged<int, T*, T*, long, void> sqrt, abs, cubeRoot, round;
    private readonly void* axpy;
    private readonly void* scal;

    public MklVectors(nint handle)
    {
        char type = typeof(T) == typeof(float) ? 's' : 'd';
        add = Binary("Add");
        subtract = Binary("Sub");
        multiply = Binary("Mul");
        divide = Binary("Div");
        sqrt = Unary("Sqrt");
        abs = Unary("Abs");
        cubeRoot = Unary("Cbrt");
        round = Unary("NearbyInt");
        axpy = (void*)NativeLibrary.GetExport(handle, $"cblas_{type}axpy");
        scal = (void*)NativeLibrary.GetExport(handle, $"cblas_{type}scal");

        delegate* unmanaged<int, T*, T*, T*, long, void> Binary(string name) =>
            (delegate* unmanaged<int, T*, T*, T*, long, void>)NativeLibrary.GetExport(handle, $"vm{type}{name}");

        delegate* unmanaged<int, T*, T*, long, void> Unary(string name) =>
            (delegate* unmanaged<int, T*, T*, long, void>)NativeLibrary.GetExport(handle, $"vm{type}{name}");
    }

    public void Add(int n, T* x, T* y, T* result) => add(n, x, y, result, Mode);

    public void Subtract(int n, T* x, T* y, T* result) => subtract(n, x, y, result, Mode);

    public void Multiply(int n, T* x, T* y, T* result) => multiply(n, x, y, result, Mode);

    public void Divide(int n, T* x, T* y, T* result) => divide(n, x, y, result, Mode);

    public void Sqrt(int n, T* x, T* result) => sqrt(n, x, result, Mode);

    public void Abs(int n, T* x, T* result) => abs(n, x, result, Mode);

    public void CubeRoot(int n, T* x, T* result) => cubeRoot(n, x, result, Mode);

    public void Round(int n, T* x, T* result) => round(n, x, result, Mode);

    /// <summary><c>y += a x</c>. With a = 0 BLAS does not look at x: NaN would be lost.</summary>
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

    /// <summary><c>x *= a</c>. With a = 0 BLAS does not look at x: NaN would be lost.</summary>
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
