using System.Globalization;
using Optim.Properties.Objectives.Classics;

namespace Optim.Benchmarks;

/// <summary>
/// The test functions of Moré, Garbow and Hillstrom 1981, minimized from their standard starts by every deterministic rule and line search: whether a published minimum is reached, and in how many evaluations;
/// then within half a unit of each start, relative to its size, where a minimum is told by its projected gradient. <c>dotnet run -c Release --project benchmarks -- minimizing</c>.
/// </summary>
internal static class MinimizingReport
{
    private static readonly (string Name, Rule Rule)[] Rules =
    [
        ("L-BFGS", new Lbfgs()), ("Moré-Thuente", new Lbfgs { LineSearch = new MoreThuente() }), ("Hager-Zhang", new Lbfgs { LineSearch = new HagerZhang() }), ("backtracking", new Lbfgs { LineSearch = new Backtracking() }),
        ("L-BFGS-B", new LbfgsB()), ("OWL-QN", new OwlQn()), ("CG, PR+", new NonlinearConjugateGradient()), ("CG, HZ", new NonlinearConjugateGradient { Form = ConjugateGradientForm.HagerZhang, LineSearch = new HagerZhang() }),
    ];

    private static readonly StopConditions Stop = new() { MaxSteps = 20_000, MaxEvaluations = 20_000 };

    public static void Print()
    {
        Console.WriteLine($"| problem | {string.Join(" | ", Rules.Select(rule => rule.Name))} |\n|---|{string.Concat(Rules.Select(_ => "---|"))}");
        int[] reached = new int[Rules.Length];
        var evaluations = new List<long[]>();
        foreach (var problem in MoreGarbowHillstrom.All.Concat(NistReference.All))
        {
            var ends = Rules.Select(rule => Optimizer.Minimize(rule.Rule, TensorSet.OfArray(problem.Start), problem.Objective, Stop)).ToArray();
            bool[] found = [.. ends.Select(end => problem.Minima.Any(minimum => Math.Abs(end.Loss - minimum) <= 1e-5 * (minimum + 1e-3)))];
            evaluations.Add([.. ends.Select(end => end.Evaluations)]);
            for (int i = 0; i < found.Length; i++)
            {
                reached[i] += found[i] ? 1 : 0;
            }

            Console.WriteLine($"| {problem.Name} | {string.Join(" | ", ends.Select((end, i) => found[i] ? Text(end.Evaluations) : $"{Text(end.Evaluations)}, at {end.Loss.ToString("G4", CultureInfo.InvariantCulture)}"))} |");
        }

        Console.WriteLine($"| reached, of {evaluations.Count} | {string.Join(" | ", reached)} |");
        Console.WriteLine($"| geometric mean of evaluations | {string.Join(" | ", Rules.Select((_, i) => Text((long)Math.Round(Math.Exp(evaluations.Average(row => Math.Log(row[i])))))))} |\n");
        PrintBounded();
    }

    private static void PrintBounded()
    {
        (string Name, LbfgsB Rule)[] rules = [("strong Wolfe", new()), ("Moré-Thuente", new() { LineSearch = new MoreThuente() }), ("Hager-Zhang", new() { LineSearch = new HagerZhang() }), ("backtracking", new() { LineSearch = new Backtracking() })];
        Console.WriteLine($"| within bounds | on a bound | {string.Join(" | ", rules.Select(rule => rule.Name))} |\n|---|---|{string.Concat(rules.Select(_ => "---|"))}");
        foreach (var problem in MoreGarbowHillstrom.All)
        {
            double[] lower = [.. problem.Start.Select(x => x - (0.5 * (1 + Math.Abs(x))))], upper = [.. problem.Start.Select(x => x + (0.25 * (1 + Math.Abs(x))))];
            var ends = rules.Select(rule => Optimizer.Minimize(rule.Rule with { Lower = lower, Upper = upper }, TensorSet.OfArray(problem.Start), problem.Objective, Stop)).ToArray();
            double[] end = ends[0].Parameters.ToArray();
            double first = problem.At(problem.Start).Gradient.Max(Math.Abs);
            Console.WriteLine(
                $"| {problem.Name} | {Enumerable.Range(0, end.Length).Count(i => end[i] <= lower[i] || end[i] >= upper[i])} of {end.Length} | "
                + $"{string.Join(" | ", ends.Select(run => $"{Text(run.Evaluations)}: {run.Loss.ToString("G7", CultureInfo.InvariantCulture)}{(run.GradientNorm <= 1e-8 * (1 + first) ? "" : $", projected gradient {run.GradientNorm.ToString("G2", CultureInfo.InvariantCulture)}")}"))} |");
        }
    }

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);
}
