using Optim.LinearAlgebra;

namespace Optim;

/// <summary>What a matrix is divided by before Newton-Schulz, which needs singular values of at most 1.</summary>
public enum MuonPreconditioning
{
    /// <summary>The Frobenius norm.</summary>
    Frobenius,

    /// <summary>The largest singular value.</summary>
    Spectral,

    /// <summary>Each row of the smaller side by the root of the sum of the magnitudes of its products with all rows (Prach and Lampert 2022, almost orthogonal layers).</summary>
    Aol,

    /// <summary>The root of the Frobenius norm of the matrix times its transpose: the Schatten norm of order 4.</summary>
    Schatten,
}

/// <summary>How Muon and its relatives make the matrices of a tensor orthogonal.</summary>
/// <param name="Coefficients">a, b and c of each iteration in turn, the last three those of all that follow.</param>
/// <param name="Steps">The iterations.</param>
/// <param name="Epsilon">eps of the norm that is divided by.</param>
internal sealed record Orthogonalization(IReadOnlyList<double> Coefficients, int Steps, double Epsilon)
{
    /// <summary>A factor on the norm that is divided by.</summary>
    public double SafetyFactor { get; init; } = 1;

    /// <summary>Whether eps is added to the norm; otherwise it is the least norm.</summary>
    public bool AddEpsilonToNorm { get; init; }

    /// <summary>Whether eps is times <c>sqrt(columns / rows)</c>.</summary>
    public bool ScaleEpsilon { get; init; }

    /// <summary>Whether a tensor of rank 3 or more is a matrix at each position of its kernel; otherwise it is one, [d0, rest].</summary>
    public bool ByPosition { get; init; }

    /// <summary>What is divided by.</summary>
    public MuonPreconditioning Preconditioning { get; init; }

    /// <summary>The matrices of a tensor: rows, columns, and how many there are.</summary>
    public (int Rows, int Columns, int Count) MatricesOf(TensorShape shape)
    {
        int rows = shape.Dimensions.Count == 0 ? 1 : shape.Dimensions[0];
        if (!ByPosition || shape.Dimensions.Count < 3)
        {
            return (rows, shape.Length / Math.Max(rows, 1), 1);
        }

        int columns = shape.Dimensions[1];
        return (rows, columns, shape.Length / Math.Max(rows * columns, 1));
    }

    /// <summary>Makes the matrices of a tensor orthogonal in the update.</summary>
    public void Apply<T>(TensorStepContext<T> context, int tensor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var shape = context.Layout[tensor];
        var (rows, columns, count) = MatricesOf(shape);
        var x = context.ChangeUpdate().Slice(context.Layout.OffsetOf(tensor), shape.Length);
        if (count == 1)
        {
            Apply(context, x, rows, columns);
            return;
        }

        T[] matrix = new T[rows * columns];
        for (int position = 0; position < count; position++)
        {
            for (int i = 0; i < matrix.Length; i++)
            {
                matrix[i] = x[(i * count) + position];
            }

            Apply<T>(context, matrix, rows, columns);
            for (int i = 0; i < matrix.Length; i++)
            {
                x[(i * count) + position] = matrix[i];
            }
        }
    }

    private void Apply<T>(TensorStepContext<T> context, Span<T> x, int rows, int columns)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double norm = context.Norm(x);
        if (Preconditioning == MuonPreconditioning.Frobenius)
        {
            double epsilon = ScaleEpsilon ? Epsilon * Math.Sqrt((double)columns / rows) : Epsilon;
            norm *= SafetyFactor;
            NewtonSchulz.Orthogonalize(x, rows, columns, AddEpsilonToNorm ? norm + epsilon : Math.Max(norm, epsilon), Coefficients, Steps, context.Engine);
        }
        else if (norm != 0)
        {
            // By the norm first: what follows does not see the matrix's scale, and must not overflow.
            double share = Epsilon / norm;
            NewtonSchulz.Orthogonalize(
                x, rows, columns, norm, Coefficients, Steps, context.Engine, (y, small, large) => Divide(y, small, large, share, context.Engine));
        }
    }

    private void Divide<T>(Span<T> x, int rows, int columns, double epsilon, Engine engine)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] transposed = new T[x.Length], square = new T[rows * rows];
        Product.Transpose<T>(x, transposed, rows, columns);
        Product.OfSymmetric<T>(x, transposed, square, rows, columns, engine);
        double[] products = Array.ConvertAll(square, double.CreateTruncating);
        double[] divisors = new double[rows];
        switch (Preconditioning)
        {
            case MuonPreconditioning.Spectral:
                divisors.AsSpan().Fill((Symmetric.Decompose(products, rows, engine) is { } spectrum ? Math.Sqrt(Math.Max(spectrum.Values[^1], 0)) : double.NaN) + epsilon);
                break;
            case MuonPreconditioning.Schatten:
                divisors.AsSpan().Fill(Math.Sqrt(Math.Sqrt(products.Sum(y => y * y))));
                break;
            default:
                for (int i = 0; i < rows; i++)
                {
                    double sum = 0;
                    foreach (double product in products.AsSpan(i * rows, rows))
                    {
                        sum += Math.Abs(product);
                    }

                    divisors[i] = sum == 0 ? 1 : Math.Sqrt(sum);
                }

                break;
        }

        for (int i = 0; i < x.Length; i++)
        {
            x[i] = T.CreateTruncating(double.CreateTruncating(x[i]) / divisors[i / columns]);
        }
    }
}

/// <summary>What the rules with orthogonal steps do at a rate of 0.</summary>
internal static class RestingTensors
{
    /// <summary>Whether a tensor moves: at a rate of 0 its update is 0, whatever its matrix would be, which coefficients of one's own may make infinite.</summary>
    public static bool Moves<T>(this TensorStepContext<T> context, int tensor, double rate)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (rate == 0)
        {
            context.ChangeUpdate().Slice(context.Layout.OffsetOf(tensor), context.Layout[tensor].Length).Clear();
        }

        return rate != 0;
    }
}
