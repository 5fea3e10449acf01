using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Samples;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Samples;

/// <summary>The rule of samples/CustomRule, whose source is compiled into the tests as into the sample: its own laws, and those of any rule.</summary>
public class ScaleByCoherenceTests(ITestOutputHelper output)
{
    [Fact]
    public void Coherence_is_its_formula_step_by_step() => Textbook.Agrees(
        output,
        draw => new ScaleByCoherence { Beta1 = Textbook.Any(draw, 0, 0.99), Epsilon = Textbook.Any(draw, 0, 1e-3) },
        rule => new Book((ScaleByCoherence)rule));

    [Fact]
    public void It_keeps_every_law_that_a_rule_of_a_user_is_held_to() => LawSuite.For(
        new ScaleByCoherence(), new LawOptions { Cases = 40, Seed = Seed.Number, IsElementwise = true, IsOdd = true, VaryHyperparameters = true }).Assert();

    [Fact]
    public void No_component_exceeds_1_and_steady_gradients_approach_it() =>
        Law.Check(output, Scenario.From(draw => new ScaleByCoherence { Beta1 = draw.Fraction() }, draw => draw.Moderate()), s =>
        {
            var state = s.Begin<double>();
            foreach (var gradient in s.GradientsOf<double>())
            {
                var next = state.Step(gradient).Item1;
                Assert.All((state.Parameters - next.Parameters).ToArray(), u => Assert.InRange(Math.Abs(u), 0, 1 + 1e-12));
                state = next;
            }

            var constant = TensorSet.OfArray([0.01, -500.0]);
            var steady = Optimizer.Fold(Optimizer.Init(new ScaleByCoherence { Beta1 = 0.5 }, TensorSet.OfArray([0.0, 0])), 60, _ => constant);
            var last = steady.Step(constant).Item2 - steady.Parameters;
            Same.Close([-1.0, 1.0], last.ToArray(), 1e-9, 1);
        }, 50);

    private sealed class Book(ScaleByCoherence rule) : Textbook
    {
        private double m, v;

        public override double Step(double p, double g, int t)
        {
            double b = rule.Beta1.At(t - 1);
            m = (b * m) + ((1 - b) * g);
            v = (b * v) + ((1 - b) * Math.Pow(g, 2));
            return p - (Math.Sign(m) * Math.Pow(m, 2) / (v + rule.Epsilon.At(t - 1)));
        }
    }
}
