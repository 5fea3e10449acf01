using Optim;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace Training;

/// <summary>A character-level transformer of 350,000 parameters: Muon for the matrices of its blocks and AdamW for the rest, beside AdamW alone.</summary>
internal static class TransformerTraining
{
    private const int Context = 64, BatchSize = 32;

    public static bool Run(int steps, DirectoryInfo? checkpoints, List<Chart> charts)
    {
        var text = Text.Load();
        long warmup = Math.Max(1, steps / 10), stable = steps / 2, decay = steps - warmup - stable;
        Rule AdamW(double rate) => new AdamW { LearningRate = Schedule.WarmupStableDecay(rate, warmup, stable, decay), Beta2 = 0.99, WeightDecay = 0.1 };

        // Matrices of blocks by Muon; embeddings and the head, as Muon's authors have it, by AdamW; biases and norms by AdamW without decay.
        Rule both = new Partition(
            new ParameterGroup(TensorSelector.Named("characters.*", "positions.*", "head.*"), AdamW(3e-3)),
            new ParameterGroup(TensorSelector.All, new Muon { LearningRate = Schedule.WarmupStableDecay(0.02, warmup, stable, decay), Fallback = AdamW(3e-3) }));
        Chart chart = new("Character-level transformer, Shakespeare", "cross-entropy per character");
        charts.Add(chart);
        List<double> ends = [];
        foreach (var (name, rule) in new[] { ("Transformer: AdamW alone", AdamW(3e-3)), ("Transformer: Muon + AdamW", both) })
        {
            manual_seed(1);
            using var model = new CharacterTransformer(text.Characters.Length, Context);
            Rule whole = new ParameterEma(new ClipByGlobalNorm(1).Then(rule).NoDecayOn("*.bias", "*norm*")) { Decay = 0.98, DecayWarmup = true };
            var run = new TrainingRun(name, model, whole, step => Loss(model, text.Batch(step, BatchSize, Context)), () => HeldOut(model, text));
            string written = "";
            ends.Add(run.To(steps, checkpoints, () =>
            {
                written = Write(model, text, 160);
                return HeldOut(model, text);
            }));
            chart.Curves.Add(run.Curve);
            Console.WriteLine($"{name}: {run.Curve.Seconds:0} s; it writes:\n{written}\n");
        }

        // A bigram model reaches 2.5.
        return steps < 200 || ends.TrueForAll(loss => loss < 2.4);
    }

    private static Tensor Loss(CharacterTransformer model, (Tensor X, Tensor Y) batch) =>
        functional.cross_entropy(model.call(batch.X).flatten(0, 1), batch.Y.flatten());

    private static double HeldOut(CharacterTransformer model, Text text)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        return Enumerable.Range(0, 4).Average(i => Loss(model, text.HeldOut(i, BatchSize, Context)).item<float>());
    }

    private static string Write(CharacterTransformer model, Text text, int count)
    {
        using var none = no_grad();
        var random = new Random(1);
        List<long> written = [text.IndexOf('\n')];
        for (int i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            long[] seen = [.. written.TakeLast(model.Context)];
            var likely = functional.softmax(model.call(tensor(seen).unsqueeze(0))[0, -1] / 0.8, 0);
            double left = random.NextDouble();
            float[] shares = likely.data<float>().ToArray();
            int next = Array.FindIndex(shares, share => (left -= share) < 0);
            written.Add(next < 0 ? shares.Length - 1 : next);
        }

        return string.Concat(written.Select(index => text.Characters[(int)index])).Trim();
    }
}
