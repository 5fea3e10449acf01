using System.Runtime.InteropServices;

namespace Optim.LinearAlgebra;

/// <summary>
/// The functions of BLAS and LAPACK for one type, by their Fortran names: every argument is a pointer, so one signature serves all types.
/// Matrices are column-major, as MathNet's are.
/// </summary>
/// <remarks>
/// LAPACK's C interface would reject NaN in its arguments and allocate a workspace at each call.
/// </remarks>
/// <typeparam name="T">float, double, Complex32 or Complex.</typeparam>
internal sealed unsafe class MklFunctions<T>
    where T : unmanaged
{
    public MklFunctions(nint handle, char type)
    {
        IsComplex = type is 'c' or 'z';
        IsSingle = type is 's' or 'c';
        string orthogonal = IsComplex ? "un" : "or", symmetric = IsComplex ? "he" : "sy";
        Dot = (void*)NativeLibrary.GetExport(handle, $"cblas_{type}dot{(IsComplex ? "u_sub" : "")}");
        Axpy = (delegate* unmanaged<int*, T*, T*, int*, T*, int*, void>)Function("axpy");
        Scal = (delegate* unmanaged<int*, T*, T*, int*, void>)Function("scal");
        Gemm = (delegate* unmanaged<byte*, byte*, int*, int*, int*, T*, T*, int*, T*, int*, T*, T*, int*, void>)Function("gemm");
        Trsm = (delegate* unmanaged<byte*, byte*, byte*, byte*, int*, int*, T*, T*, int*, T*, int*, void>)Function("trsm");
        Getrf = (delegate* unmanaged<int*, int*, T*, int*, int*, int*, void>)Function("getrf");
        Getri = (delegate* unmanaged<int*, T*, int*, int*, T*, int*, int*, void>)Function("getri");
        Getrs = (delegate* unmanaged<byte*, int*, int*, T*, int*, int*, T*, int*, int*, void>)Function("getrs");
        Potrf = (delegate* unmanaged<byte*, int*, T*, int*, int*, void>)Function("potrf");
        Potrs = (delegate* unmanaged<byte*, int*, int*, T*, int*, T*, int*, int*, void>)Function("potrs");
        Geqrf = (delegate* unmanaged<int*, int*, T*, int*, T*, T*, int*, int*, void>)Function("geqrf");
        Orgqr = (delegate* unmanaged<int*, int*, int*, T*, int*, T*, T*, int*, int*, void>)Function(orthogonal + "gqr");
        Gesdd = Function("gesdd");
        Syevd = Function(symmetric + "evd");
        Geev = Function("geev");

        void* Function(string name) => (void*)NativeLibrary.GetExport(handle, type + name);
    }

    public bool IsComplex { get; }

    /// <summary>Whether the type is single precision.</summary>
    public bool IsSingle { get; }

    public void* Dot { get; }

    public delegate* unmanaged<int*, T*, T*, int*, T*, int*, void> Axpy { get; }

    public delegate* unmanaged<int*, T*, T*, int*, void> Scal { get; }

    public delegate* unmanaged<byte*, byte*, int*, int*, int*, T*, T*, int*, T*, int*, T*, T*, int*, void> Gemm { get; }

    public delegate* unmanaged<byte*, byte*, byte*, byte*, int*, int*, T*, T*, int*, T*, int*, void> Trsm { get; }

    public delegate* unmanaged<int*, int*, T*, int*, int*, int*, void> Getrf { get; }

    public delegate* unmanaged<int*, T*, int*, int*, T*, int*, int*, void> Getri { get; }

    public delegate* unmanaged<byte*, int*, int*, T*, int*, int*, T*, int*, int*, void> Getrs { get; }

    public delegate* unmanaged<byte*, int*, T*, int*, int*, void> Potrf { get; }

    public delegate* unmanaged<byte*, int*, int*, T*, int*, T*, int*, int*, void> Potrs { get; }

    public delegate* unmanaged<int*, int*, T*, int*, T*, T*, int*, int*, void> Geqrf { get; }

    public delegate* unmanaged<int*, int*, int*, T*, int*, T*, T*, int*, int*, void> Orgqr { get; }

    // Complex and real differ in their arguments from here on.
    public void* Gesdd { get; }

    public void* Syevd { get; }

    public void* Geev { get; }
}
