using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Objectives;

/// <summary>The landscapes: gradients that differences confirm, and minima that are minima.</summary>
public class LandscapeTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Landscape.All.Select(landscape => landscape.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_is_right_anywhere_in_the_box(string name)
    {
        var landscape = Landscape.Find(name)!;
        double worst = 0;
        Law.Check(output, Cases.Of(draw => Inside(draw, landscape)), point =>
        {
            // Beside a stationary point the rounding of large terms that cancel shows in the differences: up to 1e-5 in 3,000 points.
            var check = GradientCheck.Of(landscape.Objective, TensorSet.OfArray(point), tolerance: 1e-4);
            worst = Math.Max(worst, check.LargestError);
            Assert.True(check.Verdict == GradientVerdict.Right, $"{name}: {check}");
        });
        output.WriteLine($"{name}: largest relative error {worst:G3}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_minima_are_level_worth_the_least_value_and_below_every_other_point(string name)
    {
        var landscape = Landscape.Find(name)!;
        foreach (var minimum in landscape.Minima)
        {
            var (value, gradient) = landscape.Objective(TensorSet.OfArray(minimum.ToArray()));
            Assert.Equal(landscape.Least, value, 1e-11);
            Assert.All(gradient.ToArray(), g => Assert.Equal(0, g, 1e-11));
            Assert.Equal(0, landscape.Distance(minimum));
        }

        Law.Check(output, Cases.Of(draw => Inside(draw, landscape)), point =>
            Assert.True(landscape.Objective(TensorSet.OfArray(point)).Item1 >= landscape.Least - 1e-11, $"{name} is lower at {string.Join(", ", point)}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Start_and_minima_lie_in_the_box_and_the_start_is_no_minimum(string name)
    {
        var landscape = Landscape.Find(name.ToUpperInvariant())!;
        Assert.All(landscape.Minima.Append(landscape.Start), point =>
        {
            Assert.Equal(landscape.Lower.Count, point.Count);
            Assert.All(Enumerable.Range(0, point.Count), i => Assert.InRange(point[i], landscape.Lower[i], landscape.Upper[i]));
        });
        Assert.True(landscape.Distance(landscape.Start) > 0.1);
        Assert.True(landscape.Objective(TensorSet.OfArray(landscape.Start.ToArray())).Item1 > landscape.Least + 0.01);
    }

    [Fact]
    public void Problems_of_any_length_have_right_gradients_at_any_length() => Law.Check(output, Cases.Of(draw => draw.Numbers(draw.Integer(1, 6), () => draw.Plain() / 4)), x =>
    {
        (string Name, Func<TensorSet<double>, Tuple<double, TensorSet<double>>> Objective)[] problems =
        [
            ("sphere", TestProblems.Sphere), ("ackley", TestProblems.Ackley), ("levy", TestProblems.Levy), ("rastrigin", TestProblems.Rastrigin),
        ];
        foreach (var (name, objective) in problems)
        {
            var check = GradientCheck.Of(objective, TensorSet.OfArray(x), tolerance: 1e-4);
            Assert.True(check.Verdict == GradientVerdict.Right || x.All(v => Math.Abs(v) < 1e-3), $"{name}: {check}");
        }
    }, 50);

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Null(Landscape.Find("himmel"));
        Refused.With<ArgumentException>("point must have 2 parameters, has 1", () => Landscape.Find("sphere")!.Distance([1]));
        Refused.With<ArgumentException>("Colville is a function of 4 parameters here, was given 2", () => TestProblems.Colville(TensorSet.OfArray([1.0, 2])));
        Refused.With<ArgumentException>("examples must be 1 by 2, was 2 by 2", () => TestProblems.LeastSquares<double>(new double[2, 2], [1]));
        Refused.With<ArgumentException>("There must be examples", () => TestProblems.LeastSquares<double>(new double[0, 2], []));
    }

    private static double[] Inside(Draw draw, Landscape landscape) =>
        [.. landscape.Lower.Zip(landscape.Upper, (low, high) => low + ((high - low) * draw.Fraction()))];
}
