using MathNet.Numerics.LinearAlgebra;
using Optim.CSharp;
using Xunit;

namespace Optim.Properties.Documentation;

public class FacadeExample
{
    [Fact]
    public void The_trainer_of_the_readme_trains()
    {
        int[] examples = [.. Enumerable.Range(0, 30)];

        var weights = Parameter.Of("weights", new float[4 * 3], 4, 3);    // your arrays, updated in place, never copied
        var bias = Parameter.Of("bias", new float[3]);

        using var optimizer = OptimizerBuilder.For(new AdamW { WeightDecay = 0.1 })
            .WithLearningRate(Schedule.WarmupCosine(3e-2, 10, 200))
            .WithoutDecayOn("bias")
            .Build([weights, bias]);

        var trainer = new Trainer<float, IReadOnlyList<int>>(optimizer, LossAndGradient)
        {
            Options = new() { Epochs = 20, EarlyStoppingPatience = 3 },
        };
        var result = trainer.Run(new BatchLoader<int>(examples, batchSize: 8).Epoch);

        Assert.True(result.End is TrainingEnd.Completed or TrainingEnd.EarlyStopped, result.End.ToString());
        Assert.InRange(bias.Values.Span[0], 0.5f, 1.5f);

        double LossAndGradient(IReadOnlyList<int> batch)
        {
            optimizer.ClearGradients();
            for (int i = 0; i < 3; i++)
            {
                bias.Gradient.Span[i] = bias.Values.Span[i] - 1;
            }

            return bias.Values.ToArray().Sum(b => 0.5 * (b - 1) * (b - 1));
        }
    }

    [Fact]
    public void The_loop_and_the_minimizer_of_the_page_run()
    {
        var weights = Parameter.Of("weights", new double[] { 3, -2 });
        using var optimizer = InPlaceOptimizer.Create(new Lion { LearningRate = 0.1 }, weights);
        for (int step = 0; step < 100; step++)
        {
            WriteGradient(weights.Values.Span, weights.Gradient.Span);
            optimizer.Step();
        }

        OptimizerState<double> state = optimizer.Snapshot();              // immutable: save it, compare it, go on functionally
        var (next, _) = Optimizer.Step(state, TensorSet.OfTensors(Tensor.OfSpan<double>(weights.Shape, weights.Gradient.Span)));
        optimizer.Load(next);                                             // writes its parameters into the arrays

        Assert.Equal(101, optimizer.StepCount);
        Assert.InRange(weights.Values.Span[0], -0.2, 0.2);

        var fit = new Minimizer().Minimize(x => Math.Pow(x[0] - 1, 2) + Math.Pow(x[1] + 2, 2), Vector<double>.Build.Dense(2));
        Console.WriteLine(fit.HasConverged ? $"minimum at {fit.Point}" : $"gave up: {fit.Reason}");

        Assert.Equal(-2, fit.Point[1], 6);

        var bounded = new Minimizer(new() { Lower = [0, 0], Upper = [1, double.PositiveInfinity] })
            .Minimize(x => Math.Pow(x[0] - 3, 2) + Math.Pow(x[1] - 2, 2), Vector<double>.Build.Dense(2, 0.5));
        Console.WriteLine($"{bounded.Point[0]} and {bounded.Point[1]}, on a bound: {string.Join(", ", bounded.AtBound)}");

        double[] pressure = [77.6, 141.1, 239.9, 378.4, 536.8, 760.0], volume = [10.07, 17.94, 29.61, 44.82, 61.01, 81.78];
        var curve = new Minimizer().FitLeastSquares(
            b => Vector<double>.Build.Dense(6, i => volume[i] - b[0] * (1 - Math.Exp(-b[1] * pressure[i]))), Vector<double>.Build.Dense([500, 0.0001]));
        Console.WriteLine(curve);
        var (low, high) = curve.ConfidenceBand(b => b[0] * (1 - Math.Exp(-b[1] * 1000)));

        Assert.InRange(curve.Parameters[0], 230, 245);
        Assert.InRange(high - low, 0.01, 10);
        Assert.Equal(1, bounded.Point[0]);
        Assert.Equal([0], bounded.AtBound);

        static void WriteGradient(Span<double> values, Span<double> gradient)
        {
            for (int i = 0; i < values.Length; i++)
            {
                gradient[i] = 2 * values[i];
            }
        }
    }
}
