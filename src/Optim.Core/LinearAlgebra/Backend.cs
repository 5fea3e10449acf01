namespace Optim;

/// <summary>The backend of a step's arithmetic. The rules are the same for each: their formulas are written once.</summary>
/// <remarks>
/// Only <see cref="Simd"/> gives the same bits on every machine. Sums and norms always use it. docs/performance.md compares their speed.
/// </remarks>
public enum Backend
{
    /// <summary>Everything with the processor's vector instructions, correctly rounded. The default; needs nothing installed.</summary>
    Simd,

    /// <summary>
    /// Matrix products, eigenvectors and QR of the rules that need them (Muon, Shampoo, SOAP) by Intel MKL's BLAS and LAPACK; everything else as <see cref="Simd"/>.
    /// </summary>
    MklMatrices,

    /// <summary>
    /// Matrices by Intel MKL, and elementwise formulas too: on blocks that fit the cache, each operation one call to its vector mathematics (VML, in
    /// high-accuracy mode) or BLAS. What neither has (maximum, minimum, selection by sign, powers of two) is as in <see cref="Simd"/>. An operation's error is at
    /// most 1 ulp (sums, differences, products 0.5; a multiply-add is rounded once or twice).
    /// </summary>
    Mkl,
}
