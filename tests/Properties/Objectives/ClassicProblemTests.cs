using System.Globalization;
using Optim.Properties.Checking;
using Optim.Properties.Objectives.Classics;
using Xunit;

namespace Optim.Properties.Objectives;

/// <summary>L-BFGS on the problems of the literature: the table of docs/minimizing.md. OPTIM_UPDATE_DOCS=1 writes its figures anew.</summary>
public class ClassicProblemTests
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs", "minimizing.md");

    private static readonly ClassicProblem[] Problems = [.. MoreGarbowHillstrom.All, .. NistReference.All];

    public static TheoryData<string> Names => [.. Problems.Select(problem => problem.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_published_minimum_is_reached_within_the_evaluations_on_the_page_and_no_point_twice(string name)
    {
        var problem = Problems.Single(problem => problem.Name == name);
        var seen = new HashSet<TensorSet<double>>();
        var end = Optimizer.Minimize(new Lbfgs(), TensorSet.OfArray(problem.Start), point =>
        {
            Assert.True(seen.Add(point.Copy()), "a point is evaluated twice");
            return problem.Objective(point);
        });
        Assert.Contains(problem.Minima, minimum => Math.Abs(end.Loss - minimum) <= 1e-5 * (minimum + 1e-3));
        Assert.True(end.Reason == ExitReason.GradientBelowTolerance || end.GradientNorm < 1e-6 * (1 + problem.At(problem.Start).Gradient.Max(Math.Abs)), end.ToString());
        string row = string.Create(
            CultureInfo.InvariantCulture, $"| {name} | {problem.Start.Length} | {string.Join(" or ", problem.Minima.Select(minimum => minimum.ToString("G6", CultureInfo.InvariantCulture)))} | {end.Loss:G7} | {seen.Count} |");
        string[] lines = File.ReadAllLines(Page);
        int line = Array.FindIndex(lines, text => text.StartsWith($"| {name} |", StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("OPTIM_UPDATE_DOCS") == "1")
        {
            lines[line] = row + string.Concat(lines[line].Split('|')[6..].Select((cell, i) => i == 0 ? cell : "|" + cell));
            File.WriteAllText(Page, string.Join('\n', lines) + "\n");
            return;
        }

        // The functions of these problems are the platform's, exp and sin among them: other last bits, and now and then a few evaluations more.
        string[] cells = [.. lines[line].Split('|').Select(cell => cell.Trim())];
        Assert.InRange(seen.Count, 1, 5 + (1.3 * int.Parse(cells[5], CultureInfo.InvariantCulture)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_line_search_within_bounds_or_not_reaches_a_published_minimum_and_evaluates_no_point_twice(string name)
    {
        var problem = Problems.Single(problem => problem.Name == name);
        foreach (Rule rule in new Rule[] { new Lbfgs { LineSearch = new MoreThuente() }, new Lbfgs { LineSearch = new HagerZhang() }, new Lbfgs { LineSearch = new Backtracking() }, new LbfgsB(), new OwlQn() })
        {
            var (end, count) = Watched(rule, problem);
            Assert.Equal(count, end.Evaluations);
            Assert.True(problem.Minima.Any(minimum => Math.Abs(end.Loss - minimum) <= 1e-5 * (minimum + 1e-3)), $"{rule}: {end}");
            Assert.InRange(end.Evaluations, 1, 1500);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Within_half_a_unit_of_the_start_the_conditions_of_a_minimum_hold(string name)
    {
        var problem = Problems.Single(problem => problem.Name == name);
        double[] lower = [.. problem.Start.Select(x => x - (0.5 * (1 + Math.Abs(x))))], upper = [.. problem.Start.Select(x => x + (0.25 * (1 + Math.Abs(x))))];
        var (end, _) = Watched(new LbfgsB { Lower = lower, Upper = upper }, problem);
        double[] x = end.Parameters.ToArray(), g = problem.At(x).Gradient;
        double size = 1e-6 * (1 + problem.At(problem.Start).Gradient.Max(Math.Abs));
        for (int i = 0; i < x.Length; i++)
        {
            Assert.InRange(x[i], lower[i], upper[i]);
            Assert.True(x[i] <= lower[i] ? g[i] >= -size : x[i] >= upper[i] ? g[i] <= size : Math.Abs(g[i]) <= size, FormattableString.Invariant($"element {i}: {x[i]}, slope {g[i]}; {end}"));
        }
    }

    private static (Minimization<double> End, int Evaluations) Watched(Rule rule, ClassicProblem problem)
    {
        var seen = new HashSet<TensorSet<double>>();
        var end = Optimizer.Minimize(rule, TensorSet.OfArray(problem.Start), point =>
        {
            Assert.True(seen.Add(point.Copy()), "a point is evaluated twice");
            return problem.Objective(point);
        }, new() { MaxSteps = 5000 });
        return (end, seen.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_gradient_is_right(string name)
    {
        var problem = Problems.Single(problem => problem.Name == name);
        Assert.NotEqual(GradientVerdict.Wrong, GradientCheck.Of<double>(problem.Objective, TensorSet.OfArray(problem.Start), scale: 1e-3).Verdict);
    }
}
