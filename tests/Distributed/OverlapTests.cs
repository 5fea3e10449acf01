using Optim.CSharp;
using Samples;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Distributed.Tests;

/// <summary>Trainings whose gradients are sent by buckets while the backward pass goes on: the bits of those that send them at the end, and their failures.</summary>
public class OverlapTests(ITestOutputHelper log)
{
    [Theory]
    [InlineData("adamw", 200)]
    [InlineData("adamw", 1500)]
    [InlineData("muon", 700)]
    public void On_any_number_of_ranks_and_with_any_bucket_the_hash_is_that_of_one(string rule, int bucket)
    {
        var options = new JobOptions(rule, Divided: false, Epochs: 1, Checkpoints: null, SaveEvery: 5, Width: 16);
        string one = Job.Run(LocalCommunicator.Alone(), options).Hash;
        log.WriteLine($"{rule}: {one}");
        foreach (int size in (int[])[1, 2, 3, 4, 8])
        {
            foreach (bool divided in (bool[])[false, true])
            {
                Assert.All(LocalCommunicator.Run(size, ranks => Job.Run(ranks, options with { Divided = divided, BucketLength = bucket }).Hash), hash => Assert.Equal(one, hash));
            }
        }
    }

    [MpiFact]
    public void Processes_that_overlap_have_the_bits_of_one_that_does_not()
    {
        string one = Job.Run(LocalCommunicator.Alone(), new("adamw", Divided: false, Epochs: 1, Checkpoints: null, SaveEvery: 5, Width: 32)).Hash;
        foreach (int size in (int[])[2, 3, 4])
        {
            foreach (string[] divided in (string[][])[[], ["--divided"]])
            {
                using var job = new MpiJob(size, "Distributed.dll", ["--rule", "adamw", "--epochs", "1", "--bucket", "1000", .. divided]);
                var (code, output) = job.End();
                log.WriteLine(output);
                Assert.Equal(0, code);
                Assert.Equal(size, output.Split(one).Length - 1);
            }
        }
    }

    public static TheoryData<int, bool, string> Failing => new() { { 2, false, "a tensor" }, { 2, true, "a tensor" }, { 3, true, "a tensor" }, { 4, false, "a tensor" }, { 2, false, "the end" }, { 3, false, "the end" }, { 4, true, "the end" } };

    [Theory]
    [MemberData(nameof(Failing))]
    public void An_objective_that_throws_in_the_midst_of_its_last_shard_ends_all(int size, bool divided, string after)
    {
        bool[] unchanged = new bool[size];
        Exception?[] ends = [.. LocalCommunicator.Run(size, ranks => Record.Exception(() =>
        {
            var layers = new Layers(ranks, divided, bucketLength: 500);
            int shards = 0, own = ShardTree.FirstOf(ranks.Rank + 1, size, 16) - ShardTree.FirstOf(ranks.Rank, size, 16), step = 0;
            float[]? before = null;
            try
            {
                layers.Train(
                    tensor =>
                    {
                        if (tensor == Layers.Count - 1)
                        {
                            (step, shards) = shards == own ? (step + 1, 1) : (step, shards + 1);
                        }

                        before = step == 1 ? before ?? layers.Values : before;
                        if (ranks.Rank == 1 && step == 1 && shards == own && tensor == (after == "the end" ? -1 : 1))
                        {
                            throw new TimeZoneNotFoundException("no disk");
                        }
                    });
            }
            finally
            {
                unchanged[ranks.Rank] = before is not null && before.AsSpan().SequenceEqual(layers.Values);
                layers.Dispose();
            }
        }))];
        Assert.Equal("no disk", Assert.IsType<TimeZoneNotFoundException>(ends[1]).Message);
        Assert.All(ends.Where((_, rank) => rank != 1), end => Assert.Equal(
            FormattableString.Invariant($"Rank 1 of {size} failed: TimeZoneNotFoundException: no disk"), Assert.IsType<RankFailedException>(end).Message));
        Assert.All(unchanged, Assert.True);
    }

    [Fact]
    public void A_rank_that_is_cancelled_in_the_midst_of_its_last_shard_ends_all()
    {
        Exception?[] ends = [.. LocalCommunicator.Run(3, ranks => Record.Exception(() =>
        {
            using var layers = new Layers(ranks, divided: false, bucketLength: 500);
            int tensors = 0;
            layers.Train(_ => new CancellationToken(ranks.Rank == 2 && ++tensors > 21).ThrowIfCancellationRequested());
        }))];
        Assert.IsType<OperationCanceledException>(ends[2]);
        Assert.All(ends[..2], end => Assert.Equal("Rank 2 of 3 was cancelled, which ends all.", Assert.IsType<RankFailedException>(end).Message));
    }

    [Fact]
    public void A_gradient_is_complete_once_in_an_evaluation()
    {
        var twice = Assert.Throws<InvalidOperationException>(() => LocalCommunicator.Run(2, ranks =>
        {
            using var layers = new Layers(ranks, divided: false, bucketLength: 500);
            layers.Train(tensor => layers.Complete(tensor));
            return 0;
        }));
        Assert.StartsWith("The gradient of 'layer2' was complete before in this evaluation", twice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_objective_that_says_it_of_some_gradients_on_some_ranks_trains_to_the_same_bits()
    {
        float[] one = LocalCommunicator.Run(1, ranks => Trained(ranks, null, _ => false))[0];
        foreach (int? bucket in (int?[])[null, 300, 5000])
        {
            Assert.All(LocalCommunicator.Run(4, ranks => Trained(ranks, bucket, tensor => tensor != ranks.Rank)), weights => Assert.Equal(one, weights));
        }

        static float[] Trained(ICommunicator ranks, int? bucket, Func<int, bool> says)
        {
            using var layers = new Layers(ranks, divided: false, bucket) { Says = says };
            layers.Train(_ => { });
            return layers.Values;
        }
    }

    [Fact]
    public void Without_ranks_it_is_of_no_effect()
    {
        var parameter = Parameter.Of("weights", new float[2], 2);
        parameter.CompleteGradient();
        parameter.CompleteGradient();
        int told = 0;
        parameter.GradientCompleted += (sender, _) => told += ReferenceEquals(sender, parameter) ? 1 : 100;
        parameter.CompleteGradient();
        Assert.Equal(1, told);
    }

    /// <summary>Three tensors whose gradients come from the last to the first.</summary>
    private sealed class Layers : IDisposable
    {
        public const int Count = 3;

        private readonly Parameter<float>[] parameters = [.. Enumerable.Range(0, Count).Select(i => Parameter.Of(FormattableString.Invariant($"layer{i}"), [.. Enumerable.Range(0, 800 + (200 * i)).Select(j => MathF.Sin(i + j))], 800 + (200 * i)))];
        private readonly ICommunicator ranks;
        private readonly InPlaceOptimizer<float>? whole;
        private readonly ShardedOptimizer<float>? divided;
        private readonly int? bucketLength;

        public Layers(ICommunicator ranks, bool divided, int? bucketLength)
        {
            (this.ranks, this.bucketLength) = (ranks, bucketLength);
            var rule = new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = 0.01 });
            this.divided = divided ? new(ranks, rule, parameters, bucketLength: bucketLength) { MaxThreads = 1 } : null;
            whole = divided ? null : new(rule, parameters) { MaxThreads = 1 };
        }

        public Func<int, bool> Says { get; init; } = _ => true;

        public float[] Values => [.. parameters.SelectMany(parameter => parameter.Values.ToArray())];

        public void Complete(int tensor) => parameters[tensor].CompleteGradient();

        /// <param name="then">After each tensor's gradient, then with -1.</param>
        public void Train(Action<int> then) => new Trainer<float, IReadOnlyList<int>>((ITrainedOptimizer<float>?)divided ?? whole!, items =>
        {
            double loss = 0;
            for (int i = Count - 1; i >= 0; i--)
            {
                Span<float> values = parameters[i].Values.Span, gradient = parameters[i].Gradient.Span;
                for (int j = 0; j < values.Length; j++)
                {
                    gradient[j] = 2 * (values[j] - ((float)items.Average() / 64));
                    loss += gradient[j];
                }

                if (Says(i))
                {
                    Complete(i);
                }

                then(i);
            }

            then(-1);
            return loss;
        }) { Options = new() { Epochs = 2, TrackBest = false } }.Distributed(ranks, bucketLength: bucketLength).Run(new BatchLoader<int>([.. Enumerable.Range(0, 64)], 32).Epoch);

        public void Dispose()
        {
            divided?.Dispose();
            whole?.Dispose();
        }
    }
}
