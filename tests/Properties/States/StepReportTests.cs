using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.States;

/// <summary>A report says what the step did, and the step does not notice.</summary>
public class StepReportTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = Two([3, -4], [0, 12]);

    [Fact]
    public void A_step_with_a_report_is_the_step_to_the_bit() => Law.Check(output, Scenario.From(AnyClipping), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            OptimizerState<T> plain = s.Begin<T>(), reported = s.Begin<T>(), donated = s.Begin<T>();
            foreach (var gradient in s.GradientsOf<T>())
            {
                plain = plain.Step(gradient).Item1;
                var (next, parameters, report) = Optimizer.StepWithReport(reported, gradient);
                var (nextDonated, _, sameReport) = Optimizer.StepWithReport(donated.Donate(), gradient);
                Same.Bits(plain, next);
                Same.Bits(plain, nextDonated);
                Same.Bits(next.Parameters, parameters);
                Assert.Equal(report, sameReport);
                (reported, donated) = (next, nextDonated);
            }
        }
    }, 60);

    [Fact]
    public void Norms_and_counts_are_those_of_a_loop_over_all_and_over_each_tensor() => Law.Check(
        output, Scenario.From(_ => new Sgd { LearningRate = 0.5 }, draw => draw.OneIn(20) ? draw.Of(double.NaN, double.NegativeInfinity) : draw.Moderate()), s =>
        {
            var state = s.Begin<double>();
            foreach (var gradient in s.GradientsOf<double>())
            {
                var (next, _, report) = Optimizer.StepWithReport(state, gradient, loss: 0.25);
                Assert.Equal((next.StepCount, 0.25), (report.Step, report.Loss));
                double[] g = gradient.ToArray(), before = state.Parameters.ToArray(), after = next.Parameters.ToArray();
                double[] moved = [.. before.Zip(after, (b, a) => b - a)];
                Near(Norm(g), report.GradientNorm);
                Near(Norm(moved), report.UpdateNorm);
                Near(Norm(before), report.ParameterNorm);
                Assert.Equal(g.Count(x => !double.IsFinite(x)), report.NonFiniteCount);
                Assert.Equal(s.Layout.Select(shape => shape.Name), report.Tensors.Keys);
                for (int i = 0; i < s.Layout.Count; i++)
                {
                    var range = new Range(s.Layout.OffsetOf(i), s.Layout.OffsetOf(i) + s.Layout[i].Length);
                    var tensor = report.Tensors[s.Layout[i].Name];
                    Near(Norm(g[range]), tensor.GradientNorm);
                    Near(Norm(moved[range]), tensor.UpdateNorm);
                    Near(Norm(before[range]), tensor.ParameterNorm);
                    Assert.Equal(g[range].Count(x => !double.IsFinite(x)), tensor.NonFiniteCount);
                    Assert.Equal(s.Layout[i].Length, tensor.Length);
                }

                state = next;
            }

            static double Norm(double[] x) => Math.Sqrt(x.Sum(y => y * y));

            static void Near(double expected, double actual)
            {
                if (double.IsFinite(expected))
                {
                    Same.Close(expected, actual, 1e-12);
                }
                else
                {
                    Assert.False(double.IsFinite(actual));
                }
            }
        });

    [Fact]
    public void The_share_that_was_clipped_is_counted_over_all_clipping_rules_and_no_others()
    {
        // Values 8 and -6 over the limit of 5; then the norm, which shrinks all but the zero; scaling is not clipping.
        var gradient = Two([8, 1], [0, -6]);
        Assert.Equal([0.5, 0.5, 0.5], Shares(new ClipByValue(5).Then(new Scale(0.5)), gradient));
        Assert.Equal([0.75, 1, 0.5], Shares(new ClipByGlobalNorm(5), gradient));
        Assert.Equal([0.75, 1, 0.5], Shares(new ClipByValue(5).Then(new Scale(0.5)).Then(new ClipByGlobalNorm(2)), gradient));
        Assert.Equal([0, 0, 0], Shares(new ClipByGlobalNorm(20).Then(new Sgd()), gradient));
        Assert.Equal([0.25, 0, 0.5], Shares(new AdaptiveGradientClipping { ClipFactor = 1.9 }.Then(new ClipByValue(9)), Two([8, 1], [0, -60])));
        Assert.Equal([0.25, 0, 0.5], Shares(Masked(new ClipByValue(5), "b"), gradient));
        Assert.Equal([0.5, 1, 0], Shares(Masked(new ClipByGlobalNorm(5), "a"), gradient));
        Assert.Equal([0, 0, 0], Shares(new ApplyIfFinite(new ClipByValue(5)), Two([8, double.NaN], [0, -6])));
        Assert.Equal([0, 0, 0], Shares(new Accumulate(new ClipByValue(5)), gradient));

        static Rule Masked(Rule rule, string tensor) => new Masked(rule, TensorSelector.Named(tensor));

        static double[] Shares(Rule rule, TensorSet<double> gradient)
        {
            var report = Optimizer.StepWithReport(Optimizer.Init(rule, Start), gradient).Item3;
            return [report.ClipFraction, .. report.Tensors.Values.Select(tensor => tensor.ClipFraction)];
        }
    }

    [Fact]
    public void Learning_rates_are_those_in_force_at_the_step()
    {
        var sgd = new Sgd { LearningRate = Schedule.Table([1, 0.5]) };
        var state = Optimizer.Init(new ClipByGlobalNorm().Then(sgd), Start);
        Assert.Equal([1, 0.5], new[] { state, state.Step(Start).Item1 }.Select(s => Optimizer.StepWithReport(s, Start).Item3.LearningRate));
        var two = Optimizer.StepWithReport(Optimizer.Init(new Sgd { LearningRate = 0.25 }.Then(sgd), Start), Start).Item3;
        Assert.Null(two.LearningRate);
        Assert.Equal([0.25, 1], two.LearningRates.Values);
        Assert.Null(Optimizer.StepWithReport(Optimizer.Init(new Identity(), Start), Start).Item3.LearningRate);
    }

    [Fact]
    public void A_ratio_is_never_NaN_where_the_norms_are_finite()
    {
        var still = Optimizer.StepWithReport(Optimizer.Init(new Scale(0), Two([0, 0], [1, 0])), Start).Item3;
        Assert.Equal([0, 0, 0], [still.UpdateRatio, still.Tensors["a"].UpdateRatio, still.Tensors["b"].UpdateRatio]);
        var left = Optimizer.StepWithReport(Optimizer.Init(new Identity(), Two([0, 0], [3, 4])), Two([3, 4], [0, 0])).Item3;
        Assert.Equal([1, double.PositiveInfinity, 0], [left.UpdateRatio, left.Tensors["a"].UpdateRatio, left.Tensors["b"].UpdateRatio]);
        var empty = Optimizer.StepWithReport(Optimizer.Init(new ClipByValue(), TensorSet.OfArray<double>([])), TensorSet.OfArray<double>([])).Item3;
        Assert.Equal([0, 0, 0, 0, 0], [empty.GradientNorm, empty.UpdateNorm, empty.ParameterNorm, empty.UpdateRatio, empty.ClipFraction]);
    }

    [Fact]
    public void The_gradient_may_be_the_donated_state_itself()
    {
        var state = Optimizer.Init(new Sgd { LearningRate = 0.5 }, Start).Step(Start).Item1;
        var report = Optimizer.StepWithReport(state.Donate(), state.Parameters).Item3;
        Assert.Equal([6.5, 6.5, 3.25], [report.ParameterNorm, report.GradientNorm, report.UpdateNorm]);
    }

    [Fact]
    public void A_report_reads_well_compares_by_value_and_lists_tensors_in_their_order()
    {
        var state = Optimizer.Init(new ClipByValue(5).Then(new Sgd { LearningRate = 0.5 }), Start);
        var report = Optimizer.StepWithReport(state, Two([8, 1], [0, double.NaN]), loss: 1.0 / 3).Item3;
        Assert.Equal(
            "step 1: loss 0.333333, gradient norm NaN, update norm NaN, parameter norm 13, ratio NaN, clipped 25%, not finite 1, rules[1].LearningRate 0.5", report.ToString());
        Assert.Equal(
            "a: gradient norm 8.06226, update norm 2.54951, parameter norm 5, ratio 0.509902, clipped 50%, not finite 0", report.Tensors["a"].ToString());
        Assert.Equal(report, Optimizer.StepWithReport(state, Two([8, 1], [0, double.NaN]), loss: 1.0 / 3).Item3);
        Assert.Equal(report.GetHashCode(), Optimizer.StepWithReport(state, Two([8, 1], [0, double.NaN]), loss: 1.0 / 3).Item3.GetHashCode());
        Assert.NotEqual(report, Optimizer.StepWithReport(state, Two([8, 1], [0, double.NaN])).Item3);
        Assert.NotEqual(report, Optimizer.StepWithReport(state, Two([double.NaN, 1], [0, 8]), loss: 1.0 / 3).Item3);
        Assert.Equal(["a", "b"], report.Tensors.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_number_of_threads_does_not_show(int threads)
    {
        const int Length = 400_000;
        var draw = new Draw(7, 100);
        var set = TensorSet.OfArray(Array.ConvertAll(draw.Numbers(Length, draw.Plain), x => (float)x));
        var state = Optimizer.Init(new ClipByGlobalNorm().Then(new Adam()), set);
        Assert.Equal(Optimizer.StepWithReport(state, set).Item3, Optimizer.StepWithReport(state.WithMaxThreads(threads), set).Item3);
    }

    private static Rule AnyClipping(Draw draw) => draw.Integer(0, 4) switch
    {
        0 => AnyRule.Tree(draw),
        1 => new ClipByValue(draw.Fraction() + 0.1).Then(AnyRule.ToFollow(draw)).Then(new ClipByGlobalNorm(draw.Fraction() + 0.1)),
        2 => new AdaptiveGradientClipping().Then(new Lookahead { Inner = new ClipByValue(1).Then(AnyRule.Inner(draw)), SyncPeriod = 2 }),
        3 => new Masked(new ClipByValue(0.5).Then(new ClipByGlobalNorm()).Then(AnyRule.Inner(draw)), AnyRule.Tensors(draw)),
        _ => new RollbackOnDivergence(new ApplyIfFinite(new ClipByGlobalNorm().Then(AnyRule.Inner(draw)))),
    };

    private static TensorSet<double> Two(double[] a, double[] b) => TensorSet.OfTensors(
        Tensor.OfSpan<double>(new TensorShape("a", a.Length), a), Tensor.OfSpan<double>(new TensorShape("b", b.Length), b));
}
