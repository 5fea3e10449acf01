using MathNet.Numerics.Providers.LinearAlgebra;
using Optim.LinearAlgebra;

namespace Optim;

/// <summary>Intel MKL under MathNet's vectors and matrices, where it is present. Nothing needs it, and nothing uses it unasked.</summary>
/// <remarks>
/// <para>
/// The library is <c>libmkl_rt.so.2</c>, <c>.so.1</c> or <c>.so</c> (Windows: <c>mkl_rt.2.dll</c>, <c>mkl_rt.1.dll</c>, <c>mkl_rt.dll</c>), as the
/// system finds libraries, then under <c>MKLROOT</c>. The environment variable <c>OPTIM_MKL_PATH</c>, the library's file or its folder, comes before both: where it
/// is set, nothing else is tried. It is loaded when first asked for; whether that succeeded does not change for the rest of the process.
/// </para>
/// <para>
/// MKL runs on the thread that calls it and on no other (its sequential layer), and may be called from any number of threads. Its results
/// are not the same to the bit on every machine: rules, and all else that the determinism contract covers, never use it by themselves.
/// </para>
/// </remarks>
public static class Acceleration
{
    /// <summary>Whether Intel MKL is there, which one, or why not. Loads it when first asked; changes nothing else.</summary>
    public static MklStatus Mkl => MklLibrary.Find(null).Status;

    /// <summary>
    /// Has MathNet compute with Intel MKL from now on, in the whole process: products, LU, Cholesky, QR, SVD, eigenvalues, dot products and
    /// sums of vectors; float, double, complex. What MKL has no better way for stays with MathNet's managed code.
    /// </summary>
    /// <remarks>
    /// For the application to call at its start, not for a library: the choice is MathNet's global <see cref="LinearAlgebraControl.Provider"/>.
    /// Where the application has brought MathNet's own MKL package (MathNet.Numerics.Providers.MKL), that one is used.
    /// </remarks>
    /// <param name="path">
    /// The library's file or its folder, before any other place; null for those that <see cref="Acceleration"/> names. Ignored where a library is loaded already.
    /// </param>
    /// <returns>Whether MathNet uses MKL now. If not, <see cref="Mkl"/> says why, and nothing has changed.</returns>
    public static bool TryUseMkl(string? path = null) =>
        LinearAlgebraControl.TryUseNativeMKL()
        || (MklLibrary.Find(path).Library is { } library && LinearAlgebraControl.TryUse(new MklProvider(library)));

    /// <summary>Has MathNet compute with its managed code from now on, in the whole process.</summary>
    public static void UseManaged() => LinearAlgebraControl.UseManaged();
}
