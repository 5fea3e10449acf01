using System.Diagnostics;
using System.Globalization;
using Optim.CSharp;
using Optim.Distributed;
using Optim.Networks;

namespace Optim.Benchmarks;

/// <summary>
/// What a step on several ranks costs besides its gradient: bytes, time, memory, the latency and the rate of an exchange. <c>dotnet build -c Release benchmarks</c>, then <c>mpiexec -n 2 -env DOTNET_PROCESSOR_COUNT 1
/// dotnet benchmarks/bin/Release/net10.0/Optim.Benchmarks.dll distributed</c>; without <c>mpiexec</c>, one rank. <c>distributed 1</c> has exchanges take as long as over a network of 1 Gbit/s (<see cref="SlowLink"/>).
/// </summary>
internal static class DistributedReport
{
    private const int Side = 28, Classes = 10, BatchSize = 256, Shards = 16, Warm = 3, Steps = 15, Exchanges = 200, BucketLength = 1 << 18;

    public static int Run(double? gigabits)
    {
        return MpiCommunicator.IsLaunched ? MpiCommunicator.Run(Linked) : Linked(LocalCommunicator.Alone());

        int Linked(ICommunicator ranks) => Print(gigabits is { } rate ? new SlowLink(ranks, 1e9 * rate) : ranks);
    }

    private static int Print(ICommunicator ranks)
    {
        var random = new Random(1);
        byte[] pixels = new byte[BatchSize * Side * Side];
        random.NextBytes(pixels);
        var images = new Examples(new(1, Side, Side), pixels, [.. Enumerable.Range(0, BatchSize).Select(i => (byte)(i % Classes))], white: byte.MaxValue);
        var network = new Network<float>(images.Shape, new SoftmaxCrossEntropy(), new Flatten(), new Dense(1024), new Relu(), new Dense(1024), new Relu(), new Dense(Classes));
        if (ranks.Rank == 0)
        {
            Say($"{ranks.Size} ranks; {network.Layout.Length:N0} parameters in single precision, batches of {BatchSize} in {Shards} shards or as many as ranks, buckets of {BucketLength:N0} elements or none, AdamW after ClipByGlobalNorm; medians of {Steps} steps");
        }

        foreach (bool divided in (bool[])[false, true])
        {
            foreach (int shards in (int[])[Shards, ranks.Size])
            {
                foreach (int? bucketLength in (int?[])[null, BucketLength])
                {
                    Measure(ranks, images, network, divided, shards, bucketLength);
                }
            }
        }

        Exchange(ranks, 1);
        Exchange(ranks, 4 << 20);
        if (ranks.Rank == 0)
        {
            foreach (int size in (int[])[1, 2, 4, 8, 16])
            {
                Say($"{size} ranks, divided: at most {LocalCommunicator.Run(size, each => StateBytes(each, network.Layout)).Max():N0} bytes of parameters and slots on a rank");
            }
        }

        return 0;
    }

    private static void Measure(ICommunicator ranks, Examples images, Network<float> network, bool divided, int shards, int? bucketLength)
    {
        var parameters = network.Initialize(1).Select(tensor => Parameter.Of(tensor.Name, tensor.Span.ToArray(), [.. tensor.Shape.Dimensions])).ToList();
        using var sharded = divided ? new ShardedOptimizer<float>(ranks, TheRule, parameters, shards, bucketLength) { MaxThreads = 1 } : null;
        using var whole = divided ? null : new InPlaceOptimizer<float>(TheRule, parameters) { MaxThreads = 1 };
        int[] batch = [.. Enumerable.Range(0, BatchSize)];
        var trainer = new Trainer<float, IReadOnlyList<int>>(sharded is null ? whole! : sharded, Objective).Distributed(ranks, shards, bucketLength);
        var step = Times(ranks, () => trainer.Optimizer.Step(trainer.Objective(batch)));

        // The same shards' gradients, and nothing else.
        int first = shards * ranks.Rank / ranks.Size, end = shards * (ranks.Rank + 1) / ranks.Size;
        var compute = Times(ranks, () =>
        {
            for (int shard = first; shard < end; shard++)
            {
                Objective(batch[(BatchSize / shards * shard)..(BatchSize / shards * (shard + 1))]);
            }
        });
        if (ranks.Rank == 0)
        {
            long vector = (long)network.Layout.Length * sizeof(float);
            Say($"{(divided ? "divided" : "whole"),-8}, {shards,2} shards, {(bucketLength is null ? "at the end" : "overlapped"),-10}: a step {step.Milliseconds:F1} ms, its gradients alone {compute.Milliseconds:F1} ms; {step.Bytes:N0} bytes sent a step, 2 (n - 1) / n of the gradient is {2 * (ranks.Size - 1) * vector / ranks.Size:N0}");
        }

        double Objective(IReadOnlyList<int> rows)
        {
            float[] values = new float[network.Layout.Length];
            for (int i = 0; i < parameters.Count; i++)
            {
                parameters[i].Values.Span.CopyTo(values.AsSpan(network.Layout.OffsetOf(i)));
            }

            return network.Differentiate(TensorSet.OfValues<float>(network.Layout, values), network.InitialStatistics, images.Batch<float>(rows), new(1, 0), (tensor, gradient) =>
            {
                gradient.CopyTo(parameters[tensor].Gradient);
                parameters[tensor].CompleteGradient();
            }).Loss;
        }
    }

    private static (double Milliseconds, long Bytes) Times(ICommunicator ranks, Action step)
    {
        double[] times = new double[Steps];
        long before = 0;
        for (int i = -Warm; i < Steps; i++)
        {
            ranks.Barrier();
            before = ranks.BytesSent;
            long begun = Stopwatch.GetTimestamp();
            step();
            if (i >= 0)
            {
                times[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
        }

        Array.Sort(times);
        return (times[Steps / 2], ranks.BytesSent - before);
    }

    /// <summary>An exchange with the next rank, of few elements and of many.</summary>
    private static void Exchange(ICommunicator ranks, int length)
    {
        if (ranks.Size == 1)
        {
            return;
        }

        byte[] sent = new byte[length], received = new byte[length];
        int next = (ranks.Rank + 1) % ranks.Size, previous = (ranks.Rank + ranks.Size - 1) % ranks.Size;
        double[] times = new double[Exchanges];
        for (int i = 0; i < Exchanges; i++)
        {
            long begun = Stopwatch.GetTimestamp();
            ranks.Exchange<byte>(next, sent, previous, received);
            times[i] = Stopwatch.GetElapsedTime(begun).TotalMicroseconds;
        }

        Array.Sort(times);
        if (ranks.Rank == 0)
        {
            Say($"an exchange of {length:N0} bytes: {times[Exchanges / 2]:F1} us, {length / times[Exchanges / 2]:F1} MB/s each way");
        }
    }

    private static long StateBytes(ICommunicator ranks, Layout layout)
    {
        using var optimizer = new ShardedOptimizer<float>(ranks, TheRule, layout.Select(shape => Parameter.Of(shape.Name, new float[shape.Length], [.. shape.Dimensions])), Shards);
        return optimizer.StateBytes;
    }

    private static Rule TheRule => new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = 1e-3 });

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
