using System.Reflection;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;
using Optim.CSharp;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.CSharp;

public class FacadeTests(ITestOutputHelper output)
{
    [Fact]
    public void No_name_of_the_facade_is_one_of_the_core()
    {
        string[] core = Names(typeof(Rule).Assembly), facade = Names(typeof(Parameter).Assembly);
        Assert.Empty(core.Intersect(facade));

        static string[] Names(Assembly assembly) => [.. assembly.GetExportedTypes().Where(type => !type.IsNested).Select(type => type.Name).Distinct()];
    }

    [Fact]
    public void A_builder_composes_rules_of_the_core()
    {
        var adamW = new AdamW { WeightDecay = 0.1 };
        var schedule = Schedule.WarmupCosine(3e-4, 10, 100);
        var rule = OptimizerBuilder.For(adamW).WithLearningRate(schedule).WithGroup(TensorSelector.Named("head.*"), r => r.ScaleLearningRates(10))
            .WithGroup(TensorSelector.OfRank(3), _ => new Sgd()).ClipGradientNorm(1).SkipNonFinite().Accumulate(4).Rule;
        var groups = new Partition(
            new(TensorSelector.Named("head.*"), adamW with { LearningRate = schedule.Scale(10) }), new(TensorSelector.OfRank(3), new Sgd()),
            new(TensorSelector.All, adamW with { LearningRate = schedule }));
        Assert.Equal(new Accumulate(new ApplyIfFinite(new ClipByGlobalNorm(1).Then(groups)), 4), rule);
        Assert.Equal(
            new ClipByValue(2).Then(new ParameterEma(adamW.NoDecayOn("*.bias")) { Decay = 0.99 }),
            OptimizerBuilder.For(adamW).WithoutDecayOn("*.bias").ClipGradientValue(2).AverageParameters(0.99).Rule);
        using var optimizer = OptimizerBuilder.For(adamW).WithMaxThreads(1).Build([Parameter.Of("p", new float[3])]);
        Assert.Equal((1, adamW), (optimizer.MaxThreads, optimizer.Rule));
    }

    [Fact]
    public void The_order_of_a_builders_calls_does_not_matter()
    {
        (string Name, Func<OptimizerBuilder, OptimizerBuilder> Call)[] calls =
        [
            ("accumulate", b => b.Accumulate(2)), ("scaling", b => b.Within(rule => new DynamicLossScaling(rule))), ("skip", b => b.SkipNonFinite()), ("large", b => b.Within(rule => new SkipLargeUpdates(rule, 50))),
            ("rollback", b => b.Within(rule => new RollbackOnDivergence(rule))), ("norm", b => b.ClipGradientNorm(1)), ("value", b => b.ClipGradientValue(3)),
            ("average", b => b.AverageParameters(0.9)), ("decay", b => b.WithoutDecayOn("*.bias")), ("first", b => b.After(new CentralizeGradient())),
            ("group", b => b.WithGroup(TensorSelector.Named("head.*"), rule => rule.ScaleLearningRates(10))), ("rate", b => b.WithLearningRate(0.02)),
            ("lookahead", b => b.Within(rule => new Lookahead(rule))),
        ];
        var start = OptimizerBuilder.For(new AdamW { WeightDecay = 0.1 });
        var expected = calls.Aggregate(start, (builder, call) => call.Call(builder)).Rule;
        Assert.IsType<Accumulate>(expected);
        Law.Check(output, Cases.Of(draw => Enumerable.Range(0, calls.Length).OrderBy(_ => draw.Integer(0, 1 << 20)).ToArray()), order => Assert.Equal(expected, order.Aggregate(start, (builder, i) => calls[i].Call(builder)).Rule));

        foreach (var (name, call) in calls.Where(call => call.Name is not ("decay" or "first" or "group" or "rate" or "lookahead")))
        {
            var refused = Assert.Throws<ArgumentException>(() => call(call(start)));
            Assert.True(refused.Message.Contains("given twice", StringComparison.Ordinal), name);
        }
    }

    [Fact]
    public void A_parameter_without_decay_has_the_rate_of_its_group()
    {
        // The example of the builder's documentation: head.bias at ten times the rate, in either order.
        var start = OptimizerBuilder.For(new AdamW { WeightDecay = 0.1 }).WithLearningRate(1e-3);
        OptimizerBuilder[] builders =
        [
            start.WithoutDecayOn("*.bias").WithGroup(TensorSelector.Named("head.*"), rule => rule.ScaleLearningRates(10)),
            start.WithGroup(TensorSelector.Named("head.*"), rule => rule.ScaleLearningRates(10)).WithoutDecayOn("*.bias"),
        ];
        foreach (var builder in builders)
        {
            var parameters = new[] { "head.bias", "head.weight", "body.bias" }.Select(name => Parameter.Of(name, [1.0])).ToList();
            using var optimizer = builder.Build(parameters);
            parameters.ForEach(parameter => parameter.Gradient.Span[0] = 1);
            optimizer.Step();
            Assert.Equal([0.01, 0.01 + (0.01 * 0.1), 0.001], parameters.Select(parameter => Math.Round(1 - parameter.Values.Span[0], 8)));
        }
    }

    [Fact]
    public void A_minimizer_takes_functions_spans_and_objective_functions_of_MathNet()
    {
        var start = Vector<double>.Build.DenseOfArray([-1.2, 1]);
        var minimizer = new Minimizer();
        MinimizerResult[] results =
        [
            minimizer.Minimize(x => (Rosenbrock(x), Slope(x)), start),
            minimizer.Minimize(Rosenbrock, start),
            minimizer.Minimize((point, gradient) =>
            {
                var x = Vector<double>.Build.DenseOfArray(point.ToArray());
                Slope(x).AsArray().CopyTo(gradient);
                return Rosenbrock(x);
            }, [-1.2, 1]),
            minimizer.Minimize(ObjectiveFunction.Gradient(Rosenbrock, Slope), start),
            minimizer.Minimize(ObjectiveFunction.Value(Rosenbrock), start),
        ];
        Assert.All(results, result =>
        {
            Assert.True(result.HasConverged, result.ToString());
            Assert.Equal(1, result.Point[0], 4);
            Assert.Equal(1, result.Point[1], 4);
        });
        Assert.Equal(results[0].Point, results[2].Point);
        Assert.Equal(results[0].Point, results[3].Point);
        Assert.Equal(-1.2, start[0]);

        var capped = new Minimizer(new() { Rule = new Sgd { LearningRate = 1e-4 }, Stop = new() { MaxSteps = 3 } }).Minimize(x => (Rosenbrock(x), Slope(x)), start);
        Assert.Equal((3, ExitReason.MaxStepsReached, false), (capped.Steps, capped.Reason, capped.HasConverged));

        static double Rosenbrock(Vector<double> x) => Math.Pow(1 - x[0], 2) + (100 * Math.Pow(x[1] - (x[0] * x[0]), 2));

        static Vector<double> Slope(Vector<double> x) => Vector<double>.Build.DenseOfArray(
            [(-2 * (1 - x[0])) - (400 * x[0] * (x[1] - (x[0] * x[0]))), 200 * (x[1] - (x[0] * x[0]))]);
    }
}
