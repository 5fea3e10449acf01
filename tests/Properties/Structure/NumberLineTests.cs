using System.Globalization;
using System.Numerics;
using Optim.Laws;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>The ends of the number line: gradients whose squares are infinite or 0, and hyperparameters that the elements' type cannot hold.</summary>
public class NumberLineTests(ITestOutputHelper output)
{
    private static readonly double[] BeyondSingle = [1e-50, 1e-46, 3.5e38, 1e39, 1e300];

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void No_finite_gradient_makes_a_parameter_NaN(string name)
    {
        var entry = RuleRegistry.Find(name)!;
        Law.Check(output, Cases.Of(draw => MultipliesSquares(entry.Create())
            ? (Single: Magnitudes(draw, -18, 18), Double: Magnitudes(draw, -100, 100))
            : (Single: Magnitudes(draw, -45, 37), Double: Magnitudes(draw, -323, 306))), x =>
        {
            Check<float>(entry.Create(), x.Single);
            Check<double>(entry.Create(), x.Double);
        }, 40, name: name);

        static void Check<T>(Rule rule, double[][] gradients)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            static T[] Of(double[] values) => [.. values.Select(T.CreateTruncating)];
            var layout = Layout.Of(new("w", 2, 3), new("b", 2));
            var state = Optimizer.Init(rule, TensorSet.OfValues<T>(layout, Of([1, -2, 0.5, 3, -0.25, 1, 0, 2])));
            foreach (double[] gradient in gradients)
            {
                var at = TensorSet.OfValues<T>(layout, Of(gradient));
                state = Optimizer.Step(state, at, loss: 1, hessianDiagonal: at.Map(T.Abs)).Item1;
                var values = state.Parameters.Span.ToArray();
                if (Array.Exists(values, T.IsInfinity))
                {
                    // The steps were too large for the type: what comes after says nothing.
                    return;
                }

                Assert.False(Array.Exists(values, T.IsNaN), string.Create(CultureInfo.InvariantCulture,
                    $"{typeof(T).Name}: {string.Join(" ", values)} after step {state.StepCount}"));
            }
        }
    }

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Any_epsilon_above_0_keeps_a_gradient_of_0_from_NaN(string name)
    {
        Check<float>(float.Epsilon);
        Check<double>(double.Epsilon);

        void Check<T>(double least)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var rule = RuleRegistry.Find(name)!.Create();
            foreach (string path in rule.HyperparametersAt(0).Keys.Where(path => path.EndsWith("Epsilon", StringComparison.Ordinal)))
            {
                var layout = Layout.Of(new("w", 2, 3), new("b", 2));
                var zero = TensorSet.OfValues<T>(layout, new T[8]);
                var state = Optimizer.Init(rule.Adjust("." + path, least), TensorSet.OfValues<T>(layout, [.. Enumerable.Range(1, 8).Select(i => T.CreateTruncating(i))]));
                for (int i = 0; i < 3; i++)
                {
                    state = Optimizer.Step(state, zero, loss: 1, hessianDiagonal: zero).Item1;
                }

                Assert.False(Array.Exists(state.Parameters.Span.ToArray(), T.IsNaN), $"{path} in {typeof(T).Name}: {state.Parameters}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(RuleNames.Every), MemberType = typeof(RuleNames))]
    public void What_single_precision_cannot_hold_is_refused_with_its_name(string name)
    {
        var rule = RuleRegistry.Find(name)!.Create();
        var single = TensorSet.OfValues<float>(Layout.Of(new TensorShape("w", 2, 2)), [1, 2, 3, 4]);
        Optimizer.Init(rule, single);
        foreach (string path in rule.HyperparametersAt(0).Keys)
        {
            foreach (double value in BeyondSingle)
            {
                Rule other;
                try
                {
                    other = rule.Adjust("." + path, value);
                    other.Validate();
                }
                catch (ArgumentException)
                {
                    // Out of its range, whatever the precision.
                    continue;
                }

                var error = Assert.ThrowsAny<ArgumentException>(() => Optimizer.Init(other, single));
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
                Assert.Contains(value.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
                Optimizer.Init(other, TensorSet.OfValues<double>(Layout.Of(new TensorShape("w", 2, 2)), [1, 2, 3, 4]));
            }
        }
    }

    /// <summary>Whether it multiplies squares of elements, or sums of products, which leave the type sooner; each rule's page says so.</summary>
    private static bool MultipliesSquares(Rule rule) => rule is Adafactor or Came or Mechanic or Trac or Shampoo or Soap;

    /// <summary>Steps of one magnitude for each element, anywhere on the line, its signs at random; now and then 0.</summary>
    private static double[][] Magnitudes(Draw draw, int least, int most)
    {
        double[] magnitudes = draw.Numbers(8, () => Math.Pow(10, draw.Coin() ? draw.Of(least, most, least / 2, (most / 2) + 1) : draw.Integer(least, most)));
        return [.. Enumerable.Range(0, 4).Select(_ => magnitudes.Select(m => draw.OneIn(8) ? 0 : draw.Coin() ? m : -m).ToArray())];
    }
}
