using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 28 and 29, which the rules share whose steps are divided by a mean of what they have seen, or are signs.</summary>
public class AdaptiveTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    [InlineData("rmsprop")]
    [InlineData("adagrad")]
    [InlineData("qhadam")]
    [InlineData("adan")]
    [InlineData("ademamix")]
    [InlineData("adopt")]
    [InlineData("laprop")]
    [InlineData("adamod")]
    [InlineData("adamax")]
    [InlineData("nadam")]
    [InlineData("nadamw")]
    [InlineData("rprop")]
    [InlineData("lion")]
    [InlineData("tiger")]
    [InlineData("sign_sgd")]
    [InlineData("yogi")]
    public void Law_28_without_epsilon_the_scale_of_the_gradient_does_not_matter(string rule) => Law.Check(output, Adaptive(rule, epsilon: 0), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var plain = s.Run<T>();
            // Powers of two scale every rounding with them.
            foreach (double power in new[] { 4.0, 0.125, 1024 })
            {
                Same.Bits(plain.Parameters, Times(s, power).Run<T>().Parameters);
            }

            // Other factors round differently, which a sign makes a whole step of where it is near to changing.
            if (s.Rule is Lion or Tiger or SignSgd or Yogi)
            {
                return;
            }

            // Roundings are as large as the steps were, wherever they led in the end; and where terms cancel (Adan's g + b2 d) the rule itself is moved
            // by a rounding or two in what it is given, by so much as gradients shaken by them show.
            double tolerance = typeof(T) == typeof(float) ? 1e-4 : 1e-12;
            double reached = Optimizer.Scan(s.Begin<T>(), s.GradientsOf<T>()).SelectMany(Numbers).Select(Math.Abs).Append(10).Max();
            double[] expected = Numbers(plain), actual = Numbers(Times(s, 3.7).Run<T>());
            double[][] shaken = [.. Enumerable.Range(0, 4).Select(pattern => Numbers(Shaken<T>(s, pattern).Run<T>()))];
            for (int i = 0; i < expected.Length; i++)
            {
                double moved = shaken.Max(other => Math.Abs(other[i] - expected[i]));
                Same.Close(expected[i], actual[i], tolerance + (16 * moved / reached), reached, "parameter", i);
            }
        }
    }, 50);

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    [InlineData("rmsprop")]
    [InlineData("adagrad")]
    [InlineData("sgd")]
    [InlineData("qhm")]
    [InlineData("qhadam")]
    [InlineData("adan")]
    [InlineData("aggmo")]
    [InlineData("ademamix")]
    [InlineData("adopt")]
    [InlineData("laprop")]
    [InlineData("madgrad")]
    [InlineData("diffgrad")]
    [InlineData("adamod")]
    [InlineData("adamax")]
    [InlineData("adadelta")]
    [InlineData("nadam")]
    [InlineData("nadamw")]
    [InlineData("radam")]
    [InlineData("rprop")]
    [InlineData("asgd")]
    [InlineData("sparse_adam")]
    [InlineData("lion")]
    [InlineData("tiger")]
    [InlineData("sign_sgd")]
    [InlineData("yogi")]
    public void Law_29_the_opposite_gradient_gives_the_opposite_step(string rule) =>
        Law.Check(output, Adaptive(rule, epsilon: 1e-8), new OddLaw().Holds, 50);

    /// <summary>The rule with options at random, no decay, no initial accumulator, no caution, and no centring (which leaves nothing of a constant).</summary>
    private static FsCheck.Arbitrary<Scenario> Adaptive(string name, double epsilon) => Scenario.From(
        draw =>
        {
            var rule = AnyRule.Of(draw, RuleRegistry.Find(name)!);
            foreach (var hyperparameter in RuleProperty.Of(rule))
            {
                rule = hyperparameter.Name switch
                {
                    "WeightDecay" or "InitialAccumulator" => hyperparameter.WithNumber(rule, 0),
                    "Epsilon" => hyperparameter.WithNumber(rule, epsilon),
                    "Cautious" or "Centered" => hyperparameter.With(rule, false),
                    _ => rule,
                };
            }

            return rule;
        },
        draw => draw.Moderate());

    /// <summary>Every gradient off by two units in its last place, up or down by a pattern over steps and elements.</summary>
    private static Scenario Shaken<T>(Scenario s, int pattern)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double shake = Math.ScaleB(1, typeof(T) == typeof(float) ? -22 : -51);
        return s with
        {
            Gradients = [.. s.Gradients.Select((g, t) => g.Select((x, i) => x * ((((t >> (pattern & 1)) + (i >> (pattern >> 1))) & 1) == 0 ? 1 + shake : 1 - shake)).ToArray())],
        };
    }

    private static Scenario Times(Scenario s, double factor) =>
        s with { Gradients = [.. s.Gradients.Select(g => Array.ConvertAll(g, x => x * factor))] };

    private static double[] Numbers<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> => Array.ConvertAll(state.Parameters.ToArray(), double.CreateTruncating);
}
