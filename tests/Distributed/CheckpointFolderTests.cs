using Xunit;

namespace Optim.Distributed.Tests;

/// <summary>Checkpoints across ranks: what is damaged, what is left behind, and ranks that cannot save.</summary>
public sealed class CheckpointFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("optim-parts-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"format\":1}")]
    [InlineData("{\"format\":2,\"step\":4,\"save\":\"x\",\"best\":\"\",\"ends\":[20000],\"tensors\":[{\"name\":\"weights\",\"shape\":[20000]}]}")]
    [InlineData("{\"format\":1,\"step\":4,\"save\":\"x\",\"best\":\"\",\"ends\":[20000],\"tensors\":[{\"name\":\"weights\",\"shape\":[20000]}]}")]
    [InlineData("{\"format\":1,\"step\":5,\"save\":\"../x\",\"best\":\"\",\"ends\":[20000],\"tensors\":[{\"name\":\"weights\",\"shape\":[20000]}]}")]
    [InlineData("{\"format\":1,\"step\":4,\"save\":\"x\",\"best\":\"\",\"ends\":[3,20000],\"tensors\":[{\"name\":\"weights\",\"shape\":[20000]}]}")]
    [InlineData("{\"format\":1,\"step\":4,\"save\":\"x\",\"best\":\"\",\"ends\":[],\"tensors\":[{\"name\":\"weights\",\"shape\":[20000]}]}")]
    public void A_damaged_manifest_is_passed_over_for_the_latest_that_is_whole(string damaged)
    {
        Save(2, steps: 2, saves: 2);
        string latest = Path.Combine(folder, "step-0000000004.json");
        Assert.True(File.Exists(latest));
        File.WriteAllText(latest, damaged);
        Assert.All(Loaded(3), step => Assert.Equal(2, step));

        // The next save counts it for nothing.
        LocalCommunicator.Run(2, ranks =>
        {
            using var toy = new Toy(ranks, divided: true);
            var own = new ShardedCheckpointFolder<float>(ranks, toy.Divided!, folder, keep: 1);
            toy.Divided!.Load(own.LoadLatest()!.State);
            toy.Stepped(4).SaveTo(own);
            return 0;
        });
        Assert.Equal(["step-0000000006.json"], Directory.GetFiles(folder, "*.json").Select(Path.GetFileName));
        Assert.Equal(2, Directory.GetFiles(folder, "*.safetensors").Length);
        Assert.All(Loaded(4), step => Assert.Equal(6, step));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void So_is_one_whose_parts_are_damaged_or_gone(bool gone)
    {
        Save(2, steps: 2, saves: 2);
        string part = Directory.GetFiles(folder, "step-0000000004.*part-1-of-2*").Single();
        if (gone)
        {
            File.Delete(part);
        }
        else
        {
            File.WriteAllBytes(part, File.ReadAllBytes(part)[..200]);
        }

        Assert.All(Loaded(3), step => Assert.Equal(2, step));
    }

    [Theory]
    [InlineData("manifest")]
    [InlineData("part")]
    [InlineData("bit")]
    public void What_was_passed_over_is_no_reason_not_to_save_before_it(string damage)
    {
        Save(2, steps: 2, saves: 2);
        Damage(damage, step: 4);

        // Once by the folder that has passed it over, once by one that has not loaded.
        foreach (bool loads in (bool[])[true, false])
        {
            LocalCommunicator.Run(2, ranks =>
            {
                using var toy = new Toy(ranks, divided: true);
                var own = new ShardedCheckpointFolder<float>(ranks, toy.Divided!, folder, keep: 1);
                if (loads)
                {
                    toy.Divided!.Load(own.LoadLatest()!.State);
                }

                toy.Stepped(loads ? 1 : 3).SaveTo(own);
                return 0;
            });
            Assert.All(Loaded(3), step => Assert.Equal(3, step));
        }

        // One that is whole is.
        Save(2, steps: 5, saves: 1);
        var ends = LocalCommunicator.Run(2, ranks =>
        {
            using var toy = new Toy(ranks, divided: true).Stepped(4);
            return Record.Exception(() => toy.SaveTo(new(ranks, toy.Divided!, folder)));
        });
        Assert.All(ends, end => Assert.Contains("must be of the latest step in the folder or a later one, was of step 4", Assert.IsType<ArgumentException>(end).Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("manifest")]
    [InlineData("part")]
    [InlineData("gone")]
    public void A_whole_checkpoint_is_not_removed_for_a_damaged_one(string damage)
    {
        Save(2, steps: 2, saves: 2);
        Damage(damage, step: 4);
        LocalCommunicator.Run(2, ranks =>
        {
            using var toy = new Toy(ranks, divided: true).Stepped(6);
            toy.SaveTo(new(ranks, toy.Divided!, folder, keep: 2));
            return 0;
        });
        Damage("manifest", step: 6);
        Assert.All(Loaded(2), step => Assert.Equal(2, step));
    }

    [Fact]
    public void What_reading_throws_on_one_rank_ends_all()
    {
        Save(2, steps: 2, saves: 1);
        var ends = LocalCommunicator.Run(2, ranks =>
        {
            using var toy = new Toy(ranks, divided: true);
            var own = new ShardedCheckpointFolder<float>(ranks, toy.Divided!, folder);
            return Record.Exception(() => own.LoadLatest(ranks.Rank == 1 ? new Throwing() : null));
        });
        Assert.Equal("no disk", Assert.IsType<TimeZoneNotFoundException>(ends[1]).Message);
        Assert.Equal(1, Assert.IsType<RankFailedException>(ends[0]).Rank);
    }

    [Fact]
    public void Where_all_are_damaged_the_error_names_the_latest()
    {
        Save(2, steps: 1, saves: 2);
        foreach (string manifest in Directory.GetFiles(folder, "*.json"))
        {
            File.WriteAllText(manifest, "{");
        }

        var ends = LocalCommunicator.Run(2, ranks =>
        {
            using var toy = new Toy(ranks, divided: true);
            return Record.Exception(() => new ShardedCheckpointFolder<float>(ranks, toy.Divided!, folder).LoadLatest());
        });
        Assert.All(ends, end => Assert.Contains("step-0000000002.json", Assert.IsType<CheckpointException>(end).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void What_killed_processes_have_left_is_removed_at_the_next_save()
    {
        string[] left = [$".step-0000000001.0123456789abcdef.part-0-of-2.safetensors.{Guid.NewGuid():N}.tmp", $".step-0000000001.json.{Guid.NewGuid():N}.tmp", "step-0000000001.0123456789abcdef.part-0-of-2.safetensors"];
        foreach (string file in left)
        {
            File.WriteAllText(Path.Combine(folder, file), "x");
        }

        File.WriteAllText(Path.Combine(folder, "notes.tmp"), "mine");
        Save(2, steps: 2, saves: 1);
        Assert.Equal(["notes.tmp", "step-0000000002.json"], Directory.GetFiles(folder).Select(file => Path.GetFileName(file)!).Where(file => !file.EndsWith(".safetensors", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(2, Directory.GetFiles(folder, "*.safetensors").Length);
    }

    [Fact]
    public void A_rank_that_cannot_save_ends_all_and_the_earlier_checkpoint_stays()
    {
        Save(2, steps: 2, saves: 1);
        var ends = LocalCommunicator.Run(2, ranks =>
        {
            using var toy = new Toy(ranks, divided: true).Stepped(1);
            return Record.Exception(() => toy.SaveTo(new(ranks, toy.Divided!, ranks.Rank == 1 ? folder : folder + ".other")));
        });
        Directory.Delete(folder + ".other", recursive: true);
        Assert.Contains("must be of the latest step in the folder or a later one, was of step 1", Assert.IsType<ArgumentException>(ends[1]).Message, StringComparison.Ordinal);
        Assert.Equal(1, Assert.IsType<RankFailedException>(ends[0]).Rank);
        Assert.All(Loaded(3), step => Assert.Equal(2, step));
    }

    private void Damage(string how, long step)
    {
        string name = FormattableString.Invariant($"step-{step:D10}");
        if (how == "manifest")
        {
            File.WriteAllText(Path.Combine(folder, name + ".json"), "{");
            return;
        }

        string part = Directory.GetFiles(folder, name + ".*part-1-of-2*").Single();
        byte[] bytes = File.ReadAllBytes(part);
        switch (how)
        {
            case "part":
                File.WriteAllBytes(part, bytes[..200]);
                break;
            case "bit":
                bytes[^9] ^= 1;
                File.WriteAllBytes(part, bytes);
                break;
            default:
                File.Delete(part);
                break;
        }
    }

    private void Save(int size, int steps, int saves) => LocalCommunicator.Run(size, ranks =>
    {
        using var toy = new Toy(ranks, divided: true);
        var own = new ShardedCheckpointFolder<float>(ranks, toy.Divided!, folder);
        for (int i = 0; i < saves; i++)
        {
            toy.Stepped(steps).SaveTo(own);
        }

        return 0;
    });

    private IReadOnlyList<long> Loaded(int size) => LocalCommunicator.Run(size, ranks =>
    {
        using var toy = new Toy(ranks, divided: true);
        return new ShardedCheckpointFolder<float>(ranks, toy.Divided!, folder).LoadLatest()!.State.StepCount;
    });

    /// <summary>What fails in a way that no reader of files expects.</summary>
    private sealed class Throwing : IReadOnlyList<Rule>
    {
        public int Count => throw new TimeZoneNotFoundException("no disk");

        public Rule this[int index] => throw new TimeZoneNotFoundException("no disk");

        public IEnumerator<Rule> GetEnumerator() => throw new TimeZoneNotFoundException("no disk");

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
