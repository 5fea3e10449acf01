using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Properties.Checking;
using Xunit.Abstractions;

namespace Optim.Properties.Reference;

/// <summary>A rule that sees a tensor as a whole, as its paper writes it, with plain loops in double: what the fast code is held against.</summary>
internal abstract class TensorTextbook
{
    /// <summary>The tensor after step t, counted from 1.</summary>
    public abstract double[] Step(double[] p, double[] g, int t);

    /// <summary>Checks runs of 25 to 40 steps with varying gradients over tensors of all ranks, relative to each tensor's largest magnitude on the way.</summary>
    /// <param name="output">Takes the report.</param>
    /// <param name="rule">Draws the rule.</param>
    /// <param name="textbook">The same rule from its paper, for a tensor of these dimensions.</param>
    /// <param name="tolerance">What is allowed in double.</param>
    /// <param name="single">What is allowed in float; infinite where float is too coarse for the formula.</param>
    /// <param name="count">The number of cases.</param>
    /// <param name="number">Draws each element; within three decades of 1 by default.</param>
    /// <param name="name">The law's name; by default the test's.</param>
    public static void Agrees(
        ITestOutputHelper output, Func<Draw, Rule> rule, Func<Rule, IReadOnlyList<int>, TensorTextbook> textbook, double tolerance = 1e-11, double single = 1e-3,
        int count = 60, Func<Draw, double>? number = null, [CallerMemberName] string name = "") =>
        Law.Check(output, Scenario.From(rule, number ?? (draw => draw.Moderate()), (25, 40)), s =>
        {
            Check<double>(s.Rule, s.Layout, s.Start, s.Gradients, textbook, tolerance);
            Check<float>(s.Rule, s.Layout, s.Start, s.Gradients, textbook, single);
        }, count, name: name);

    /// <summary>Checks one run.</summary>
    public static void Check<T>(
        Rule rule, Layout layout, double[] start, double[][] gradients, Func<Rule, IReadOnlyList<int>, TensorTextbook> textbook, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorSet<T> Set(double[] values) => TensorSet.OfValues<T>(layout, Array.ConvertAll(values, T.CreateTruncating));
        var state = Optimizer.Init(rule, Set(start));
        TensorTextbook[] books = [.. layout.Select(shape => textbook(rule, shape.Dimensions))];
        double[][] p = [.. layout.Select((shape, i) => start.AsSpan(layout.OffsetOf(i), shape.Length).ToArray())];
        double[] largest = new double[p.Length];
        for (int t = 1; t <= gradients.Length; t++)
        {
            state = state.Step(Set(gradients[t - 1])).Item1;
            for (int i = 0; i < p.Length; i++)
            {
                largest[i] = p[i].Select(Math.Abs).Append(largest[i]).Max();
                p[i] = books[i].Step(p[i], gradients[t - 1].AsSpan(layout.OffsetOf(i), p[i].Length).ToArray(), t);
                for (int j = 0; j < p[i].Length; j++)
                {
                    Same.Close(
                        p[i][j], double.CreateTruncating(state.Parameters[i].Span[j]), tolerance, largest[i],
                        FormattableString.Invariant($"{typeof(T).Name} tensor {layout[i]} after step {t}"), j);
                }
            }
        }
    }
}
