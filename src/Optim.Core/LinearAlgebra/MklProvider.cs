using MathNet.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;
using Complex = System.Numerics.Complex;

namespace Optim.LinearAlgebra;

/// <summary>MathNet's linear algebra with Intel MKL: one <see cref="MklAlgebra{T}"/> for each of its four types.</summary>
/// <param name="library">The library.</param>
internal sealed partial class MklProvider(MklLibrary library) : ILinearAlgebraProvider
{
    private readonly MklAlgebra<float> singles = new(library.Singles, ManagedLinearAlgebraProvider.Instance);
    private readonly MklAlgebra<double> doubles = new(library.Doubles, ManagedLinearAlgebraProvider.Instance);
    private readonly MklAlgebra<Complex32> complex32s = new(library.Complex32s, ManagedLinearAlgebraProvider.Instance);
    private readonly MklAlgebra<Complex> complexes = new(library.Complexes, ManagedLinearAlgebraProvider.Instance);

    public bool IsAvailable() => true;

    // The library was tried when it was loaded.
    public void InitializeVerify()
    {
    }

    public void FreeResources() => library.FreeBuffers();

    public override string ToString()
    {
        var status = Acceleration.Mkl;
        return $"Intel MKL {status.Version}, mode {status.Reproducibility}";
    }
}
