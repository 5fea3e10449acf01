using System.Globalization;
using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Providers.LinearAlgebra;
using Optim;

namespace Optim.Fingerprint;

/// <summary>
/// MKL in a process of its own: what an application does to switch it on and off, and calls on ten million elements, which abort the
/// process where MKL's threading layer is not set first.
/// </summary>
internal static class MklSmoke
{
    private delegate int Setter(int value);

    private delegate double Dot(int length, double[] x, int stepX, double[] y, int stepY);

    public static int Run(string? path)
    {
        bool used = Acceleration.TryUseMkl(path);
        Print("used", used);
        Print("status", Acceleration.Mkl);
        Print("provider", LinearAlgebraControl.Provider);
        Print("again", Acceleration.TryUseMkl("nowhere"));

        const int Length = 10_000_000;
        var x = Vector<double>.Build.Dense(Length, i => i % 7);
        var y = Vector<double>.Build.Dense(Length, 2);
        Print("dot", x.DotProduct(y));
        Print("sum", (x + (3 * y))[Length - 1]);
        if (used)
        {
            const int Order = 3163;
            var a = Matrix<float>.Build.Dense(Order, Order, (i, j) => i == j ? 2 : 0);
            Print("product", (a * a)[Order - 1, Order - 1]);
            Print("solution", a.Solve(Vector<float>.Build.Dense(Order, 4))[Order - 1]);
            Print("step", MathF.Round(Optimizer.Init(new AdamW { LearningRate = 0.5, WeightDecay = 0 }, TensorSet.Filled(Layout.OfVector(Length), 1f))
                .WithBackend(Backend.Mkl).Step(TensorSet.Filled(Layout.OfVector(Length), 3f)).Item2.Span[Length - 1], 4));
            Print("muon", float.IsFinite(Optimizer.Init(new Muon(), TensorSet.Filled(Layout.Of(new TensorShape("matrix", 2000, 1000)), 1f))
                .WithBackend(Backend.Mkl).Step(TensorSet.Generate(Layout.Of(new TensorShape("matrix", 2000, 1000)), i => MathF.Sin(i))).Item2.Span[^1]));
            Print("views", Views());
        }

        Acceleration.UseManaged();
        Print("managed", LinearAlgebraControl.Provider is ManagedLinearAlgebraProvider);
        return 0;
    }

    /// <summary>The mode of reproducibility that MKL is put into.</summary>
    /// <param name="usedBefore">The library's file, where the application has had MKL compute before it asks Optim for it; in the threading layer that Optim needs.</param>
    public static int Mode(string? usedBefore)
    {
        if (usedBefore is not null)
        {
            nint library = NativeLibrary.Load(usedBefore);
            Marshal.GetDelegateForFunctionPointer<Setter>(NativeLibrary.GetExport(library, "MKL_Set_Threading_Layer"))(1);
            double[] x = [1, 2, 3];
            Print("before", Marshal.GetDelegateForFunctionPointer<Dot>(NativeLibrary.GetExport(library, "cblas_ddot"))(x.Length, x, 1, x, 1));
        }

        _ = Acceleration.Mkl;
        Print("asked", LinearAlgebraControl.Provider is ManagedLinearAlgebraProvider);
        Print("used", Acceleration.TryUseMkl());
        Print("mode", Acceleration.Mkl.Reproducibility ?? "none");
        Print("reason", Acceleration.Mkl.Reason ?? "none");
        return 0;
    }

    /// <summary>How far products of parts of matrices, transposed and not, are from those of the managed code.</summary>
    private static double Views()
    {
        var whole = Matrix<double>.Build.Dense(60, 50, (i, j) => Math.Sin((60 * i) + j));
        var part = whole.SubMatrix(7, 31, 5, 22);
        Func<Matrix<double>>[] products =
        [
            () => part * part.Transpose(), () => part.TransposeThisAndMultiply(part), () => part.TransposeAndMultiply(whole.SubMatrix(0, 60, 9, 22)),
            () => whole.Row(3).ToRowMatrix() * whole.SubMatrix(0, 50, 1, 49),
            () => (part.Column(4).ToColumnMatrix() * part.Row(8).ToRowMatrix()).SubMatrix(1, 3, 2, 5),
        ];
        Matrix<double>[] native = [.. products.Select(product => product())];
        LinearAlgebraControl.UseManaged();
        double worst = native.Zip(products, (x, product) => (x - product()).PointwiseAbs().Enumerate().Max()).Max();
        return Math.Ceiling(worst * 1e13);
    }

    private static void Print(string name, object value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value}"));
}
