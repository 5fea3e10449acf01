using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Properties.Checking;
using Xunit.Abstractions;

namespace Optim.Properties.Reference;

/// <summary>A rule as its paper writes it, for one element in double: what the fast code is held against.</summary>
internal abstract class Textbook
{
    /// <summary>The parameter after step t, counted from 1.</summary>
    public abstract double Step(double p, double g, int t);

    /// <summary>Whether so much hung on rounding at the last step that two right answers may lie a whole step apart: a sign of what is nearly 0.</summary>
    public virtual bool HangsOnRounding => false;

    /// <summary>Checks runs of 25 to 40 steps with varying gradients: double to 1e-11, float to 1e-3 of the largest magnitude on the way.</summary>
    /// <param name="output">Takes the report.</param>
    /// <param name="rule">Draws the rule.</param>
    /// <param name="textbook">The same rule from its paper.</param>
    /// <param name="name">The law's name; by default the test's.</param>
    public static void Agrees(ITestOutputHelper output, Func<Draw, Rule> rule, Func<Rule, Textbook> textbook, [CallerMemberName] string name = "") =>
        Law.Check(output, Scenario.From(rule, draw => draw.Moderate(), (25, 40)), s =>
        {
            Check<double>(s, textbook, 1e-11);
            Check<float>(s, textbook, 1e-3);
        }, 100, name: name);

    /// <summary>A hyperparameter within its range, where the formula is well conditioned.</summary>
    public static Schedule Any(Draw draw, double low, double high) => draw.OneIn(4)
        ? Schedule.Table(draw.Numbers(10, () => low + ((high - low) * draw.Fraction())))
        : low + ((high - low) * draw.Fraction());

    private static void Check<T>(Scenario s, Func<Rule, Textbook> textbook, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var state = s.Begin<T>();
        Textbook[] books = [.. s.Start.Select(_ => textbook(s.Rule))];

        // Sums that nearly cancel leave few digits: where an error of a rounding or two in what is given moves the textbook itself, no answer is the right one.
        Textbook[] shaken = [.. s.Start.Select(_ => textbook(s.Rule))];
        double shake = Math.ScaleB(1, typeof(T) == typeof(float) ? -22 : -51);
        double[] p = [.. s.Start], largest = Array.ConvertAll(p, Math.Abs), q = Array.ConvertAll(p, x => x * (1 + shake));
        bool[] open = new bool[p.Length];
        for (int t = 1; t <= s.Gradients.Length; t++)
        {
            state = state.Step(s.Set<T>(s.Gradients[t - 1])).Item1;
            for (int i = 0; i < p.Length; i++)
            {
                p[i] = books[i].Step(p[i], s.Gradients[t - 1][i], t);
                largest[i] = Math.Max(largest[i], Math.Abs(p[i]));
                q[i] = shaken[i].Step(q[i], s.Gradients[t - 1][i] * (t % 2 == 0 ? 1 + shake : 1 - shake), t);
                open[i] |= books[i].HangsOnRounding || !(Math.Abs(p[i] - q[i]) <= tolerance / 10 * largest[i]);
                if (open[i])
                {
                    continue;
                }

                Same.Close(p[i], double.CreateTruncating(state.Parameters.Span[i]), tolerance, largest[i], $"{typeof(T).Name} parameters after step {t}", i);
            }
        }
    }
}
