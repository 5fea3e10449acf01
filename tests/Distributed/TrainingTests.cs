using System.Text.RegularExpressions;
using Optim.CSharp;
using Samples;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Distributed.Tests;

/// <summary>A training has the same bits on any number of ranks, whole or divided, in threads or processes, in one go or killed and resumed.</summary>
public partial class TrainingTests(ITestOutputHelper log)
{
    private static readonly string[] Names = ["adamw", "lamb", "muon", "soap"];

    private static readonly string[] EndOfJob = ["Killed (signal 9)", "BAD TERMINATION", "Fatal error", "Abort(", "process_vm_readv"];

    public static TheoryData<string> Rules => [.. Names];

    [Theory]
    [MemberData(nameof(Rules))]
    public void On_any_number_of_ranks_the_hash_is_that_of_one(string rule)
    {
        var options = new JobOptions(rule, Divided: false, Epochs: 1, Checkpoints: null, SaveEvery: 5, Width: 16);
        string one = Job.Run(LocalCommunicator.Alone(), options).Hash;
        log.WriteLine($"{rule}: {one}");
        foreach (int size in (int[])[2, 3, 4, 8])
        {
            foreach (bool divided in (bool[])[false, true])
            {
                Assert.All(LocalCommunicator.Run(size, ranks => Job.Run(ranks, options with { Divided = divided }).Hash), hash => Assert.Equal(one, hash));
            }
        }
    }

    [Fact]
    public void States_are_divided_evenly()
    {
        // A million elements, of which AdamW keeps two slots.
        const int Length = 1_000_003;
        foreach (int size in (int[])[1, 2, 3, 4, 8])
        {
            long largest = LocalCommunicator.Run(size, ranks =>
            {
                using var optimizer = new ShardedOptimizer<float>(ranks, new ClipByGlobalNorm(1).Then(new AdamW()), [Parameter.Of("weights", new float[Length], Length)]);
                return optimizer.StateBytes;
            }).Max();
            const long Whole = 3L * sizeof(float) * Length, Leaf = 8192 * 3 * sizeof(float);
            log.WriteLine(FormattableString.Invariant($"{size} ranks: at most {largest} bytes of {Whole} on a rank"));
            Assert.InRange(largest, Whole / size, (Whole / size) + Leaf);
        }
    }

    [Fact]
    public void Resumed_on_another_number_of_ranks_it_ends_in_the_same_bits()
    {
        string folder = Directory.CreateTempSubdirectory("optim-ranks-").FullName;
        try
        {
            var options = new JobOptions("muon", Divided: true, Epochs: 2, Checkpoints: folder, SaveEvery: 7, Width: 16);
            string uncut = Job.Run(LocalCommunicator.Alone(), options with { Checkpoints = null }).Hash;

            // The first ends at an epoch's end, the others where they are torn off.
            LocalCommunicator.Run(3, ranks => Job.Run(ranks, options with { Epochs = 1 }));
            Assert.Throws<IOException>(() => LocalCommunicator.Run(2, ranks => Job.Run(new TornOff(ranks, calls: 80), options)));
            Assert.Throws<IOException>(() => LocalCommunicator.Run(4, ranks => Job.Run(new TornOff(ranks, calls: 90), options)));
            Assert.All(LocalCommunicator.Run(5, ranks => Job.Run(ranks, options)), outcome => Assert.Equal(uncut, outcome.Hash));
            Assert.Equal(3, Directory.GetFiles(folder, "*.json").Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [MpiFact]
    public void Processes_have_the_bits_of_threads()
    {
        string one = Job.Run(LocalCommunicator.Alone(), new("lamb", Divided: false, Epochs: 1, Checkpoints: null, SaveEvery: 5, Width: 32)).Hash;
        using var job = new MpiJob(3, "Distributed.dll", "--rule", "lamb", "--epochs", "1", "--divided");
        var (code, output) = job.End();
        log.WriteLine(output);
        Assert.Equal(0, code);
        Assert.Equal([one, one, one], Hashes(output));
    }

    [MpiFact]
    public void A_rank_that_is_killed_ends_the_job_with_a_clear_error() => Killed(kills: 1, seed: 1);

    [MpiSoakFact]
    public void Killed_twenty_times_at_random_instants_and_resumed_on_other_numbers_of_ranks_it_ends_in_the_same_bits() => Killed(kills: 20, seed: 2);

    [MpiSoakFact]
    public void Processes_have_the_bits_of_one_for_every_rule_and_number()
    {
        foreach (string rule in Names)
        {
            string one = Job.Run(LocalCommunicator.Alone(), new(rule, Divided: false, Epochs: 2, Checkpoints: null, SaveEvery: 5, Width: 32)).Hash;
            foreach (int size in (int[])[1, 2, 3, 4])
            {
                foreach (string[] divided in (string[][])[[], ["--divided"]])
                {
                    using var job = new MpiJob(size, "Distributed.dll", ["--rule", rule, "--epochs", "2", .. divided]);
                    var (code, output) = job.End();
                    log.WriteLine(FormattableString.Invariant($"{rule}, {size} processes{(divided.Length > 0 ? ", divided" : "")}: one process {one}, {string.Join(' ', Hashes(output))}"));
                    Assert.Equal(0, code);
                    Assert.All(Hashes(output), hash => Assert.Equal(one, hash));
                }
            }
        }
    }

    private static string? Latest(string folder) => Path.GetFileName(Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).LastOrDefault());

    private void Killed(int kills, int seed)
    {
        string folder = Directory.CreateTempSubdirectory("optim-ranks-").FullName;
        try
        {
            // Long enough that every kill finds it at work, on a fast machine as well.
            int epochs = Math.Max(4, 2 * kills);
            string uncut = Job.Run(LocalCommunicator.Alone(), new("adamw", Divided: true, epochs, Checkpoints: null, SaveEvery: 5, Width: 32)).Hash;
            string[] arguments = ["--rule", "adamw", "--divided", "--epochs", FormattableString.Invariant($"{epochs}"), "--save-every", "3", "--checkpoints", folder];
            var random = new Random(seed);
            int done = 0;
            for (int attempt = 0; done < kills; attempt++)
            {
                Assert.True(attempt < 3 * kills, "The job ends before it can be killed.");
                int size = 2 + random.Next(3), rank = random.Next(size);
                string? before = Latest(folder);
                using var job = new MpiJob(size, "Distributed.dll", arguments);

                // At a random instant from its next checkpoint on.
                for (var waited = System.Diagnostics.Stopwatch.StartNew(); Latest(folder) == before && waited.Elapsed < TimeSpan.FromMinutes(1);)
                {
                    Thread.Sleep(2);
                }

                Thread.Sleep(random.Next(50));
                if (!job.KillRank(rank))
                {
                    continue;
                }

                var (code, output) = job.End();
                if (code == 0)
                {
                    // It was writing its last line.
                    continue;
                }

                done++;
                log.WriteLine(FormattableString.Invariant($"kill {done}: rank {rank} of {size}, exit code {code}, {EndOfJob.FirstOrDefault(words => output.Contains(words, StringComparison.Ordinal))}, last checkpoint {Latest(folder)}"));

                // mpiexec says which signal it was, or a rank that was reading from the dead one's memory finds out first, and aborts.
                Assert.Contains(EndOfJob, words => output.Contains(words, StringComparison.Ordinal));
            }

            using var last = new MpiJob(1 + random.Next(4), "Distributed.dll", arguments);
            var (end, said) = last.End();
            log.WriteLine($"uncut {uncut}, resumed: {said}");
            Assert.Equal(0, end);
            Assert.All(Hashes(said), hash => Assert.Equal(uncut, hash));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Hashes(string output) => [.. Hash().Matches(output).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"^rank \d+ of \d+: .* ([0-9a-f]{16})\r?$", RegexOptions.Multiline)]
    private static partial Regex Hash();

    /// <summary>Ranks that are gone after some exchanges, all at the same: as where the power fails.</summary>
    private sealed class TornOff(ICommunicator ranks, int calls) : ICommunicator
    {
        private int left = calls;

        public int Rank => ranks.Rank;

        public int Size => ranks.Size;

        public long BytesSent => ranks.BytesSent;

        public void Exchange<T>(int to, ReadOnlySpan<T> sent, int from, Span<T> received)
            where T : unmanaged
        {
            Count();
            ranks.Exchange(to, sent, from, received);
        }

        public void AllGather<T>(Span<T> vector, IReadOnlyList<int> ends)
            where T : unmanaged
        {
            Count();
            ranks.AllGather(vector, ends);
        }

        public void Broadcast<T>(Span<T> vector, int root = 0)
            where T : unmanaged
        {
            Count();
            ranks.Broadcast(vector, root);
        }

        public void Barrier()
        {
            Count();
            ranks.Barrier();
        }

        public void Dispose()
        {
        }

        private void Count()
        {
            if (left-- <= 0)
            {
                throw new IOException("torn off");
            }
        }
    }
}
