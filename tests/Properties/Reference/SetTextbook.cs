using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Properties.Checking;
using Xunit.Abstractions;

namespace Optim.Properties.Reference;

/// <summary>A rule whose tensors depend on each other or on norms of their own, as its paper writes it, in double: what the fast code is held against.</summary>
internal abstract class SetTextbook
{
    /// <summary>Moves all tensors by step t, counted from 1.</summary>
    public abstract void Step(double[][] p, double[][] g, int t);

    /// <summary>Checks runs of 25 to 40 steps with varying gradients, relative to the largest magnitude of each tensor on the way.</summary>
    /// <param name="output">Takes the report.</param>
    /// <param name="rule">Draws the rule.</param>
    /// <param name="textbook">The same rule from its paper.</param>
    /// <param name="tolerance">In double.</param>
    /// <param name="single">In float; infinite where the formula magnifies rounding.</param>
    /// <param name="name">The law's name; by default the test's.</param>
    public static void Agrees(
        ITestOutputHelper output, Func<Draw, Rule> rule, Func<Scenario, SetTextbook> textbook, double tolerance = 1e-11, double single = 1e-3,
        [CallerMemberName] string name = "") => Law.Check(output, Scenario.From(rule, draw => draw.Moderate(), (25, 40)), s =>
        {
            Check<double>(s, textbook(s), tolerance);
            Check<float>(s, textbook(s), single);
        }, 100, name: name);

    protected static double Norm(IEnumerable<double> x) => Math.Sqrt(x.Sum(e => e * e));

    protected static double Norm(double[][] x) => Norm(x.SelectMany(tensor => tensor));

    protected static double Dot(double[][] x, double[][] y) => x.Zip(y, (a, b) => a.Zip(b, (e, f) => e * f).Sum()).Sum();

    /// <summary>A set of the same shapes, element by element.</summary>
    protected static double[][] Map(double[][] x, Func<int, int, double> element) => [.. x.Select((tensor, i) => tensor.Select((_, j) => element(i, j)).ToArray())];

    private static void Check<T>(Scenario s, SetTextbook book, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (double.IsInfinity(tolerance))
        {
            return;
        }

        var state = s.Begin<T>();
        double[][] p = Tensors(s.Layout, s.Start);
        double[] largest = new double[p.Length];
        for (int t = 1; t <= s.Gradients.Length; t++)
        {
            state = state.Step(s.Set<T>(s.Gradients[t - 1])).Item1;
            for (int i = 0; i < p.Length; i++)
            {
                largest[i] = p[i].Select(Math.Abs).Append(largest[i]).Max();
            }

            book.Step(p, Tensors(s.Layout, s.Gradients[t - 1]), t);
            for (int i = 0; i < p.Length; i++)
            {
                for (int j = 0; j < p[i].Length; j++)
                {
                    Same.Close(
                        p[i][j], double.CreateTruncating(state.Parameters[i].Span[j]), tolerance, largest[i],
                        FormattableString.Invariant($"{typeof(T).Name} tensor {i} after step {t}"), j);
                }
            }
        }
    }

    private static double[][] Tensors(Layout layout, double[] values) =>
        [.. layout.Select((shape, i) => values.AsSpan(layout.OffsetOf(i), shape.Length).ToArray())];
}
