using Optim.LinearAlgebra;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.LinearAlgebra;

/// <summary>Eigen-decompositions of symmetric matrices, elements at the ends of the number line included.</summary>
public class SymmetricTests(ITestOutputHelper output)
{
    private static readonly double[] Ends = [1e300, -1e300, double.Epsilon, 1e200, 1e-200, 1e-310, 1e-170, -1e-155, 0, -0.0, 1];

    [Fact]
    public void Every_finite_matrix_has_a_decomposition_that_gives_it_back() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        int order = draw.Integer(0, 12);
        double share = draw.Fraction();
        double[] matrix = new double[order * order];
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                matrix[(i * order) + j] = matrix[(j * order) + i] = draw.Fraction() < share ? draw.Of(Ends) : draw.Wide();
            }
        }

        double largest = matrix.Select(Math.Abs).DefaultIfEmpty(0).Max();
        var (values, vectors) = Symmetric.Decompose([.. matrix], order, new Engine(1)) ?? throw new InvalidOperationException(FormattableString.Invariant($"No decomposition of {string.Join(", ", matrix)}."));
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j < order; j++)
            {
                double sum = 0, product = 0;
                for (int k = 0; k < order; k++)
                {
                    sum += vectors[(k * order) + i] * values[k] * vectors[(k * order) + j];
                    product += vectors[(i * order) + k] * vectors[(j * order) + k];
                }

                Assert.True(Math.Abs(sum - matrix[(i * order) + j]) <= (1e-14 * order * largest) + (order * double.Epsilon));
                Assert.True(Math.Abs((i == j ? 1 : 0) - product) <= 1e-13, FormattableString.Invariant($"{product} at {i}, {j} of {string.Join(", ", matrix)}."));
            }
        }
    }, 1000);

    [Fact]
    public void A_matrix_that_is_not_finite_has_none()
    {
        Assert.Null(Symmetric.Decompose([1, double.NaN, double.NaN, 1], 2, new Engine(1)));
        Assert.Null(Symmetric.Decompose([double.PositiveInfinity], 1, new Engine(1)));
    }
}
