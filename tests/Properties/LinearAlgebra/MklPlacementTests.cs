using System.Numerics;
using System.Runtime.InteropServices;
using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra.Factorization;
using MathNet.Numerics.Providers.LinearAlgebra;
using Optim.CSharp;
using Optim.LinearAlgebra;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;
using Complex = System.Numerics.Complex;

namespace Optim.Properties.LinearAlgebra;

/// <summary>Intel MKL's results have the same bits wherever their operands lie and on any number of threads.</summary>
public class MklPlacementTests(ITestOutputHelper output)
{
    /// <summary>A function's results, from operands that it has placed.</summary>
    private delegate T[][] Work<T>(ILinearAlgebraProvider<T> mkl, Func<T[], T[]> place)
        where T : unmanaged, IEquatable<T>;

    [MklFact]
    public void What_MathNet_gets_does_not_depend_on_where_its_arrays_lie() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        // From 20 on eigenvalues are MKL's; beyond 100 products and factors go block by block.
        int order = draw.Of(draw.Integer(1, 20), draw.Integer(20, 70), draw.Integer(100, 130)), columns = draw.Integer(1, 40);
        Check<float>(draw, order, columns);
        Check<double>(draw, order, columns);
        Check<Complex32>(draw, order, columns);
        Check<Complex>(draw, order, columns);
    }, 12);

    [MklFact]
    public void Products_of_rules_do_not_depend_on_where_their_factors_lie_nor_on_threads()
    {
        // Three panels, the last one narrower; some shapes at which MKL's code for AVX2 gives a panel other bits than the whole.
        foreach (var (rows, inner, columns) in new[] { (600, 90, 70), (530, 141, 203), (301, 256, 300) })
        {
            Check<float>(rows, inner, columns);
            Check<double>(rows, inner, columns);
        }

        static void Check<T>(int rows, int inner, int columns)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var draw = new Draw(rows, 100);
            T[] a = Numbers(rows * inner), b = Numbers(inner * columns), turned = new T[a.Length];
            Product.Transpose<T>(a, turned, rows, inner);
            var (expected, expectedSquare) = At(0, 1);
            for (int offset = 0; offset < 64 / Marshal.SizeOf<T>(); offset++)
            {
                var (product, square) = At(offset, 1 + (offset % 4));
                Same.Bits<T>(expected, product, $"a product of {rows} x {inner} x {columns}");
                Same.Bits<T>(expectedSquare, square, $"a symmetric product of {rows} x {inner}");
            }

            T[] Numbers(int length) => [.. Enumerable.Range(0, length).Select(_ => T.CreateTruncating(draw.Plain()))];

            (T[] Product, T[] Square) At(int offset, int threads)
            {
                var engine = new Engine(threads).WithBackend(Backend.MklMatrices);
                var c = Placed.After(new T[rows * columns], 3 * offset);
                Product.Of<T>(Placed.After(a, offset).Span, Placed.After(b, 5 * offset).Span, c.Span, rows, inner, columns, engine);
                var square = Placed.After(new T[rows * rows], 7 * offset);
                Product.OfSymmetric<T>(Placed.After(a, offset).Span, Placed.After(turned, 2 * offset).Span, square.Span, rows, inner, engine);
                return (c.ToArray(), square.ToArray());
            }
        }
    }

    [MklFact]
    public void Every_rule_steps_to_the_same_bits_on_an_applications_arrays_and_any_number_of_threads()
    {
        foreach (var entry in RuleNames.OfGradient)
        {
            foreach (var backend in new[] { Backend.MklMatrices, Backend.Mkl })
            {
                Check<float>(entry.Create(), backend);
                Check<double>(entry.Create(), backend);
            }
        }

        static void Check<T>(Rule rule, Backend backend)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            // More than a thread's share, a matrix that is worth several, lengths that leave every tensor at another place.
            var layout = Layout.Of(new("long", 70_001), new("matrix", 66, 83), new("one", 1), new("short", 37));
            var draw = new Draw(7, 100);
            TensorSet<T>[] gradients = [.. Enumerable.Range(0, 3).Select(_ => TensorSet.Generate(layout, _ => T.CreateTruncating(draw.Plain())))];
            var start = gradients[0].Map(x => x / T.CreateTruncating(3));
            var expected = Optimizer.Init(rule, start).WithBackend(backend).WithMaxThreads(1);
            var threaded = expected.WithMaxThreads(3);
            using var own = new InPlaceOptimizer<T>(rule, start.Select((tensor, i) => new Parameter<T>(tensor.Shape, Placed.After(tensor.ToArray(), i + 1), Placed.After(new T[tensor.Length], 2 * i))))
            {
                Backend = backend,
            };
            for (int step = 0; step < gradients.Length; step++)
            {
                foreach (var (parameter, gradient) in own.Parameters.Zip(gradients[step]))
                {
                    gradient.Span.CopyTo(parameter.Gradient.Span);
                }

                own.MaxThreads = 1 + step;
                own.Step(loss: 1.5, hessianDiagonal: gradients[step]);
                expected = Optimizer.Step(expected, gradients[step], loss: 1.5, hessianDiagonal: gradients[step]).Item1;
                threaded = Optimizer.Step(step > 0 ? threaded.Donate() : threaded, gradients[step], loss: 1.5, hessianDiagonal: gradients[step]).Item1;
            }

            string where = $"of {rule} by {backend}";
            Same.Bits(expected, threaded, where + " on threads");
            Same.Bits(expected, own.Snapshot(), where + " in place");
        }
    }

    private static void Check<T>(Draw draw, int order, int columns)
        where T : unmanaged, IEquatable<T>
    {
        var pair = new MklPair<T>();
        foreach (var (name, work) in Everything<T>(draw, order, columns))
        {
            T[][] expected = work(pair.Mkl, values => Placed.At(values, 0));
            Parallel.For(0, Placed.Count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, place =>
            {
                int next = place;
                T[][] actual = work(pair.Mkl, values => Placed.At(values, (next += 3) % Placed.Count));
                for (int i = 0; i < expected.Length; i++)
                {
                    Assert.True(
                        MemoryMarshal.AsBytes<T>(expected[i]).SequenceEqual(MemoryMarshal.AsBytes<T>(actual[i])),
                        $"{name} of {typeof(T).Name}, order {order}, {columns} columns: result {i} has other bits at place {place}");
                }
            });
        }
    }

    private static IEnumerable<(string Name, Work<T> Work)> Everything<T>(Draw draw, int order, int columns)
        where T : unmanaged, IEquatable<T>
    {
        T[] any = MklPair<T>.Random(draw, order * order), regular = MklPair<T>.Regular(draw, order, order), right = MklPair<T>.Random(draw, order * columns);
        T[] tall = MklPair<T>.Regular(draw, order + columns, order), hermitian = MklPair<T>.Hermitian(draw, order), definite = (T[])hermitian.Clone();
        T factor = MklPair<T>.Number(new(0.37, -1.3));
        for (int i = 0; i < order; i++)
        {
            definite[(i * order) + i] = MklPair<T>.Number(MklPair<T>.Widen(definite[(i * order) + i]) + (30 * order));
        }

        yield return ("a sum", (mkl, place) =>
        {
            T[] sum = place(any), scaled = place(any);
            mkl.AddVectorToScaledVector(sum, factor, place(regular), sum);
            mkl.ScaleArray(factor, scaled, scaled);
            return [sum, scaled, [mkl.DotProduct(place(any), place(regular))]];
        });
        yield return ("a product", (mkl, place) =>
        {
            T[] product = place(right), transposed = place(right), both = place(any);
            mkl.MatrixMultiply(place(any), order, order, place(right), order, columns, product);
            mkl.MatrixMultiplyWithUpdate(Transpose.ConjugateTranspose, Transpose.DontTranspose, factor, place(any), order, order, place(right), order, columns, factor, transposed);
            mkl.MatrixMultiplyWithUpdate(Transpose.DontTranspose, Transpose.Transpose, factor, place(right), order, columns, place(right), order, columns, factor, both);
            return [product, transposed, both];
        });
        yield return ("LU", (mkl, place) =>
        {
            T[] factors = place(any), inverse = place(regular), x = place(right);
            mkl.LUFactor(factors, order, new int[order]);
            mkl.LUInverse(inverse, order);
            mkl.LUSolve(columns, place(regular), order, x);
            return [factors, inverse, x];
        });
        yield return ("Cholesky", (mkl, place) =>
        {
            T[] factors = place(definite), x = place(right);
            mkl.CholeskyFactor(factors, order);
            mkl.CholeskySolve(place(definite), order, x, columns);
            return [factors, x];
        });
        yield return ("QR", (mkl, place) =>
        {
            int rows = order + columns;
            T[] r = place(tall), q = place(new T[rows * rows]), tau = place(new T[order]), thin = place(tall), upper = place(new T[order * order]), x = place(new T[order]);
            mkl.QRFactor(r, rows, order, q, tau);
            mkl.ThinQRFactor(thin, rows, order, upper, tau);
            mkl.QRSolve(place(tall), rows, order, place(tall[..rows]), 1, x, QRMethod.Thin);
            return [r, q, tau, thin, upper, x];
        });
        yield return ("SVD", (mkl, place) =>
        {
            int rows = order + columns;
            T[] s = place(new T[order]), alone = place(new T[order]), u = place(new T[rows * rows]), vt = place(new T[order * order]);
            mkl.SingularValueDecomposition(true, place(tall), rows, order, s, u, vt);
            mkl.SingularValueDecomposition(false, place(tall), rows, order, alone, place(new T[rows * rows]), place(new T[order * order]));
            return [s, u, vt, alone];
        });
        foreach (bool symmetric in new[] { true, false })
        {
            yield return (symmetric ? "eigenvectors of a symmetric matrix" : "eigenvectors", (mkl, place) =>
            {
                // The managed code, for small matrices, begins with the identity.
                T[] vectors = place([.. MklPair<T>.Identity(order).Select(MklPair<T>.Number)]), values = place(new T[order * order]);
                mkl.EigenDecomp(symmetric, order, place(symmetric ? hermitian : any), vectors, new Complex[order], values);
                return [vectors, values];
            });
        }
    }
}
