using System.Globalization;
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
        }

        Acceleration.UseManaged();
        Print("managed", LinearAlgebraControl.Provider is ManagedLinearAlgebraProvider);
        return 0;
    }

    private static void Print(string name, object value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value}"));
}
