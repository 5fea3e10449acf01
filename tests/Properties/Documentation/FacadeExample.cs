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

        var found = new Minimizer(new() { Lower = [-5, -5], Upper = [5, 5], MaxThreads = Environment.ProcessorCount })
            .Minimize(x => Math.Pow(x[0] * x[0] + x[1] - 11, 2) + Math.Pow(x[0] + x[1] * x[1] - 7, 2), new MultiStart { Starts = 48 });
        Console.WriteLine($"{found.Basins.Count} minima, the lowest at {found.Best.Point}");

        Assert.Equal(4, found.Basins.Count);

        var target = TensorSet.OfArray([2.0, 0.25, -1.0]);
        var sparse = Optimizer.Minimize(new OwlQn { L1 = [0.5] }, TensorSet.OfArray([1.0, 1.0, 1.0]), p => Tuple.Create(0.5 * (p - target).Dot(p - target), p - target));

        Assert.Equal(0, sparse.Parameters.Span[1]);
        Assert.Equal(1.5, sparse.Parameters.Span[0], 9);

        var cautious = new Lbfgs { LineSearch = new MoreThuente { Curvature = 0.1 } };
        var conjugate = new NonlinearConjugateGradient { Form = ConjugateGradientForm.HagerZhang, LineSearch = new HagerZhang() };

        Assert.True(Optimizer.Minimize(cautious, TensorSet.OfArray([-1.2, 1]), TestProblems.Rosenbrock).Loss < 1e-12);
        Assert.True(Optimizer.Minimize(conjugate, TensorSet.OfArray([-1.2, 1]), TestProblems.Rosenbrock).Loss < 1e-12);

        var limited = Optimizer.Minimize(
            new Lbfgs(), TensorSet.OfArray([-1.2, 1]), TestProblems.Rosenbrock, new() { MaxEvaluations = 30 }, step => Console.WriteLine($"{step.Evaluations}: {step.Loss}"));

        Assert.Equal(30, limited.Evaluations);

        static void WriteGradient(Span<double> values, Span<double> gradient)
        {
            for (int i = 0; i < values.Length; i++)
            {
                gradient[i] = 2 * values[i];
            }
        }
    }
}
