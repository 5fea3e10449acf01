using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Optax's scale_by_param_block_norm, scale_by_param_block_rms and scale_by_factored_rms.</summary>
public class BlockScaleTests(ITestOutputHelper output)
{
    [Fact]
    public void Each_tensor_is_scaled_by_its_parameters_norm_or_the_least() => Law.Check(
        output, Scenario.From(draw => new ScaleByParameterNorm { MinNorm = draw.Of(0, 1e-3, 2), ByRootMeanSquare = draw.Coin() }, draw => draw.Moderate(), (1, 1)), s =>
        {
            var rule = (ScaleByParameterNorm)s.Rule;
            double[] update = Layerwise.Update(rule, s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
            for (int tensor = 0; tensor < s.Layout.Count; tensor++)
            {
                var range = s.Layout.OffsetOf(tensor)..(s.Layout.OffsetOf(tensor) + s.Layout[tensor].Length);
                double norm = Layerwise.Norm(s.Start[range]) / (rule.ByRootMeanSquare ? Math.Sqrt(Math.Max(1, s.Layout[tensor].Length)) : 1);
                Same.Close([.. s.Gradients[0][range].Select(g => g * Math.Max(norm, rule.MinNorm.At(0)))], update[range], 1e-13, 1e-300);
            }
        });

    [Fact]
    public void The_factored_root_mean_square_is_Optax_s()
    {
        // Its formulas, one matrix and one vector: the running means of rows and of columns, and what they divide by.
        var layout = Layout.Of(new TensorShape("m", 3, 4), new TensorShape("v", 5));
        var random = new Random(11);
        var rule = new ScaleByFactoredRms { LeastFactoredDimension = 2, StepOffset = 2, Beta2Decay = 0.7, Epsilon = 1e-3 };
        var state = Optimizer.Init(rule.Then(new ScaleByMomentum { Momentum = 0 }), TensorSet.Filled(layout, 0.0));
        double[] rows = new double[3], columns = new double[4], whole = new double[5];
        for (int t = 0; t < 8; t++)
        {
            double[] g = [.. Enumerable.Range(0, 17).Select(_ => random.NextDouble() - 0.5)];
            double decay = 1 - Math.Pow(Math.Max(t - 2 + 1, 1), -0.7);
            double Square(int i) => (g[i] * g[i]) + 1e-3;
            rows = [.. rows.Select((r, i) => (decay * r) + ((1 - decay) * Enumerable.Range(0, 4).Average(j => Square((4 * i) + j))))];
            columns = [.. columns.Select((c, j) => (decay * c) + ((1 - decay) * Enumerable.Range(0, 3).Average(i => Square((4 * i) + j))))];
            whole = [.. whole.Select((v, i) => (decay * v) + ((1 - decay) * Square(12 + i)))];
            double[] expected =
            [
                .. Enumerable.Range(0, 12).Select(i => g[i] * Math.Pow(rows[i / 4] / rows.Average(), -0.5) * Math.Pow(columns[i % 4], -0.5)),
                .. Enumerable.Range(0, 5).Select(i => g[12 + i] / Math.Sqrt(whole[i])),
            ];
            state = state.Step(TensorSet.OfValues<double>(layout, g)).Item1;
            Same.Close(expected, state.Slots.Values.Last().ToArray(), 1e-12);
        }
    }

    [Fact]
    public void It_is_the_piece_of_Adafactor() => Law.Check(
        output, Scenario.From(_ => new Adafactor { RelativeStep = false, ScaleParameter = false, ClipThreshold = 1e300, LearningRate = 0.25 }, draw => draw.Moderate(), (3, 9)), s =>
            Same.Bits(s.Run<double>().Parameters, s.Run<double>(new ScaleByFactoredRms { LeastFactoredDimension = 1 }.Then(new ScaleByLearningRate(0.25))).Parameters), 50);
}
