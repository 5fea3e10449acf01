using MathNet.Numerics.Providers.LinearAlgebra;
using Optim.LinearAlgebra;

namespace Optim;

/// <summary>Intel MKL as the backend of MathNet's vectors and matrices, if installed. Nothing requires it, and nothing uses it by default.</summary>
/// <remarks>
/// <para>
/// The library is <c>libmkl_rt.so.2</c>, <c>.so.1</c> or <c>.so</c> (Windows: <c>mkl_rt.2.dll</c>, <c>mkl_rt.1.dll</c>, <c>mkl_rt.dll</c>), as the
/// system finds libraries, then under <c>MKLROOT</c>. The environment variable <c>OPTIM_MKL_PATH</c>, the library's file or its folder, takes precedence: if it
/// is set, nothing else is tried. It is loaded on first use; the outcome does not change for the rest of the process.
/// </para>
/// <para>
/// MKL runs only on the calling thread (its sequential layer), and may be called from any number of threads. Its results
/// are not bitwise identical across machines: rules, and everything else under the determinism contract, do not use it by default.
/// </para>
/// </remarks>
public static class Acceleration
{
    /// <summary>Whether Intel MKL is available, which version, or why not. Loads it on first use; changes nothing else.</summary>
    public static MklStatus Mkl => MklLibrary.Find(null).Status;

    /// <summary>
    /// Makes MathNet use Intel MKL from now on, in the whole process: products, LU, Cholesky, QR, SVD, eigenvalues, dot products and
    /// sums of vectors; float, double, complex. Operations that MKL does not speed up stay with MathNet's managed code.
    /// </summary>
    /// <remarks>
    /// To be called by the application at its start, not by a library: it sets MathNet's global <see cref="LinearAlgebraControl.Provider"/>.
    /// If the application references MathNet's own MKL package (MathNet.Numerics.Providers.MKL), that one is used.
    /// </remarks>
    /// <param name="path">
    /// The library's file or its folder, tried first; null for the places that <see cref="Acceleration"/> names. Ignored if a library is already loaded.
    /// </param>
    /// <returns>Whether MathNet uses MKL now. If not, <see cref="Mkl"/> says why, and nothing has changed.</returns>
    public static bool TryUseMkl(string? path = null) =>
        LinearAlgebraControl.TryUseNativeMKL()
        || (MklLibrary.Find(path).Library is { } library && LinearAlgebraControl.TryUse(new MklProvider(library)));

    /// <summary>Makes MathNet use its managed code from now on, in the whole process.</summary>
    public static void UseManaged() => LinearAlgebraControl.UseManaged();
}
