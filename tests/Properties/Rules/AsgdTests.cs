using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

public class AsgdTests(ITestOutputHelper output)
{
    [Fact]
    public void ASGD_follows_its_textbook() => Textbook.Agrees(output, Any, rule => new TextbookAsgd((Asgd)rule));

    [Fact]
    public void The_average_follows_its_textbook() => Law.Check(output, Scenario.From(Any, draw => draw.Moderate(), (25, 40)), s =>
    {
        TextbookAsgd[] books = [.. s.Start.Select(_ => new TextbookAsgd((Asgd)s.Rule))];
        double[] p = [.. s.Start], largest = Array.ConvertAll(p, Math.Abs);
        foreach (var (state, t) in Optimizer.Scan(s.Begin<double>(), s.GradientsOf<double>()).Select((state, t) => (state, t)).Skip(1))
        {
            for (int i = 0; i < p.Length; i++)
            {
                p[i] = books[i].Step(p[i], s.Gradients[t - 1][i], t);
                largest[i] = Math.Max(largest[i], Math.Abs(p[i]));
                Same.Close(books[i].Average, state.EvaluationParameters.Span[i], 1e-11, largest[i], "average", i);
            }
        }
    });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void The_average_is_the_mean_of_the_iterates_after_step_t0_plus_1(int start)
    {
        var rule = new Asgd { LearningRate = 0.1, AveragingStart = start };
        var states = Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([4.0])), Enumerable.Range(1, 20).Select(t => TensorSet.OfArray([Math.Sin(t)]))).ToList();
        for (int t = 0; t < states.Count; t++)
        {
            var averaged = t <= start + 1 ? [states[t]] : states[(start + 2)..(t + 1)];
            Same.Close(averaged.Average(state => state.Parameters.Span[0]), states[t].EvaluationParameters.Span[0], 1e-14);
        }
    }

    [Fact]
    public void Before_averaging_one_evaluates_at_the_iterate_itself() => Law.Check(output, Scenario.From(draw => Any(draw).WithAveragingStart(1e6)), s =>
    {
        foreach (var state in Optimizer.Scan(s.Begin<float>(), s.GradientsOf<float>()))
        {
            Same.Bits(state.Parameters, state.EvaluationParameters);
        }
    });

    [Fact]
    public void Without_lambda_it_is_SGD() => Law.Check(output, Scenario.From(draw => Any(draw).WithLambda(0)), s =>
    {
        var rule = (Asgd)s.Rule;
        var sgd = new Sgd { LearningRate = rule.LearningRate, WeightDecay = rule.WeightDecay, Maximize = rule.Maximize };
        Same.Bits(s.Run<double>(sgd).Parameters, s.Run<double>().Parameters);
        Same.Bits(s.Run<float>(sgd).Parameters, s.Run<float>().Parameters);
    });

    private static Asgd Any(Draw draw) => new()
    {
        LearningRate = Textbook.Any(draw, 0, 0.5), Lambda = draw.Of<Schedule>(0, 1e-4, Textbook.Any(draw, 0, 0.5)), Power = Textbook.Any(draw, 0, 2),
        AveragingStart = draw.Of(0, 1, 5, 10.5, 1e6), WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1), Maximize = draw.Coin(),
    };
}
