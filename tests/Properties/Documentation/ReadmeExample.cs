using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace Optim.Properties.Documentation;

public class ReadmeExample
{
    [Fact]
    public void The_C_sharp_of_the_readme_descends()
    {
        var parameters = TensorSet.OfTensors(
            Tensor.Of("weights", Matrix<float>.Build.Dense(3, 2, 0.5f)),
            Tensor.Of("bias", Vector<float>.Build.Dense(2)));

        var state = Optimizer.Init(new AdamW { LearningRate = 0.01, WeightDecay = 0.1 }, parameters);
        for (int i = 0; i < 100; i++)
        {
            var gradient = state.Parameters.Scale(2);                     // the gradient of |p|^2
            (state, _) = Optimizer.Step(state.Donate(), gradient);        // Donate: this state's memory is reused in place
        }

        Matrix<float> weights = state.Parameters["weights"].ToMatrix();
        TensorSet<float> mean = state.Slots["exp_avg"];

        Assert.All(weights.Enumerate(), w => Assert.InRange(w, -0.05f, 0.1f));
        Assert.Equal(parameters.Layout, mean.Layout);
        Assert.Equal(0.5f, parameters["weights"].Span[0]);
    }

    [Fact]
    public void The_wrappers_of_the_readme_step_once_in_four_with_the_rate_of_their_own_clock()
    {
        var parameters = TensorSet.OfTensors(Tensor.Of("layer.weight", Vector<double>.Build.Dense(3, 1)), Tensor.Of("layer.bias", Vector<double>.Build.Dense(2, 1)));
        var batches = Enumerable.Range(1, 40);

        var cycle = Schedule.OneCycle(3e-3, totalSteps: 1000);
        var adamW = new AdamW { LearningRate = cycle, Beta1 = cycle.Momentum(), WeightDecay = 0.1 };
        var training = new Accumulate(new ClipByGlobalNorm(1).Then(adamW).NoDecayOn("*.bias"), steps: 4);

        var state = Optimizer.Init(training, parameters);
        foreach (var batch in batches)
        {
            (state, _) = Optimizer.Step(state.Donate(), GradientOn(batch, state.Parameters));
        }

        double rateNow = state.Hyperparameters["inner.rules[1].inner.LearningRate"];
        var slower = state.Adjust("LearningRate", cycle.Scale(0.5));

        Assert.Equal(cycle.At(10), rateNow);
        Assert.Equal(rateNow / 2, slower.Hyperparameters["inner.rules[1].inner.LearningRate"]);
        Assert.True(state.Parameters.Norm() < parameters.Norm());

        static TensorSet<double> GradientOn(int batch, TensorSet<double> p) => (1 + (1.0 / batch)) * p;
    }
}
