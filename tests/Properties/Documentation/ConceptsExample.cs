using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The C# of docs/concepts.md.</summary>
public class ConceptsExample
{
    [Fact]
    public void Four_nouns_and_a_verb()
    {
        var parameters = TensorSet.OfTensors(
            Tensor.Of("layer.weight", Matrix<double>.Build.DenseOfArray(new double[,] { { 1, 2 }, { 3, 4 } })),
            Tensor.Of("layer.bias", Vector<double>.Build.DenseOfArray([5, 6])));

        double norm = parameters.Norm();                                  // over all six numbers
        var half = parameters.Scale(0.5);                                 // a new set; the old one is as it was
        Vector<double> bias = half["layer.bias"].ToVector();              // a copy: MathNet's vectors can be written to

        Assert.Equal(Math.Sqrt(91), norm, 12);
        Assert.Equal([2.5, 3], bias.ToArray());
        Assert.Equal(5, parameters["layer.bias"].Span[0]);

        Rule adamW = new AdamW { LearningRate = 0.01, WeightDecay = 0.1 };
        var rule = new ClipByGlobalNorm(1).Then(adamW).NoDecayOn("*.bias");
        bool same = adamW.Equals(new AdamW { WeightDecay = 0.1, LearningRate = 0.01 });       // true: it is data
        var slower = rule.Adjust("LearningRate", 0.001);                                      // another rule; this one is as it was

        Assert.True(same);
        Assert.NotEqual(rule, slower);

        var rate = Schedule.WarmupCosine(peak: 0.1, warmupSteps: 10, totalSteps: 100);
        double[] values = [rate.At(0), rate.At(10), rate.At(100)];                            // 0.01 (to rounding), 0.1, 0
        var scheduled = new Sgd { LearningRate = rate, Momentum = Schedule.Linear(0.8, 0.95, 100) };

        Assert.Equal([0.01, 0.1, 0], values.Select(value => Math.Round(value, 15)));
        Assert.Equal(0.95, scheduled.Momentum.At(100));

        var start = Optimizer.Init(adamW, parameters);
        var (next, moved) = Optimizer.Step(start, gradient: parameters);                      // the gradient of |p|^2 / 2 is p
        TensorSet<double> mean = next.Slots["exp_avg"];                                       // what the rule keeps, by name
        long steps = next.StepCount;                                                          // 1; start.StepCount is still 0
        var rebuilt = Optimizer.Restore(next.Rule, next.StepCount, next.Parameters, next.Slots, next.Scalars);

        Assert.Equal((1, 0), (steps, start.StepCount));
        Assert.Equal(next, rebuilt);
        Assert.Equal(next.Parameters, moved);
        Assert.Equal(parameters.Layout, mean.Layout);
    }

    [Fact]
    public void Donation_evaluation_parameters_and_inputs()
    {
        var parameters = TensorSet.OfArray([3.0, -4]);
        var gradient = parameters;
        var state = Optimizer.Init(new Adam { LearningRate = 0.1 }, parameters);

        for (int i = 0; i < 100; i++)
        {
            (state, _) = Optimizer.Step(state.Donate(), state.Parameters);
        }

        Assert.True(state.Parameters.Norm() < parameters.Norm());

        var averaged = Optimizer.Fold(Optimizer.Init(new ParameterEma(new Adam()) { Decay = 0.99 }, parameters), 100, p => p);
        TensorSet<double> trainWith = averaged.Parameters, evaluateWith = averaged.EvaluationParameters;

        Assert.NotEqual(trainWith, evaluateWith);

        var plateau = new Sgd { LearningRate = Schedule.ReduceOnPlateau(0.1, patience: 5) };
        var (afterLoss, _) = Optimizer.Step(Optimizer.Init(plateau, parameters), gradient, loss: 0.7);
        var (afterSam, _) = Optimizer.StepOn(Optimizer.Init(new Sam(), parameters), p => Tuple.Create(0.5 * p.Dot(p), p));

        Assert.Equal((1, 1), (afterLoss.StepCount, afterSam.StepCount));
    }

    /// <summary>The last lines of docs/getting-started.md; its program is samples/GettingStarted.</summary>
    [Fact]
    public void L_BFGS_needs_no_rate()
    {
        var best = Optimizer.Minimize(new Lbfgs(), TensorSet.Of(Vector<double>.Build.Dense(5)), Objective);

        Assert.True(best.Parameters.Norm() < 1e-6, best.ToString());

        static Tuple<double, TensorSet<double>> Objective(TensorSet<double> p) => Tuple.Create(0.5 * p.Dot(p), p);
    }
}
