using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Optim.Properties.Checking;

/// <summary>A rule, the parameters it starts from and the gradients it meets; the same one is run in float and in double.</summary>
internal sealed record Scenario(Rule Rule, int[] Lengths, double[] Start, double[][] Gradients)
{
    public Layout Layout { get; } = Layout.OfSequence(Lengths.Select((length, i) => new TensorShape(Name(i), Dimensions(length, i))));

    /// <summary>A rule by its name in the registry, its hyperparameters and everything else at random.</summary>
    public static Arbitrary<Scenario> Of(string rule) => From(draw => AnyRule.Of(draw, RuleRegistry.Find(rule)!), AnyRule.Shrink);

    /// <summary>An elementwise rule by its name, as <see cref="Of"/> draws it, but without the options that make it otherwise.</summary>
    public static Arbitrary<Scenario> OfElementwise(string rule) => From(draw => AnyRule.Elementwise(draw, RuleRegistry.Find(rule)!), AnyRule.Shrink);

    /// <summary>A random chain.</summary>
    public static Arbitrary<Scenario> OfChains() => From(draw => AnyRule.Chain(draw), AnyRule.Shrink);

    /// <summary>Rules within rules within rules.</summary>
    /// <param name="depth">How deep they may be.</param>
    /// <param name="around">What is put around them; shrinking keeps to it.</param>
    /// <param name="number">Draws each element; wide magnitudes by default.</param>
    public static Arbitrary<Scenario> OfTrees(int depth = 3, Func<Draw, Rule, Rule>? around = null, Func<Draw, double>? number = null) => around is null
        ? From(draw => AnyRule.Tree(draw, depth), AnyRule.Shrink, number)
        : From(draw => around(draw, AnyRule.Tree(draw, depth)), AnyRule.ShrinkInside, number);

    /// <summary>A law about some rules or some numbers only: shrinking keeps to what was drawn.</summary>
    /// <param name="rule">Draws the rule.</param>
    /// <param name="number">Draws each element; wide magnitudes by default.</param>
    /// <param name="steps">The least and the most gradients.</param>
    public static Arbitrary<Scenario> From(Func<Draw, Rule> rule, Func<Draw, double>? number = null, (int Least, int Most)? steps = null) =>
        From(rule, _ => [], number, steps);

    private static Arbitrary<Scenario> From(
        Func<Draw, Rule> rule, Func<Rule, IEnumerable<Rule>> simplerRules, Func<Draw, double>? number = null, (int Least, int Most)? steps = null)
    {
        var (least, most) = steps ?? (1, 30);
        return Cases.Of(
            draw =>
            {
                Func<double> next = number is null ? draw.Wide : () => number(draw);
                int length = draw.Length();
                return new Scenario(
                    rule(draw), draw.Split(length), draw.Numbers(length, next),
                    [.. Enumerable.Range(0, draw.Integer(least, Math.Clamp(most * draw.Size / 100, least, most))).Select(_ => draw.Numbers(length, next))]);
            },
            scenario => scenario.Shrink(least, simplerRules, anyNumber: number is null));
    }

    public TensorSet<T> StartOf<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Set<T>(Start);

    public OptimizerState<T> Begin<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.Init(Rule, StartOf<T>());

    public IEnumerable<TensorSet<T>> GradientsOf<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Gradients.Select(Set<T>);

    /// <summary>The state after all gradients, each step pure.</summary>
    public OptimizerState<T> Run<T>(Rule? rule = null)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        GradientsOf<T>().Aggregate(Optimizer.Init(rule ?? Rule, StartOf<T>()), (state, gradient) => state.Step(gradient).Item1);

    public TensorSet<T> Set<T>(double[] values)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        TensorSet.OfValues<T>(Layout, Array.ConvertAll(values, T.CreateTruncating));

    public override string ToString() =>
        $"{Rule}\nlayout {Layout}\nstart {Text(Start)}\n" +
        string.Join("\n", Gradients.Select((g, t) => $"gradient {t.ToString(CultureInfo.InvariantCulture)} {Text(g)}"));

    /// <summary>A scalar, a vector, a matrix either way, or of rank 3: by the length and the position, so that a case is the same each time.</summary>
    private static int[] Dimensions(int length, int position)
    {
        if (length == 1 && position > 0)
        {
            return [];
        }

        int rows = Enumerable.Range(1, (int)Math.Sqrt(length)).LastOrDefault(d => length % d == 0, 1);
        return ((length + position) % 5) switch
        {
            0 or 1 => [length],
            2 => [rows, length / rows],
            3 => [length / rows, rows],
            _ => rows % 2 == 0 ? [2, rows / 2, length / rows] : [rows, 1, length / rows],
        };
    }

    private static string Name(int index) => "t" + index.ToString(CultureInfo.InvariantCulture);

    private static string Text(double[] values) =>
        "[" + string.Join(", ", values.Select(x => x.ToString("R", CultureInfo.InvariantCulture))) + "]";

    private IEnumerable<Scenario> Shrink(int leastSteps, Func<Rule, IEnumerable<Rule>> simplerRules, bool anyNumber)
    {
        if (Gradients.Length > leastSteps)
        {
            yield return this with { Gradients = Gradients[..Math.Max(leastSteps, Gradients.Length / 2)] };
            yield return this with { Gradients = Gradients[..^1] };
            yield return this with { Gradients = Gradients[1..] };
        }

        if (Lengths.Length > 1)
        {
            yield return new(Rule, [Start.Length], Start, Gradients);
        }
        else
        {
            foreach (int length in new[] { 1, Start.Length / 2, Start.Length - 1 }.Distinct().Where(n => n >= 0 && n < Start.Length))
            {
                yield return new(Rule, [length], Start[..length], [.. Gradients.Select(g => g[..length])]);
                yield return new(Rule, [length], Start[^length..], [.. Gradients.Select(g => g[^length..])]);
            }
        }

        foreach (var rule in simplerRules(Rule))
        {
            yield return this with { Rule = rule };
        }

        // Element by element only once the case is small: each candidate costs a run.
        if (!anyNumber || Start.Length > 4)
        {
            yield break;
        }

        foreach (double[] start in Shrinking.Elements(Start))
        {
            yield return this with { Start = start };
        }

        for (int t = 0; t < Gradients.Length; t++)
        {
            foreach (double[] gradient in Shrinking.Elements(Gradients[t]))
            {
                double[][] gradients = [.. Gradients];
                gradients[t] = gradient;
                yield return this with { Gradients = gradients };
            }
        }
    }
}
