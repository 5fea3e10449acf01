using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 45, its second half.</summary>
public class ScheduleFreeTests(ITestOutputHelper output)
{
    [Fact]
    public void Schedule_Free_SGD_follows_its_textbook() => Textbook.Agrees(output, AnySgd, rule => new TextbookScheduleFree((ScheduleFreeSgd)rule));

    [Fact]
    public void Schedule_Free_AdamW_follows_its_textbook() => Textbook.Agrees(
        output, AnyAdamW, rule => new TextbookScheduleFree((ScheduleFreeAdamW)rule));

    [Fact]
    public void The_point_of_evaluation_is_the_average() => Law.Check(output, Scenario.From(AnySgd, draw => draw.Moderate()), s =>
    {
        TextbookScheduleFree[] books = [.. s.Start.Select(_ => new TextbookScheduleFree((ScheduleFreeSgd)s.Rule))];
        double[] y = [.. s.Start];
        int t = 0;
        foreach (var state in Optimizer.Scan(s.Begin<double>(), s.GradientsOf<double>()))
        {
            for (int i = 0; i < y.Length; i++)
            {
                double x = t == 0 ? s.Start[i] : books[i].X, scale = Math.Abs(x) + Math.Abs(state.Slots["z"].Span[i]);
                Same.Close(x, state.EvaluationParameters.Span[i], 1e-11, 100 * scale, "x", i);
                y[i] = t < s.Gradients.Length ? books[i].Step(y[i], s.Gradients[t][i], t + 1) : y[i];
            }

            t++;
        }
    });

    [Fact]
    public void Law_45_with_a_constant_rate_x_is_the_mean_of_z() => Law.Check(
        output,
        Scenario.From(
            draw => draw.Coin()
                ? new ScheduleFreeSgd { LearningRate = draw.Fraction(), Momentum = 0.5 + (0.5 * draw.Fraction()), WeightLearningRatePower = draw.Of(0, 2, 0.5) }
                : new ScheduleFreeAdamW { LearningRate = draw.Fraction(), Beta1 = 0.5 + (0.5 * draw.Fraction()), WeightDecay = draw.Of(0, 0.1) },
            draw => draw.Moderate()),
        s =>
        {
            double[] sum = new double[s.Start.Length], largest = new double[s.Start.Length];
            foreach (var state in Optimizer.Scan(s.Begin<double>(), s.GradientsOf<double>()).Skip(1))
            {
                for (int i = 0; i < sum.Length; i++)
                {
                    double z = state.Slots["z"].Span[i];
                    sum[i] += z;
                    largest[i] = Math.Max(largest[i], Math.Abs(z));
                    Same.Close(sum[i] / state.StepCount, state.EvaluationParameters.Span[i], 1e-12, largest[i], "x", i);
                }
            }
        });

    [Fact]
    public void A_momentum_of_1_steps_at_the_average_itself()
    {
        var state = Optimizer.Init(new ScheduleFreeSgd { Momentum = 1 }, TensorSet.OfArray([1.0, -2]));
        state = Optimizer.Fold(state, 5, p => p.Scale(2));
        Assert.Equal(state.Parameters.ToArray().Select(x => Math.Round(x, 14)), state.EvaluationParameters.ToArray().Select(x => Math.Round(x, 14)));
        Assert.NotEqual(state.Slots["z"], state.Parameters);
    }

    [Fact]
    public void A_rate_of_0_weighs_nothing_and_leaves_everything_where_it_is()
    {
        var start = TensorSet.OfArray([1.0, -2]);
        var state = Optimizer.Fold(Optimizer.Init(new ScheduleFreeSgd { LearningRate = 0 }, start), [start, start]);
        Assert.Equal(start, state.Parameters);
        Assert.Equal(start, state.EvaluationParameters);
        Assert.Equal([0.0, 0], state.Scalars.Values);
    }

    [Fact]
    public void Within_Lookahead_its_scalars_are_its_own()
    {
        var start = TensorSet.OfArray([1.0, -2]);
        var rule = new Lookahead { Inner = new ScheduleFreeAdamW(), SyncPeriod = 100 };
        var inner = Optimizer.Fold(Optimizer.Init(rule.Inner, start), 7, p => p.Copy());
        var groups = new Partition(new ParameterGroup(TensorSelector.None.OrNone(), new ScheduleFreeSgd { LearningRate = 0 }), new ParameterGroup(TensorSelector.All, rule));
        var state = Optimizer.Fold(Optimizer.Init(rule, start), 7, p => p.Copy());
        Assert.Equal(inner.Parameters, state.Parameters);
        Assert.Equal(inner.Scalars, state.Scalars);
        Assert.Equal(["weight_sum", "lr_max", "weight_sum.2", "lr_max.2"], Optimizer.Init(groups, start).Scalars.Keys);
        Assert.Equal([0.0, 0, .. inner.Scalars.Values], Optimizer.Fold(Optimizer.Init(groups, start), 7, p => p.Copy()).Scalars.Values);
    }

    private static ScheduleFreeSgd AnySgd(Draw draw) => new()
    {
        LearningRate = Textbook.Any(draw, 0, 0.5), Momentum = Textbook.Any(draw, 0.3, 1), WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 0.5)),
        WeightStepPower = draw.Of(0, 1, 0.7), WeightLearningRatePower = draw.Of(0, 2, 0.5),
    };

    private static ScheduleFreeAdamW AnyAdamW(Draw draw) => new()
    {
        LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = Textbook.Any(draw, 0.3, 1), Beta2 = Textbook.Any(draw, 0.5, 0.9999),
        Epsilon = draw.Of(0, 1e-8, 1e-3), WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 0.5)), WeightStepPower = draw.Of(0, 1, 0.7),
        WeightLearningRatePower = draw.Of(0, 2, 0.5),
    };
}
