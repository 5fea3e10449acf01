using System.Numerics;
using System.Runtime.InteropServices;
using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Optim.Cli.Compare;
using Optim.Networks;

namespace Optim.Cli.Bench.Matrices;

/// <summary>A matrix-bound task, with one of several implementations.</summary>
/// <param name="Work">The task.</param>
/// <param name="By">The implementation.</param>
/// <param name="Run">Runs it once.</param>
internal sealed record MatrixTask(string Work, string By, Action Run)
{
    public const string Product = "product, 1024 x 1024, float32", Muon = "Muon step, 1024 x 1024, float32", Eigenvectors = "eigenvectors, symmetric, 256 x 256, float64",
        Shampoo = "Shampoo step with new roots, 256 x 256, float32", Soap = "SOAP step, 256 x 256, float32", Digits = "digits, one epoch of AdamW, batches of 32, float64";

    public const string Called = "MKL, called directly", Provider = "MathNet with MKL", Managed = "MathNet, managed", Simd = "simd", MklMatrices = "mkl-matrices", Mkl = "mkl";

    private const int Large = 1024, Middle = 256;

    /// <summary>All tasks, each on one thread; without Intel MKL, those that do not need it.</summary>
    public static IReadOnlyList<MatrixTask> All()
    {
        List<MatrixTask> tasks = [];
        bool mkl = Acceleration.Mkl.IsAvailable;
        Matrix<float> a = Random(1), b = Random(2), c = Matrix<float>.Build.Dense(Large, Large);
        if (mkl)
        {
            tasks.Add(new(Product, Called, DirectProduct()));
        }

        OfMathNet(Product, () => a.Multiply(b, c));
        OfRule(Muon, new Muon(), Large);
        var symmetric = Matrix<double>.Build.Dense(Middle, Middle, (i, j) => Math.Sin((i * j) + i + j)) + (10 * Matrix<double>.Build.DenseIdentity(Middle));
        OfMathNet(Eigenvectors, () => symmetric.Evd(Symmetricity.Symmetric));
        OfRule(Shampoo, new Shampoo(), Middle);
        OfRule(Soap, new Soap(), Middle);
        var digits = Training.Digits.Load(seed: 0);
        OfMathNet(Digits, () => DigitsComparison.Run(digits, new AdamW(), batchSize: 32, seed: 0, epochs: 1, _ => { }, CancellationToken.None));
        return tasks;

        void OfMathNet(string work, Action run)
        {
            if (mkl)
            {
                tasks.Add(new(work, Provider, () => With(() => Acceleration.TryUseMkl(), run)));
            }

            tasks.Add(new(work, Managed, () => With(Acceleration.UseManaged, run)));
        }

        void OfRule(string work, Rule rule, int order)
        {
            foreach (var (backend, by) in new[] { (Backend.Simd, Simd), (Backend.MklMatrices, MklMatrices), (Backend.Mkl, Mkl) }.Where(x => mkl || x.Item1 == Backend.Simd))
            {
                var layout = Layout.Of(new TensorShape("weight", order, order));
                var gradient = TensorSet.Generate(layout, i => MathF.Sin(i * 0.7f));
                var state = Optimizer.Init(rule, gradient).WithMaxThreads(1).WithBackend(backend);
                tasks.Add(new(work, by, () => state = Optimizer.Step(state.StepCount == 0 ? state : state.Donate(), gradient).Item1));
            }
        }

        static void With(Action use, Action run)
        {
            use();
            Control.UseSingleThread();
            run();
        }
    }

    /// <summary>A product by <c>cblas_sgemm</c> directly.</summary>
    private static unsafe Action DirectProduct()
    {
        const int RowMajor = 101, NoTranspose = 111;
        var gemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
            NativeLibrary.GetExport(NativeLibrary.Load(Acceleration.Mkl.Path!), "cblas_sgemm");
        float[] a = Random(1).ToRowMajorArray(), b = Random(2).ToRowMajorArray(), c = new float[Large * Large];
        return () =>
        {
            fixed (float* x = a, y = b, z = c)
            {
                gemm(RowMajor, NoTranspose, NoTranspose, Large, Large, Large, 1, x, Large, y, Large, 0, z, Large);
            }
        };
    }

    private static Matrix<float> Random(int seed)
    {
        var random = new Random(seed);
        return Matrix<float>.Build.Dense(Large, Large, (_, _) => random.NextSingle() - 0.5f);
    }
}
