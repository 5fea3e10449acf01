using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 52: after a divergent step a state is what the last good one was.</summary>
public class RollbackOnDivergenceTests(ITestOutputHelper output)
{
    private const double GoodLoss = 2, BadLoss = 21;

    private static readonly TensorSet<double> Start = TensorSet.OfArray([3.0, -4]);

    [Fact]
    public void Law_52_after_a_divergent_step_the_state_is_the_last_good_one_and_goes_on_from_there_more_slowly() => Law.Check(
        output, Scenario.From(AnyRollback, draw => draw.Moderate(), (6, 30)), s =>
        {
            foreach (bool donated in new[] { false, true })
            {
                foreach (bool withLoss in new[] { false, true })
                {
                    Check<float>(s, donated, withLoss);
                    Check<double>(s, donated, withLoss);
                }
            }

            static void Check<T>(Scenario s, bool donated, bool withLoss)
                where T : unmanaged, IFloatingPointIeee754<T>
            {
                var rule = (RollbackOnDivergence)s.Rule;
                var guarded = s.Begin<T>();
                OptimizerState<T> plain = Optimizer.Init(rule.Inner, s.StartOf<T>()), good = plain;
                double scale = 1;
                int t = 0;
                foreach (var gradient in s.GradientsOf<T>())
                {
                    bool diverges = t % 5 == 3 || t % 7 == 4;
                    bool byGradient = diverges && s.Start.Length > 0 && (!withLoss || t % 2 == 0);
                    diverges = byGradient || (diverges && withLoss);
                    double? loss = !withLoss ? null : diverges && !byGradient ? Bad(t) : GoodLoss;
                    var from = donated && t > 0 ? guarded.Donate() : guarded;
                    guarded = Optimizer.Step(from, byGradient ? NotFinite(gradient) : gradient, loss).Item1;
                    t++;
                    if (diverges)
                    {
                        plain = good;
                        scale *= rule.RateShrink;
                    }
                    else
                    {
                        good = plain.StepCount % rule.SnapshotPeriod == 0 ? plain : good;
                        var slower = Optimizer.Restore(rule.Inner.ScaleLearningRates(scale), plain.StepCount, plain.Parameters, plain.Slots, Numbers(rule.Inner.ScaleLearningRates(scale), plain.Scalars));
                        var next = Optimizer.Step(slower, gradient, loss).Item1;
                        plain = Optimizer.Restore(rule.Inner, next.StepCount, next.Parameters, next.Slots, Numbers(rule.Inner, next.Scalars));
                    }

                    Same.Bits(plain.Parameters, guarded.Parameters, "parameters");
                    foreach (var (expected, actual) in plain.Slots.Zip(guarded.Slots.TakeLast(plain.Slots.Count)))
                    {
                        Same.Bits(expected.Value, actual.Value, "slot " + expected.Key);
                    }

                    Assert.Equal(plain.Scalars.Values, guarded.Scalars.Take(plain.Scalars.Count).Select(x => x.Value));
                    Same.Bits(plain.EvaluationParameters, guarded.EvaluationParameters, "evaluation parameters");
                    Assert.Equal(plain.StepCount, guarded.Rule.InnerClock(guarded.StepCount, name => Own(guarded, name)));
                    Assert.Equal(scale, Own(guarded, "rate_scale"));
                    Assert.Equal(t, guarded.StepCount);
                }
            }

            static double Bad(int t) => (t % 3) switch { 0 => BadLoss, 1 => double.NaN, _ => double.PositiveInfinity };
        }, 60);

    [Fact]
    public void A_run_that_never_diverges_is_that_of_the_rule_inside() => Law.Check(output, Scenario.From(AnyRollback, draw => draw.Moderate()), s =>
    {
        Same.Bits(s.Run<float>(((RollbackOnDivergence)s.Rule).Inner).Parameters, s.Run<float>().Parameters);
        Same.Bits(s.Run<double>(((RollbackOnDivergence)s.Rule).Inner).Parameters, s.Run<double>().Parameters);
    }, 40);

    [Fact]
    public void In_a_chain_the_slots_of_its_neighbours_are_their_own()
    {
        var rule = new ScaleByMomentum { Momentum = 0.5 }.Then(new RollbackOnDivergence(new Sgd { LearningRate = 1, Momentum = 0.5 })).Then(new ScaleByMomentum { Momentum = 0.25 });
        var states = Optimizer.Scan(Optimizer.Init(rule, Start), [Start, Start.Scale(2), Start.Scale(double.NaN)]).ToList();
        Assert.Equal(["momentum_buffer", "good_parameters", "good_momentum_buffer", "momentum_buffer.2", "momentum_buffer.3"], states[0].Slots.Keys);
        Assert.Equal(states[1].Parameters, states[3].Slots["good_parameters"]);
        Assert.Equal(states[1].Slots["momentum_buffer.2"], states[3].Slots["momentum_buffer.2"]);
        Assert.All(states[3].Slots["momentum_buffer"].ToArray(), x => Assert.True(double.IsNaN(x)));
    }

    [Theory]
    [InlineData(2, 20, false)]
    [InlineData(2, 20.01, true)]
    [InlineData(0, 9, false)]
    [InlineData(0, 9.01, true)]
    [InlineData(-3, 24, false)]
    [InlineData(-3, 24.01, true)]
    public void The_bound_is_a_multiple_of_the_good_loss_above_the_floor_and_stays_one_near_0_and_below(double good, double next, bool divergent)
    {
        var state = Optimizer.Step(Optimizer.Init(new RollbackOnDivergence(), Start), Start, good).Item1;
        Assert.Equal(divergent ? 1 : 0, Optimizer.Step(state, Start, next).Item1.Scalars["rollbacks"]);
        Assert.Equal(0, Optimizer.Step(state.WithRule(new RollbackOnDivergence { LossFactor = double.PositiveInfinity }), Start, next).Item1.Scalars["rollbacks"]);
        Assert.Equal(1, Optimizer.Step(state.WithRule(new RollbackOnDivergence { LossFactor = double.PositiveInfinity }), Start, double.NaN).Item1.Scalars["rollbacks"]);
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.NaN)]
    public void Too_many_returns_are_an_error_that_leaves_the_state_as_it_was(double loss, double last)
    {
        // The first element moves the buffer in front at every step.
        var gradient = TensorSet.OfArray([1, last]);
        var rule = new ScaleByMomentum().Then(new RollbackOnDivergence(new Adam()).WithMaxRollbacks(2));
        var state = Optimizer.Step(Optimizer.Init(rule, Start), Start, 1).Item1;
        for (int i = 0; i < 2; i++)
        {
            state = Optimizer.Step(state, gradient, loss).Item1;
        }

        var copy = Optimizer.Restore(
            rule, state.StepCount, state.Parameters.Copy(), state.Slots.ToDictionary(x => x.Key, x => x.Value.Copy()), state.Scalars.ToDictionary());
        Refused.With<ArithmeticException>("step 3 is divergent after 2 returns", () => Optimizer.Step(state.Donate(), gradient, loss));
        Assert.Equal(copy, state);
    }

    [Fact]
    public void The_learning_rates_in_force_are_the_shrunken_ones()
    {
        var rule = new RollbackOnDivergence(new ClipByGlobalNorm().Then(new Sgd { LearningRate = Schedule.Table([1, 0.5]) }));
        var states = Optimizer.Scan(Optimizer.Init(rule, Start), [Start, Start.Scale(double.NaN), Start]).ToList();
        Assert.Equal([1, 0.5, 0.5, 0.25], states.Select(state => state.Hyperparameters.Single(x => x.Key.EndsWith(".LearningRate", StringComparison.Ordinal)).Value));
    }

    [Fact]
    public void Schedules_that_depend_on_the_loss_go_back_too()
    {
        var plateau = Schedule.ReduceOnPlateau(1, 0.5, 1);
        var state = Optimizer.Init(new RollbackOnDivergence(new Sgd { LearningRate = plateau }), Start);
        Assert.Contains(state.Scalars.Keys, name => name.StartsWith("good_LearningRate", StringComparison.Ordinal));
        foreach (double loss in new[] { 5, 5, 5.0 })
        {
            state = Optimizer.Step(state, Start.Scale(0.01), loss).Item1;
        }

        var before = Inner(state);
        state = Optimizer.Step(state, Start.Scale(0.01), 5).Item1;
        Assert.NotEqual(before, Inner(state));
        state = Optimizer.Step(state, Start, double.NaN).Item1;
        Assert.Equal(before, Inner(state));

        static double[] Inner(OptimizerState<double> state) => [.. state.Scalars.Where(x => x.Key.StartsWith("LearningRate", StringComparison.Ordinal)).Select(x => x.Value)];
    }

    [Fact]
    public void It_trains_where_the_rule_inside_overflows()
    {
        // x^4 from 3 at a rate of 1/2: the first step lands at -51, the next out of reach.
        var sgd = new Sgd { LearningRate = 0.5 };
        Assert.Equal(ExitReason.NonFinite, Optimizer.Minimize(sgd, TensorSet.OfArray([3.0]), Quartic).Reason);
        var guarded = Optimizer.Minimize(new RollbackOnDivergence(sgd), TensorSet.OfArray([3.0]), Quartic, new() { MaxSteps = 500 });
        Assert.True(guarded.Loss < 1e-3, guarded.ToString());
        Assert.InRange(guarded.State.Scalars["rollbacks"], 1, 10);

        static Tuple<double, TensorSet<double>> Quartic(TensorSet<double> p) =>
            Tuple.Create(p.Map(x => x * x * x * x).Span[0], p.Map(x => 4 * x * x * x));
    }

    private static Rule AnyRollback(Draw draw) => new RollbackOnDivergence
    {
        Inner = draw.Integer(0, 4) switch
        {
            0 => AnyRule.Chain(draw),
            1 => new Lookahead { Inner = AnyRule.Inner(draw), SyncPeriod = draw.Integer(1, 3) },
            2 => new ApplyIfFinite(new ParameterEma(AnyRule.Inner(draw))),
            3 => ((RollbackOnDivergence)AnyRule.Around(draw, 1, tree => new RollbackOnDivergence(tree))).Inner,
            _ => AnyRule.Inner(draw),
        },
        RateShrink = draw.Of(0.5, 1, 0.3), SnapshotPeriod = draw.Integer(1, 3), MaxRollbacks = 1000,
    };

    /// <summary>A scalar of the outermost rule, which comes after those inside.</summary>
    private static double Own<T>(OptimizerState<T> state, string name)
        where T : unmanaged, IFloatingPointIeee754<T> => state.Scalars.Last(x => x.Key == name || x.Key.StartsWith(name + ".", StringComparison.Ordinal)).Value;

    private static TensorSet<T> NotFinite<T>(TensorSet<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] values = gradient.ToArray();
        values[^1] = values.Length % 2 == 0 ? T.NaN : T.PositiveInfinity;
        return TensorSet.OfValues<T>(gradient.Layout, values);
    }

    /// <summary>The numbers of a state for a rule whose schedules call them otherwise.</summary>
    private static Dictionary<string, double> Numbers(Rule rule, IReadOnlyDictionary<string, double> scalars) => new(
        Optimizer.Init(rule, TensorSet.OfArray([1.0])).Scalars.Keys.Zip(scalars.Values, KeyValuePair.Create));
}
