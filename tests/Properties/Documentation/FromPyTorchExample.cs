using MathNet.Numerics.LinearAlgebra;
using Optim.CSharp;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The C# of docs/from-pytorch.md.</summary>
public class FromPyTorchExample
{
    private static readonly IReadOnlyList<int> batches = [.. Enumerable.Range(1, 20)];

    [Fact]
    public void The_loop_the_hyperparameters_and_the_file()
    {
        var parameters = Parameters();

        var rule = new AdamW { LearningRate = 1e-3, WeightDecay = 0.01 };
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        Assert.Equal(20, state.StepCount);

        double rateNow = state.Hyperparameters["LearningRate"];           // optimizer.param_groups[0]["lr"]
        state = state.Adjust("LearningRate", 1e-4);                       // optimizer.param_groups[0]["lr"] = 1e-4

        Assert.Equal((1e-3, 1e-4), (rateNow, state.Hyperparameters["LearningRate"]));

        Checkpoint.Save("run.safetensors", state);                        // rule, schedule, step, parameters, slots: one file
        var resumed = Checkpoint.Load<double>("run.safetensors");         // the same state, to the bit

        Assert.Equal(state, resumed);
    }

    [Fact]
    public void The_loop_on_an_application_s_own_arrays()
    {
        var weight = Parameter.Of("weight", [1.0, 2]);
        var bias = Parameter.Of("bias", [0.5]);

        using var optimizer = InPlaceOptimizer.Create(new AdamW { LearningRate = 1e-3, WeightDecay = 0.01 }, weight, bias);
        foreach (var batch in batches)
        {
            optimizer.ClearGradients();                                   // optimizer.zero_grad()
            double loss = Backward(batch);                                // writes weight.Gradient and bias.Gradient
            optimizer.Step();
        }

        Assert.True(weight.Values.Span[0] < 1);

        double Backward(int batch)
        {
            for (int i = 0; i < 2; i++)
            {
                weight.Gradient.Span[i] += weight.Values.Span[i] / batch;
            }

            return 0;
        }
    }

    [Fact]
    public void Rules_around_and_beside_rules()
    {
        var parameters = Parameters();

        var groups = new Partition(
            new ParameterGroup(TensorSelector.Named("head.*"), new AdamW { LearningRate = 1e-3 }),
            new ParameterGroup(TensorSelector.Named("*.bias"), new AdamW { LearningRate = 1e-4, WeightDecay = 0 }),
            new ParameterGroup(TensorSelector.All, new AdamW { LearningRate = 1e-4 }));

        var warm = Schedule.Linear(0.01, 0.1, 500).Then(Schedule.Cosine(0.1, 9500), 500);     // SequentialLR([LinearLR, CosineAnnealingLR], [500])
        var cycle = Schedule.OneCycle(0.1, totalSteps: 10_000);
        var oneCycle = new Sgd { LearningRate = cycle, Momentum = cycle.Momentum() };         // OneCycleLR, which cycles the momentum too

        var clipped = new ClipByGlobalNorm(1).Then(new AdamW());          // clip_grad_norm_(parameters, 1.0), then step()
        var byValue = new ClipByValue(0.5).Then(new AdamW());             // clip_grad_value_(parameters, 0.5)

        Rule accumulated = new Accumulate(clipped, steps: 4);             // four batches to a step; the clock inside ticks once
        Rule scaled = new DynamicLossScaling(clipped);                    // torch.cuda.amp.GradScaler
        Rule averaged = new ParameterEma(clipped) { Decay = 0.999 };      // torch.optim.swa_utils.AveragedModel with an EMA

        Assert.All<Rule>([groups, oneCycle, clipped, byValue, accumulated, averaged], rule =>
            Assert.True(Optimizer.Fold(Optimizer.Init(rule, parameters), 40, p => p).Parameters.Norm() < parameters.Norm(), rule.ToString()));
        Assert.Equal((0.01, 0.1, 0.1), (warm.At(0), warm.At(500), scaled is DynamicLossScaling ? 0.1 : 0));

        var (lbfgs, _) = Optimizer.StepOn(Optimizer.Init(new Lbfgs(), parameters), p => Tuple.Create(0.5 * p.Dot(p), p));

        Assert.True(lbfgs.Parameters.Norm() < 1e-6);
    }

    [Fact]
    public void A_state_of_PyTorch_is_read()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "torch", "adam.safetensors"), "torch.safetensors", overwrite: true);

        var imported = TorchCheckpoint.Load<double>("torch.safetensors", new AdamW { LearningRate = 1e-3 });

        Assert.Equal(7, imported.StepCount);
    }

    /// <summary>The page's table of defaults: what PyTorch's constructors say, and what the rules do.</summary>
    [Fact]
    public void The_defaults_are_those_the_page_says()
    {
        Assert.Equal<(Schedule, Schedule, Schedule, Schedule)>((1e-3, 0.9, 0.999, 1e-8), (new Adam().LearningRate, new Adam().Beta1, new Adam().Beta2, new Adam().Epsilon));
        Assert.Equal<(Schedule, Schedule)>((1e-3, 0.01), (new AdamW().LearningRate, new AdamW().WeightDecay));
        Assert.Equal<(Schedule, Schedule, Schedule)>((0.01, 0.99, 1e-8), (new RmsProp().LearningRate, new RmsProp().Alpha, new RmsProp().Epsilon));
        Assert.Equal<(Schedule, Schedule)>((0.01, 1e-10), (new AdaGrad().LearningRate, new AdaGrad().Epsilon));
        Assert.Equal<(Schedule, Schedule)>((1.0, 0.9), (new AdaDelta().LearningRate, new AdaDelta().Rho));
        Assert.Equal<(Schedule, Schedule)>((0.002, 0.004), (new NAdam().LearningRate, new NAdam().MomentumDecay));
        Assert.Equal<Schedule>(0.002, new AdaMax().LearningRate);
        Assert.Equal<Schedule>(1e-3, new RAdam().LearningRate);
        Assert.Equal<Schedule>(0.01, new Sgd().LearningRate);
    }

    private static TensorSet<double> Parameters() => TensorSet.OfTensors(
        Tensor.Of("head.weight", Matrix<double>.Build.DenseOfArray(new[,] { { 1.0, -2 }, { 0.5, 1.5 } })),
        Tensor.Of("head.bias", Vector<double>.Build.DenseOfArray([0.5, -1])),
        Tensor.Of("body.weight", Vector<double>.Build.DenseOfArray([2.0, 1])));

    private static TensorSet<double> Gradient(TensorSet<double> p, int batch) => p.Scale(1 + (0.1 * Math.Sin(batch)));
}
