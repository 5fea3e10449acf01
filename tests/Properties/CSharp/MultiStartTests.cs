using MathNet.Numerics.LinearAlgebra;
using Optim.CSharp;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.CSharp;

/// <summary>From many starts: the starts, the basins, and that threads do not show.</summary>
public class MultiStartTests
{
    private static readonly (double X, double Y)[] Himmelblau = [(3, 2), (-2.805118086952745, 3.131312518250573), (-3.7793102533777469, -3.2831859912861694), (3.5844283403304917, -1.8481265269644035)];

    [Fact]
    public void Each_part_of_each_parameters_range_is_started_from_once()
    {
        double[] lower = [-5, 0, 2], upper = [5, 1e-3, 2];
        foreach (int count in new[] { 1, 2, 7, 64 })
        {
            var points = new MultiStart { Starts = count, Seed = 3 }.Points(lower, upper);
            Assert.Equal(count, points.Count);
            for (int j = 0; j < 2; j++)
            {
                int[] parts = [.. points.Select(point => Math.Min(count - 1, (int)((point[j] - lower[j]) / (upper[j] - lower[j]) * count))).Order()];
                Assert.Equal(Enumerable.Range(0, count), parts);
            }

            Assert.All(points, point => Assert.Equal(2, point[2]));
        }

        Assert.Equal(new MultiStart().Points(lower, upper), new MultiStart().Points(lower, upper));
        Assert.NotEqual(new MultiStart().Points(lower, upper), new MultiStart { Seed = 1 }.Points(lower, upper));
    }

    [Fact]
    public void All_four_minima_of_Himmelblaus_function_are_found_and_threads_do_not_show()
    {
        var one = Found(1);
        Assert.Equal(4, one.Basins.Count);
        Assert.Equal(48, one.Basins.Sum(basin => basin.Count) + one.Unconverged);
        Assert.Equal(
            Himmelblau.Order().Select(p => (Math.Round(p.X, 6), Math.Round(p.Y, 6))),
            one.Basins.Select(basin => (Math.Round(basin.Best.Point[0], 6), Math.Round(basin.Best.Point[1], 6))).Order());
        Assert.All(one.Basins, basin => Assert.InRange(basin.Loss, 0, 1e-12));
        Assert.Equal(one.Best, one.Basins[0].Best);
        foreach (int threads in new[] { 2, 3, 8 })
        {
            Assert.Equal(one, Found(threads));
            Assert.Equal(one.ToString(), Found(threads).ToString());
        }

        static MultiStartResult<MinimizerResult> Found(int threads) =>
            new Minimizer(new() { Lower = [-5], Upper = [5, 5], MaxThreads = threads }).Minimize(x => Math.Pow((x[0] * x[0]) + x[1] - 11, 2) + Math.Pow(x[0] + (x[1] * x[1]) - 7, 2), new MultiStart { Starts = 48 });
    }

    [Fact]
    public void A_fit_with_several_minima_is_the_lowest_of_them()
    {
        // The frequency of an oscillation: each start leads to the nearest of many.
        double[] times = [.. Enumerable.Range(0, 40).Select(i => i / 4.0)];
        var observed = Vector<double>.Build.Dense(40, i => 2 * Math.Sin(3.3 * times[i]));
        var minimizer = new Minimizer(new() { Lower = [0.1, 0], Upper = [5, 6] });
        var found = minimizer.FitLeastSquares(b => observed - Vector<double>.Build.Dense(40, i => b[0] * Math.Sin(b[1] * times[i])), new MultiStart { Starts = 30 });
        Assert.Equal(3.3, found.Best.Parameters[1], 1e-8);
        Assert.Equal(2, found.Best.Parameters[0], 1e-8);
        Assert.True(found.Basins.Count > 3);
        Assert.StartsWith("30 starts, ", found.ToString(), StringComparison.Ordinal);
        Assert.Equal(30, found.Runs.Count);
    }

    [Fact]
    public void What_cannot_be_started_from_is_refused_and_what_the_objective_throws_is_that_of_the_first_start()
    {
        Func<Vector<double>, double> square = x => x[0] * x[0];
        Refused.With<ArgumentException>("Lower and Upper must both be one number for each parameter, were 0 and 0.", () => new Minimizer().Minimize(square, new MultiStart()));
        Refused.With<ArgumentException>("Lower and Upper must be finite and in order, to draw starts from, they were 0 and Infinity at parameter 1.", () => new Minimizer(new() { Lower = [0, 0], Upper = [1, double.PositiveInfinity] }).Minimize(square, new MultiStart()));
        Refused.With<ArgumentOutOfRangeException>("Starts must be a whole number of 1 or more, was 0.", () => new MultiStart { Starts = 0 });
        var starts = new MultiStart { Starts = 8 };
        double first = starts.Points([0], [1])[0][0];
        var thrown = Assert.Throws<InvalidDataException>(() => new Minimizer(new() { Lower = [0], Upper = [1], MaxThreads = 4 }).Minimize(
            (Func<Vector<double>, double>)(x => throw new InvalidDataException(x[0].ToString("R", System.Globalization.CultureInfo.InvariantCulture))), starts));
        Assert.Equal(first, double.Parse(thrown.Message, System.Globalization.CultureInfo.InvariantCulture));
    }
}
