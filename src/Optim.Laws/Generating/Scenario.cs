using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Optim.Laws;

/// <summary>A rule, its initial parameters and gradients; run in float and in double.</summary>
internal sealed record Scenario(Rule Rule, int[] Lengths, double[] Start, double[][] Gradients)
{
    // More than any length that is not about the edges of chunks.
    private const int MostPrinted = 400;

    /// <summary>
    /// The longest side of a matrix: rules that decompose a tensor's sides take time cubic in the side, minutes at some thousands.
    /// </summary>
    public const int MostSide = 512;

    public Layout Layout { get; private init; } = LayoutOf(Lengths);

    /// <summary>The rule's inputs besides the gradient.</summary>
    public StepNeeds Needs { get; init; }

    /// <summary>A rule by its registry name, with random hyperparameters and everything else.</summary>
    public static Arbitrary<Scenario> Of(string rule) => From(draw => AnyRule.Of(draw, RuleRegistry.Find(rule)!), AnyRule.Shrink);

    /// <summary>An elementwise rule by its name, as <see cref="Of"/> draws it, but without the options that make it non-elementwise.</summary>
    public static Arbitrary<Scenario> OfElementwise(string rule) => From(draw => AnyRule.Elementwise(draw, RuleRegistry.Find(rule)!), AnyRule.Shrink);

    /// <summary>A random chain.</summary>
    public static Arbitrary<Scenario> OfChains() => From(draw => AnyRule.Chain(draw), AnyRule.Shrink);

    /// <summary>Nested rules.</summary>
    /// <param name="depth">The maximum depth.</param>
    /// <param name="around">The wrapper around them, preserved by shrinking.</param>
    /// <param name="number">Generates each element; wide magnitudes by default.</param>
    public static Arbitrary<Scenario> OfTrees(int depth = 3, Func<Draw, Rule, Rule>? around = null, Func<Draw, double>? number = null) => around is null
        ? From(draw => AnyRule.Tree(draw, depth), AnyRule.Shrink, number)
        : From(draw => AnyRule.Around(draw, depth, tree => around(draw, tree)), AnyRule.ShrinkInside, number);

    /// <summary>For a law about certain rules or numbers only: shrinking stays within them.</summary>
    /// <param name="rule">Generates the rule.</param>
    /// <param name="number">Generates each element; wide magnitudes by default.</param>
    /// <param name="steps">The minimum and maximum number of gradients.</param>
    public static Arbitrary<Scenario> From(Func<Draw, Rule> rule, Func<Draw, double>? number = null, (int Least, int Most)? steps = null) =>
        From(rule, _ => [], number, steps);

    /// <summary>For any law about any rule: generation and shrinking.</summary>
    /// <param name="rule">Generates the rule.</param>
    /// <param name="simplerRules">Simpler rules to try.</param>
    /// <param name="number">Generates each element; wide magnitudes by default.</param>
    /// <param name="steps">The minimum and maximum number of gradients.</param>
    /// <param name="needs">The rule's inputs besides the gradient.</param>
    /// <param name="shrinkNumbers">Whether shrinking may use any number; by default if any is generated.</param>
    public static Arbitrary<Scenario> From(
        Func<Draw, Rule> rule, Func<Rule, IEnumerable<Rule>> simplerRules, Func<Draw, double>? number = null, (int Least, int Most)? steps = null,
        StepNeeds needs = StepNeeds.None, bool? shrinkNumbers = null)
    {
        var bounds = steps ?? (1, 30);
        return Cases.Of(
            draw => Drawn(draw, rule, number is null ? draw.Wide : () => number(draw), bounds) with { Needs = needs },
            scenario => scenario.Shrink(bounds.Item1, simplerRules, shrinkNumbers ?? number is null));
    }

    /// <summary>One case.</summary>
    /// <param name="draw">Draws it.</param>
    /// <param name="rule">Generates the rule.</param>
    /// <param name="number">Generates each element.</param>
    /// <param name="steps">The minimum and maximum number of gradients.</param>
    public static Scenario Drawn(Draw draw, Func<Draw, Rule> rule, Func<double> number, (int Least, int Most) steps)
    {
        var (least, most) = steps;
        int length = draw.Length();
        return new Scenario(
            rule(draw), draw.Split(length), draw.Numbers(length, number),
            [.. Enumerable.Range(0, draw.Integer(least, Math.Clamp(most * draw.Size / 100, least, most))).Select(_ => draw.Numbers(length, number))]);
    }

    public TensorSet<T> StartOf<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Set<T>(Start);

    public OptimizerState<T> Begin<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.Init(Rule, StartOf<T>());

    public IEnumerable<TensorSet<T>> GradientsOf<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Gradients.Select(Set<T>);

    /// <summary>A step with all inputs that the rule needs.</summary>
    public OptimizerState<T> Step<T>(OptimizerState<T> state, TensorSet<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.Step(state, gradient, LossFor(state.StepCount), HessianDiagonalFor(gradient)).Item1;

    /// <summary>The loss of a step, different at each; null if the rule does not need one.</summary>
    public double? LossFor(long clock) => Needs.HasFlag(StepNeeds.Loss) ? 1 + (1.0 / (1 + clock)) : null;

    /// <summary>The Hessian diagonal of a step, positive; null if the rule does not need one.</summary>
    public TensorSet<T>? HessianDiagonalFor<T>(TensorSet<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T> => Needs.HasFlag(StepNeeds.HessianDiagonal) ? gradient.Map(g => T.One + T.Abs(g)) : null;

    /// <summary>The state after some gradients, each step pure.</summary>
    public OptimizerState<T> Fold<T>(OptimizerState<T> state, IEnumerable<TensorSet<T>> gradients)
        where T : unmanaged, IFloatingPointIeee754<T> => gradients.Aggregate(state, Step);

    /// <summary>The state after all gradients, each step pure.</summary>
    public OptimizerState<T> Run<T>(Rule? rule = null)
        where T : unmanaged, IFloatingPointIeee754<T> => Fold(Optimizer.Init(rule ?? Rule, StartOf<T>()), GradientsOf<T>());

    /// <summary>The same elements as one tensor.</summary>
    public Scenario Flat() => Only([Start.Length], x => x);

    /// <summary>Some of the elements, in tensors of some lengths.</summary>
    public Scenario Only(int[] lengths, Func<double[], double[]> elements) => this with
    {
        Lengths = lengths, Layout = LayoutOf(lengths), Start = elements(Start), Gradients = [.. Gradients.Select(elements)],
    };

    /// <summary>The same rule and numbers with other gradients.</summary>
    public Scenario With(Func<double, double> ofGradient, Func<double, double>? ofStart = null) => this with
    {
        Start = ofStart is null ? Start : Array.ConvertAll(Start, x => ofStart(x)),
        Gradients = [.. Gradients.Select(g => Array.ConvertAll(g, x => ofGradient(x)))],
    };

    public TensorSet<T> Set<T>(double[] values)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        TensorSet.OfValues<T>(Layout, Array.ConvertAll(values, T.CreateTruncating));

    public override string ToString() =>
        $"{Rule}\nlayout {Layout}\nstart {Text(Start)}\n" +
        string.Join("\n", Gradients.Select((g, t) => $"gradient {t.ToString(CultureInfo.InvariantCulture)} {Text(g)}"));

    /// <summary>A scalar, a vector, a wide or tall matrix, or rank 3: by length and position, so that a case is reproducible.</summary>
    private static int[] Dimensions(int length, int position)
    {
        if (length == 1 && position > 0)
        {
            return [];
        }

        int rows = Enumerable.Range(1, (int)Math.Sqrt(length)).LastOrDefault(d => length % d == 0, 1);
        if (length / rows > MostSide)
        {
            return [length];
        }

        return ((length + position) % 5) switch
        {
            0 or 1 => [length],
            2 => [rows, length / rows],
            3 => [length / rows, rows],
            _ => rows % 2 == 0 ? [2, rows / 2, length / rows] : [rows, 1, length / rows],
        };
    }

    private static Layout LayoutOf(int[] lengths) => Layout.OfSequence(lengths.Select((length, i) => new TensorShape(Name(i), Dimensions(length, i))));

    private static string Name(int index) => "t" + index.ToString(CultureInfo.InvariantCulture);

    private static string Text(double[] values) =>
        "[" + string.Join(", ", values.Take(MostPrinted).Select(x => x.ToString("R", CultureInfo.InvariantCulture)))
        + (values.Length > MostPrinted ? FormattableString.Invariant($", ... {values.Length - MostPrinted} more]") : "]");

    public IEnumerable<Scenario> Shrink(int leastSteps, Func<Rule, IEnumerable<Rule>> simplerRules, bool anyNumber)
    {
        if (Gradients.Length > leastSteps)
        {
            yield return this with { Gradients = Gradients[..Math.Max(leastSteps, Gradients.Length / 2)] };
            yield return this with { Gradients = Gradients[..^1] };
            yield return this with { Gradients = Gradients[1..] };
        }

        if (Lengths.Length > 1)
        {
            yield return Flat();
        }
        else
        {
            // One, then half, three quarters, seven eighths ... of the elements, and all but one: near the edge of a chunk one at a time takes for ever.
            int[] less = [.. Enumerable.Range(1, 30).Select(k => Start.Length >> k).TakeWhile(n => n > 0), 1];
            foreach (int length in less.Select(n => Start.Length - n).Prepend(1).Distinct().Where(n => n >= 0 && n < Start.Length))
            {
                yield return Only([length], x => x[..length]);
                yield return Only([length], x => x[^length..]);
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

/// <summary>What a rule asks for at each step beyond the gradient.</summary>
[Flags]
internal enum StepNeeds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The loss.</summary>
    Loss = 1,

    /// <summary>The Hessian diagonal.</summary>
    HessianDiagonal = 2,
}
