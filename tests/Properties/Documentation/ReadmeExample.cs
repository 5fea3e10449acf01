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
}
