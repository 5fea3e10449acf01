using System.Diagnostics;
using Optim;
using Optim.TorchSharp;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Training;

/// <summary>One run: a model, a rule, a batch for each step, and a loss now and then on data that is held out.</summary>
internal sealed class TrainingRun(string name, nn.Module model, Rule rule, Func<int, Tensor> lossAt, Func<double> heldOut)
{
    private const int Period = 25;

    public Curve Curve { get; } = new(name);

    /// <summary>Trains up to a step, from the checkpoint if there is one.</summary>
    /// <returns>The loss on what is held out, at averaged weights where the rule keeps them.</returns>
    public double To(int steps, DirectoryInfo? checkpoints, Func<double>? alsoEvaluate = null)
    {
        using var optimizer = TorchOptimizer.For(model, rule);
        string? file = checkpoints is null ? null : Path.Combine(checkpoints.FullName, string.Concat(name.Select(c => char.IsLetterOrDigit(c) ? c : '-')) + ".safetensors");
        if (File.Exists(file))
        {
            optimizer.load_state_dict(file);
            optimizer.continue_with(rule);
            Console.WriteLine($"{name}: goes on after step {optimizer.step_count}");
        }

        var clock = Stopwatch.StartNew();
        double held = double.NaN;
        while (optimizer.step_count < steps)
        {
            int step = (int)optimizer.step_count;
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = lossAt(step);
            loss.backward();
            optimizer.step();
            Curve.Training.Add((step + 1, loss.item<float>()));
            if ((step + 1) % Period == 0 || step + 1 == steps)
            {
                held = optimizer.evaluate(heldOut);
                Curve.HeldOut.Add((step + 1, held));
                if (file is not null)
                {
                    optimizer.save_state_dict(file);
                }

                Console.WriteLine($"{name,-34} step {step + 1,4}  loss {loss.item<float>():0.000}  held out {held:0.000}  {clock.Elapsed.TotalSeconds:0.0} s");
            }
        }

        Curve.Seconds = clock.Elapsed.TotalSeconds;
        if (alsoEvaluate is not null)
        {
            Curve.Result = optimizer.evaluate(alsoEvaluate);
        }

        return double.IsNaN(held) ? optimizer.evaluate(heldOut) : held;
    }
}
