using Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using AdamW = Optim.AdamW;
using Tensor = TorchSharp.torch.Tensor;

namespace Training;

/// <summary>Two convolutions and a way around them (He et al. 2016).</summary>
internal sealed class ResidualBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1, conv2;
    private readonly BatchNorm2d norm1, norm2;
    private readonly Conv2d? shortcut;

    public ResidualBlock(int before, int after, int stride)
        : base(nameof(ResidualBlock))
    {
        conv1 = Conv2d(before, after, 3, stride: stride, padding: 1, bias: false);
        norm1 = BatchNorm2d(after);
        conv2 = Conv2d(after, after, 3, padding: 1, bias: false);
        norm2 = BatchNorm2d(after);
        shortcut = before == after ? null : Conv2d(before, after, 1, stride: stride, bias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var inner = norm2.call(conv2.call(functional.relu(norm1.call(conv1.call(input)))));
        return functional.relu(inner + (shortcut?.call(input) ?? input));
    }
}

/// <summary>A residual CNN of 176,000 parameters.</summary>
internal static class ResidualCnnTraining
{
    private const int BatchSize = 64;

    public static bool Run(int steps, DirectoryInfo? checkpoints, List<Chart> charts)
    {
        var data = Images.Load();
        long warmup = Math.Max(1, steps / 10);

        // Orthogonal updates for the convolutions, AdamW for the rest, no decay on biases and norms; clipped, and averaged for evaluation.
        Rule muon = new ParameterEma(new ClipByGlobalNorm(5).Then(new Partition(
            new ParameterGroup(TensorSelector.Named("head.*", "stem.*"), AdamW(steps, warmup)),
            new ParameterGroup(TensorSelector.All, new Muon
            {
                LearningRate = Schedule.WarmupStableDecay(0.02, warmup, steps / 2, steps - warmup - (steps / 2)), WeightDecay = 0.01, Fallback = AdamW(steps, warmup),
            }))).NoDecayOn("*.bias", "*norm*")) { Decay = 0.98, DecayWarmup = true };
        Chart chart = new($"Residual CNN, {data.Name}", "cross-entropy");
        charts.Add(chart);
        bool learned = true;
        foreach (var (name, rule) in new (string, Rule)[] { ("CNN: AdamW alone", AdamW(steps, warmup)), ("CNN: Muon + AdamW, EMA", muon) })
        {
            manual_seed(1);
            using var model = Model();
            var run = new TrainingRun(name, model, rule, step => Loss(model, data.Batch(step, BatchSize)), () => HeldOut(model, data).Loss);
            run.To(steps, checkpoints, () => HeldOut(model, data, 10_000).Accuracy);
            chart.Curves.Add(run.Curve);
            Console.WriteLine($"{name}: held out {run.Curve.Result:P1} right, {run.Curve.Seconds:0} s");
            learned &= steps < 200 || run.Curve.Result > 0.75;
        }

        return learned;
    }

    private static AdamW AdamW(int steps, long warmup) => new AdamW { LearningRate = Schedule.WarmupStableDecay(2e-3, warmup, steps / 2, steps - warmup - (steps / 2)), WeightDecay = 0.01 };

    private static Module<Tensor, Tensor> Model() => Sequential(
        ("stem", Conv2d(1, 16, 3, padding: 1)), ("relu", ReLU()), ("pool", MaxPool2d(2)),
        ("block1", new ResidualBlock(16, 16, 1)), ("block2", new ResidualBlock(16, 32, 2)), ("block3", new ResidualBlock(32, 64, 2)),
        ("mean", AdaptiveAvgPool2d(1)), ("flat", Flatten()), ("head", Linear(64, 10)));

    private static Tensor Loss(Module<Tensor, Tensor> model, (Tensor X, Tensor Y) batch)
    {
        model.train();
        return functional.cross_entropy(model.call(batch.X), batch.Y);
    }

    private static (double Loss, double Accuracy) HeldOut(Module<Tensor, Tensor> model, Images data, int count = 1000)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        model.eval();
        var (x, y) = (data.TestX[..(int)Math.Min(count, data.TestX.shape[0])], data.TestY[..(int)Math.Min(count, data.TestY.shape[0])]);
        var output = model.call(x);
        return (functional.cross_entropy(output, y).item<float>(), output.argmax(1).eq(y).to(ScalarType.Float32).mean().item<float>());
    }
}
