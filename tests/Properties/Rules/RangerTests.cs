using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Ranger is its three pieces, and goes downhill.</summary>
public class RangerTests(ITestOutputHelper output)
{
    [Fact]
    public void Ranger_follows_the_textbooks_of_its_pieces() => Law.Check(
        output,
        Scenario.From(
            draw => new Ranger
            {
                LearningRate = Textbook.Any(draw, 0, 0.2), Beta1 = Textbook.Any(draw, 0, 0.99), Beta2 = draw.Of(0.9, 0.99, 0.999), Epsilon = draw.Of(1e-5, 1e-3),
                WeightDecay = draw.Of<Schedule>(0, 0.1), SyncPeriod = draw.Integer(1, 7), SlowStepSize = draw.Of<Schedule>(0, 1, 0.5, Textbook.Any(draw, 0, 1)),
                ConvolutionsOnly = draw.Coin(), PaperThreshold = draw.Coin(),
            },
            draw => draw.Moderate(), (25, 40)),
        s =>
        {
            var rule = (Ranger)s.Rule;
            var radam = new RAdam
            {
                LearningRate = rule.LearningRate, Beta1 = rule.Beta1, Beta2 = rule.Beta2, Epsilon = rule.Epsilon, WeightDecay = rule.WeightDecay,
                DecoupledWeightDecay = true, PaperThreshold = rule.PaperThreshold,
            };
            var lookahead = new Lookahead { SyncPeriod = rule.SyncPeriod, SlowStepSize = rule.SlowStepSize };
            Textbook[] books = [.. s.Start.Select(_ => new TextbookLookahead(lookahead, new TextbookRAdam(radam)))];
            double[] p = [.. s.Start], largest = Array.ConvertAll(p, Math.Abs);
            var state = s.Begin<double>();
            for (int t = 1; t <= s.Gradients.Length; t++)
            {
                double[] g = Centred(s.Layout, s.Gradients[t - 1], rule.ConvolutionsOnly ? 4 : 2);
                p = [.. p.Select((x, i) => books[i].Step(x, g[i], t))];
                largest = [.. largest.Zip(p, (most, x) => Math.Max(most, Math.Abs(x)))];
                state = state.Step(s.Set<double>(s.Gradients[t - 1])).Item1;
                for (int i = 0; i < p.Length; i++)
                {
                    Same.Close(p[i], state.Parameters.Span[i], 1e-9, largest[i], "parameter", i);
                }
            }
        });

    [Fact]
    public void Every_step_before_the_first_synchronization_goes_downhill()
    {
        var state = Optimizer.Init(new Ranger { LearningRate = 0.01 }, TensorSet.OfArray([1.0, -2]));
        foreach (var next in Optimizer.Scan(state, Enumerable.Repeat(TensorSet.OfArray([2.0, -4]), 5)).Skip(1))
        {
            Assert.All(next.Parameters.ToArray().Zip(state.Parameters.ToArray()), pair => Assert.True(Math.Abs(pair.First) < Math.Abs(pair.Second)));
            state = next;
        }
    }

    [Fact]
    public void Ranger_is_its_pieces()
    {
        var radam = new RAdam { Beta1 = 0.95, Epsilon = 1e-5, DecoupledWeightDecay = true };
        var pieces = new Lookahead { Inner = new CentralizeGradient().Then(radam), SyncPeriod = 6 };
        Law.Check(output, Scenario.From(_ => new Ranger(), draw => draw.Plain(), (10, 20)), s =>
        {
            Same.Bits(s.Run<float>(pieces), s.Run<float>());
            Assert.Equal(s.Run<float>(pieces).EvaluationParameters, s.Run<float>().EvaluationParameters);
            Same.Bits(s.Run<double>(pieces), s.Run<double>());
        }, 30);
    }

    private static double[] Centred(Layout layout, double[] gradient, int leastRank)
    {
        double[] centred = [.. gradient];
        for (int tensor = 0; tensor < layout.Count; tensor++)
        {
            var shape = layout[tensor];
            int slices = shape.Dimensions.Count >= leastRank && shape.Length > 0 ? shape.Dimensions[0] : 0;
            for (int slice = 0; slice < slices; slice++)
            {
                int length = shape.Length / slices, start = layout.OffsetOf(tensor) + (slice * length);
                double mean = gradient.Skip(start).Take(length).Average();
                for (int i = start; i < start + length; i++)
                {
                    centred[i] -= mean;
                }
            }
        }

        return centred;
    }
}
