using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 45, its first half, and rules within rules that evaluate the objective.</summary>
public class SamTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = TensorSet.OfTensors(
        Tensor.OfSpan<double>(new TensorShape("a", 2), [0.5, -1]), Tensor.OfSpan<double>(new TensorShape("b"), [2]));

    [Fact]
    public void SAM_follows_its_textbook() => Law.Check(output, AnySam(), s =>
    {
        var rule = (Sam)s.Rule;
        Textbook[] books = [.. s.Start.Select(_ => new TextbookSgd((Sgd)rule.Inner))];
        double[] p = [.. s.Start];
        var state = s.Begin<double>();
        var single = s.Begin<float>();
        for (int t = 1; t <= 25; t++)
        {
            double rho = rule.Rho.At(t - 1);
            double[] g = [.. p.Select(Slope)];
            double norm = Math.Sqrt(g.Zip(p, (g, p) => Math.Pow(rule.Adaptive ? p * g : g, 2)).Sum()) + 1e-12;
            double[] worst = [.. p.Zip(g, (p, g) => Slope(p + (rho / norm * (rule.Adaptive ? p * p * g : g))))];
            p = [.. p.Select((x, i) => books[i].Step(x, worst[i], t))];
            (state, single) = (Bowl.Step(state)!, Bowl.Step(single)!);
            Same.Close(p, state.Parameters.ToArray(), 1e-10, 3);
            Same.Close(p, Array.ConvertAll(single.Parameters.ToArray(), x => (double)x), 1e-2, 3);
        }

        static double Slope(double p) => p + (p * p * p);
    });

    [Fact]
    public void Law_45_with_rho_0_SAM_is_its_base() => Law.Check(
        output, Scenario.From(draw => AnyRule.Inner(draw), draw => draw.Plain() / 3, (1, 1)), s =>
        {
            foreach (bool adaptive in new[] { false, true })
            {
                OptimizerState<float> plain = s.Begin<float>(), sam = Optimizer.Init(new Sam { Inner = s.Rule, Rho = 0, Adaptive = adaptive }, s.StartOf<float>());
                for (int t = 0; t < 5; t++)
                {
                    (plain, sam) = (Bowl.Step(plain)!, Bowl.Step(sam)!);
                    Same.Bits(plain, sam);
                }
            }
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Law_45_as_rho_tends_to_0_SAM_tends_to_its_base(bool adaptive)
    {
        var inner = new Sgd { LearningRate = 0.05, Momentum = 0.5 };
        double[] plain = Run(inner).ToArray();
        double[] distances = [.. new[] { 1e-2, 1e-3, 1e-4, 1e-5 }.Select(rho =>
            Run(new Sam { Inner = inner, Rho = rho, Adaptive = adaptive }).ToArray().Zip(plain, (a, b) => Math.Abs(a - b)).Max())];
        Assert.All(distances.Zip(distances.Skip(1)), pair => Assert.InRange(pair.First / pair.Second, 9, 11));
        Assert.True(distances[0] > 1e-4, "the neighbourhood must show");

        static TensorSet<double> Run(Rule rule) => Optimizer.Minimize(rule, Start, Bowl.Objective, new() { MaxSteps = 5 }).State.Parameters;
    }

    [Fact]
    public void The_norm_is_over_all_tensors_and_the_objective_is_evaluated_once_more()
    {
        var points = new List<double[]>();
        Optimizer.StepOn(Optimizer.Init(new Sam { Rho = 0.5 }, Start), p =>
        {
            points.Add(p.ToArray());
            return Tuple.Create(0.0, TensorSet.OfValues<double>(p.Layout, [3, 0, 4]));
        });
        Assert.Equal([[0.5, -1, 2], [0.8, -1, 2.4]], points.Select(p => p.Select(x => Math.Round(x, 9)).ToArray()));
    }

    [Fact]
    public void The_clock_ticks_once_a_step()
    {
        var inner = new Sgd { LearningRate = Schedule.Table([0.1, 0.2, 0.3, 0]) };
        var state = Optimizer.Init(new Sam { Inner = inner, Rho = Schedule.Table([0, 0, 0]) }, Start);
        var plain = Optimizer.Init(inner, Start);
        for (int t = 1; t <= 4; t++)
        {
            (state, plain) = (Bowl.Step(state)!, Bowl.Step(plain)!);
            Assert.Equal(t, state.StepCount);
            Assert.Equal(plain.Parameters, state.Parameters);
        }
    }

    [Fact]
    public void SAM_within_Lookahead_is_Lookahead_on_the_gradients_that_SAM_sees()
    {
        var adam = new Adam { LearningRate = 0.1 };
        var wrapped = Optimizer.Init(new Lookahead { Inner = new Sam { Inner = adam, Rho = 0.1 }, SyncPeriod = 3 }, Start);
        var outside = Optimizer.Init(new Sam { Inner = new Lookahead { Inner = adam, SyncPeriod = 3 }, Rho = 0.1 }, Start);
        var plain = Optimizer.Init(new Lookahead { Inner = adam, SyncPeriod = 3 }, Start);
        for (int t = 1; t <= 7; t++)
        {
            var gradients = new List<TensorSet<double>>();
            wrapped = Optimizer.StepOn(wrapped, p =>
            {
                var evaluation = Bowl.Objective(p);
                gradients.Add(evaluation.Item2);
                return evaluation;
            }).Item1;
            outside = Bowl.Step(outside)!;
            plain = plain.Step(gradients[1]).Item1;
            Same.Bits(plain, wrapped);
            Same.Bits(plain, outside);
        }
    }

    [Fact]
    public void A_chain_within_SAM_acts_on_the_gradient_that_steps()
    {
        var inner = new Sgd { LearningRate = 0.1 };
        var once = Optimizer.StepOn(Optimizer.Init(new Sam { Inner = inner, Rho = 0.3 }, Start), Bowl.Objective).Item2;
        var twice = Optimizer.StepOn(Optimizer.Init(new Sam { Inner = new Scale(2).Then(inner), Rho = 0.3 }, Start), Bowl.Objective).Item2;
        for (int i = 0; i < 3; i++)
        {
            Same.Close(2 * (Start.Span[i] - once.Span[i]), Start.Span[i] - twice.Span[i], 1e-14);
        }
    }

    private static FsCheck.Arbitrary<Scenario> AnySam() => Scenario.From(
        draw => new Sam
        {
            Inner = new Sgd { LearningRate = 0.05 * draw.Fraction(), Momentum = draw.Of(0, 0.5), WeightDecay = draw.Of(0, 0.1) },
            Rho = draw.Of<Schedule>(0.05, Textbook.Any(draw, 0, 0.2)), Adaptive = draw.Coin(),
        },
        draw => 1 + draw.Fraction(), (1, 1));
}
