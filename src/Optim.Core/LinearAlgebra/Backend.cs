namespace Optim;

/// <summary>Who does a step's arithmetic. The rules are the same in each case: their formulas are written once.</summary>
/// <remarks>
/// Only <see cref="Simd"/> gives the same bits on every machine. Sums and norms are its own in every case. docs/performance.md has measured which is faster where.
/// </remarks>
public enum Backend
{
    /// <summary>Everything by the processor's vector instructions, correctly rounded. The default; needs nothing installed.</summary>
    Simd,

    /// <summary>
    /// Matrix products, eigenvectors and QR of the rules that need them (Muon, Shampoo, SOAP) by Intel MKL's BLAS and LAPACK; all else as <see cref="Simd"/>.
    /// </summary>
    MklMatrices,

    /// <summary>
    /// Matrices by Intel MKL, and elementwise formulas too: on blocks that fit the cache, each operation by a call of its vector mathematics (VML, in its
    /// mode of highest accuracy) or of BLAS. What neither has (maximum, minimum, choice by sign, powers of two) is as in <see cref="Simd"/>. An operation errs by at
    /// most 1 ulp (sums, differences, products 0.5; a multiplication and an addition together are rounded once or twice).
    /// </summary>
    Mkl,
}
