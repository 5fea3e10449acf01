using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Optim;
using Optim.CSharp;
using Optim.Distributed;
using Optim.Networks;

namespace Samples;

/// <summary>What is trained, and how.</summary>
internal sealed record JobOptions(string Rule, bool Divided, int Epochs, string? Checkpoints, int SaveEvery, int Width, int? BucketLength = null);

/// <summary>What came of it: Hash is of all parameters, the same on every rank.</summary>
internal sealed record Outcome(long Steps, double Loss, long BytesPerStep, long StateBytes, string Hash);

internal static class Job
{
    private const int BatchSize = 64;

    public static JobOptions Parse(string[] args)
    {
        return new(Value("--rule", "adamw"), args.Contains("--divided"), Number("--epochs", 2), Value("--checkpoints", "") is { Length: > 0 } folder ? folder : null, Number("--save-every", 5), Number("--width", 32),
            Number("--bucket", 0) is var length and > 0 ? length : null);

        string Value(string name, string usual) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : usual;

        int Number(string name, int usual) => int.Parse(Value(name, usual.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
    }

    public static Outcome Run(ICommunicator ranks, JobOptions options)
    {
        var digits = Digits();
        var network = new Network<float>(
            digits.Shape, new SoftmaxCrossEntropy(), new Convolution(8, 3) { Padding = 1 }, new Relu(), new MaxPool(2), new Flatten(), new Dense(options.Width), new Relu(), new Dense(10));
        var parameters = network.Initialize(1).Select(tensor => Parameter.Of(tensor.Name, tensor.Span.ToArray(), [.. tensor.Shape.Dimensions])).ToList();

        // The whole state on each rank, or each rank's part: the trainer is the same.
        using var whole = options.Divided ? null : new InPlaceOptimizer<float>(RuleOf(options.Rule), parameters) { MaxThreads = 1 };
        using var divided = options.Divided ? new ShardedOptimizer<float>(ranks, RuleOf(options.Rule), parameters, bucketLength: options.BucketLength) { MaxThreads = 1 } : null;
        var folder = options is { Checkpoints: { } path, Divided: true } ? new ShardedCheckpointFolder<float>(ranks, divided!, path) : null;
        var wholeFolder = options is { Checkpoints: { } file, Divided: false } ? new TrainingCheckpointFolder<float>(file) : null;
        var trainer = new Trainer<float, IReadOnlyList<int>>((ITrainedOptimizer<float>?)whole ?? divided!, LossAndGradient)
        {
            Options = new() { Epochs = options.Epochs, CheckpointEvery = options.SaveEvery, TrackBest = false },
            Checkpoint = folder is not null ? folder.SaveAsync : wholeFolder is not null ? wholeFolder.SaveAsync : null,
        }.Distributed(ranks, bucketLength: options.BucketLength);
        if ((folder is not null ? folder.LoadLatest() : wholeFolder?.LoadLatest()) is { } checkpoint)
        {
            trainer.Resume(checkpoint);
        }

        long before = ranks.BytesSent, first = trainer.Optimizer.StepCount;
        var result = trainer.Run(new BatchLoader<int>([.. Enumerable.Range(0, digits.Count)], BatchSize).Epoch);
        long steps = Math.Max(1, trainer.Optimizer.StepCount - first);
        return new(trainer.Optimizer.StepCount, result.LastLoss, (ranks.BytesSent - before) / steps, divided?.StateBytes ?? SizeOf(whole!.Snapshot()), HashOf(parameters));

        // The mean over some of the digits, with its gradient: each tensor's as soon as the backward pass has it, so that it can be sent while the earlier layers' are computed.
        double LossAndGradient(IReadOnlyList<int> rows)
        {
            float[] values = [.. parameters.SelectMany(parameter => parameter.Values.ToArray())];
            return network.Differentiate(TensorSet.OfValues<float>(network.Layout, values), network.InitialStatistics, digits.Batch<float>(rows), new SeededRandom(1, 0), (tensor, gradient) =>
            {
                gradient.CopyTo(parameters[tensor].Gradient);
                parameters[tensor].CompleteGradient();
            }).Loss;
        }
    }

    private static Rule RuleOf(string name) => name switch
    {
        "adamw" => new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = 3e-3, WeightDecay = 0.05 }),
        "lamb" => new Lamb { LearningRate = 0.01, WeightDecay = 0.01, MaxGradientNorm = 1 },
        "muon" => new Muon { LearningRate = 0.02 },
        "soap" => new Soap { LearningRate = 3e-3 },
        _ => RuleRegistry.Find(name)?.Create() ?? throw new ArgumentException($"--rule must be a rule's name, was '{name}'."),
    };

    private static long SizeOf(OptimizerState<float> state) => (state.Parameters.Length + state.Slots.Values.Sum(slot => (long)slot.Length)) * sizeof(float);

    private static string HashOf(IEnumerable<Parameter<float>> parameters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var parameter in parameters)
        {
            hash.AppendData(MemoryMarshal.AsBytes(parameter.Values.Span));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>Real digits of 8 x 8 pixels: E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository, CC BY 4.0.</summary>
    private static Examples Digits()
    {
        using var reader = new StreamReader(new GZipStream(typeof(Job).Assembly.GetManifestResourceStream("digits.csv.gz")!, CompressionMode.Decompress));
        byte[][] rows = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',').Select(cell => byte.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
        return new(new(1, 8, 8), [.. rows.SelectMany(row => row[..64])], [.. rows.Select(row => row[64])], white: 16);
    }
}
