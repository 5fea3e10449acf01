using System.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;
using Optim.Execution;

namespace Optim.LinearAlgebra;

/// <summary>The compute resources of a step.</summary>
/// <param name="Threads">The maximum number of threads.</param>
/// <param name="Backend">The backend that does the arithmetic.</param>
/// <param name="Mkl">The library, if the backend needs it.</param>
/// <param name="Peers">The other parts of the set, stepped elsewhere; null where the step sees it whole.</param>
/// <param name="Firsts">Which element of the whole tensor the first one here is, by tensor; null where each tensor is here whole or not at all.</param>
internal readonly record struct Engine(int Threads, Backend Backend = Backend.Simd, MklLibrary? Mkl = null, IStepPeers? Peers = null, int[]? Firsts = null)
{
    /// <summary>The same for a set that is no part of another.</summary>
    public Engine Alone => this with { Peers = null, Firsts = null };

    /// <summary>Decompositions of matrices in double; managed ones have the same bits everywhere.</summary>
    public ILinearAlgebraProvider<double> Decompositions => Mkl is null ? ManagedLinearAlgebraProvider.Instance : Mkl.DoubleAlgebra;

    /// <summary>The functions for elementwise formulas; null if they run on vector instructions.</summary>
    public MklVectors<T>? Vectors<T>()
        where T : unmanaged => Backend == Backend.Mkl ? Mkl!.Vectors<T>() : null;

    /// <summary>The same with another number of threads.</summary>
    public Engine WithThreads(int threads) => this with { Threads = threads };

    /// <summary>The same with another backend.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such backend.</exception>
    /// <exception cref="InvalidOperationException">Intel MKL is needed and not available; the message has the reason.</exception>
    public Engine WithBackend(Backend backend)
    {
        if (!Enum.IsDefined(backend))
        {
            throw new ArgumentOutOfRangeException(
                nameof(backend), backend, $"The backend must be one of {string.Join(", ", Enum.GetNames<Backend>())}, was {backend.ToString("D")}.");
        }

        if (backend == Backend.Simd)
        {
            return this with { Backend = backend, Mkl = null };
        }

        var search = MklLibrary.Find(null);
        var library = search.Library ?? throw new InvalidOperationException($"Backend.{backend.ToString()} needs Intel MKL. {search.Status.Reason}");
        return this with { Backend = backend, Mkl = library };
    }
}
