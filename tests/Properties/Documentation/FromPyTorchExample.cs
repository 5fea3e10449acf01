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
        Rule fromFirst = new ParameterEma(clipped) { Decay = Schedule.Constant(0).Then(0.999, afterSteps: 1) };  // to the number
        Rule mean = new StochasticWeightAveraging(clipped) { StartStep = 7500 };                                 // AveragedModel, updated from step 7500 on
        var annealed = Schedule.Cosine(0.1, 7500, 0.05).Then(Schedule.Piecewise([0, 100], [0.05, 0.02], AnnealStrategy.Cosine), 7500);  // SWALR(0.02, 100)

        Assert.All<Rule>([groups, oneCycle, clipped, byValue, accumulated, averaged, fromFirst, mean], rule =>
            Assert.True(Optimizer.Fold(Optimizer.Init(rule, parameters), 40, p => p).Parameters.Norm() < parameters.Norm(), rule.ToString()));
        Assert.Equal((0.05, 0.02), (annealed.At(7500), annealed.At(7600)));
        Assert.Equal(0.035, annealed.At(7550), 1e-12);
        Assert.Equal((0.01, 0.1, 0.1), (warm.At(0), warm.At(500), scaled is DynamicLossScaling ? 0.1 : 0));

        var (lbfgs, _) = Optimizer.StepOn(Optimizer.Init(new Lbfgs(), parameters), p => Tuple.Create(0.5 * p.Dot(p), p));

        Assert.True(lbfgs.Parameters.Norm() < 1e-6);
    }

    [Fact]
    public void Every_scheduler()
    {
        Schedule step = Schedule.Step(0.1, stepSize: 30, gamma: 0.1);                         // StepLR(30)
        Schedule milestones = Schedule.MultiStep(0.1, [30, 80]);                              // MultiStepLR([30, 80])
        Schedule factor = Schedule.ConstantFactor(0.1, 1 / 3.0, 5);                           // ConstantLR()
        Schedule exponential = Schedule.Exponential(0.1, 0.95);                               // ExponentialLR(0.95)
        Schedule polynomial = Schedule.Polynomial(0.1, 5, power: 2);                          // PolynomialLR(5, 2)
        Schedule cosine = Schedule.Cosine(0.1, 100, endValue: 0.001, periodic: true);         // CosineAnnealingLR(100, 0.001)
        Schedule restarts = Schedule.CosineRestarts(0.1, 10, 2, endValue: 0.001);             // CosineAnnealingWarmRestarts(10, 2, 0.001)
        Schedule triangle = Schedule.Cyclic(0.001, 0.1, stepSizeUp: 2000);                    // CyclicLR(0.001, 0.1)
        Schedule lambda = Schedule.OfFunction("inverse root", t => 0.1 / Math.Sqrt(t + 1));   // LambdaLR(lambda t: 1 / sqrt(t + 1))
        Schedule product = Schedule.ConstantFactor(1, 0.5, 4) * exponential;                  // ChainedScheduler([ConstantLR(0.5, 4), ExponentialLR(0.95)])

        // What PyTorch's documentation says of each, at the step t.
        Assert.All(Enumerable.Range(0, 200), t =>
        {
            Equal(0.1 * Math.Pow(0.1, t / 30), step);
            Equal(0.1 * Math.Pow(0.1, (t >= 30 ? 1 : 0) + (t >= 80 ? 1 : 0)), milestones);
            Equal(t < 5 ? 0.1 / 3 : 0.1, factor);
            Equal(0.1 * Math.Pow(0.95, t), exponential);
            Equal(0.1 * Math.Pow(1 - (Math.Min(t, 5) / 5.0), 2), polynomial);
            Equal(0.001 + (0.099 * (1 + Math.Cos(Math.PI * t / 100)) / 2), cosine);
            var (at, length) = t < 10 ? (t, 10) : t < 30 ? (t - 10, 20) : t < 70 ? (t - 30, 40) : t < 150 ? (t - 70, 80) : (t - 150, 160);
            Equal(0.001 + (0.099 * (1 + Math.Cos(Math.PI * at / length)) / 2), restarts);
            Equal(0.001 + (0.099 * t / 2000), triangle);
            Equal(0.1 / Math.Sqrt(t + 1), lambda);
            Equal((t < 4 ? 0.05 : 0.1) * Math.Pow(0.95, t), product);

            void Equal(double expected, Schedule schedule) => Assert.Equal(expected, schedule.At(t), 1e-14);
        });
    }

    /// <summary>As swa_utils has it: the first update copies the model, the later ones average.</summary>
    [Fact]
    public void An_averaged_model_begins_with_the_first_update()
    {
        var sgd = new Sgd { LearningRate = 0.1 };
        var (ema, mean, model) = (
            Optimizer.Init(new ParameterEma(sgd) { Decay = Schedule.Constant(0).Then(0.9, afterSteps: 1) }, Parameters()),
            Optimizer.Init(new StochasticWeightAveraging(sgd) { StartStep = 3 }, Parameters()), Optimizer.Init(sgd, Parameters()));
        var (averaged, sum, count) = (Parameters(), Parameters().Scale(0), 0);
        for (int t = 1; t <= 20; t++)
        {
            var gradient = Gradient(model.Parameters, t);
            (model, ema, mean) = (Optimizer.Step(model, gradient).Item1, Optimizer.Step(ema, gradient).Item1, Optimizer.Step(mean, gradient).Item1);
            averaged = t == 1 ? model.Parameters : averaged.Scale(0.9).Add(model.Parameters.Scale(0.1));
            Assert.True(ema.EvaluationParameters.Subtract(averaged).Norm() < 1e-14);
            if (t >= 3)
            {
                (sum, count) = (sum.Add(model.Parameters), count + 1);
                Assert.True(mean.EvaluationParameters.Subtract(sum.Scale(1.0 / count)).Norm() < 1e-14);
            }
        }
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
