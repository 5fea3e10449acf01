using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Optim.Checkpoints;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Checkpoints;

/// <summary>
/// Files whose rules are sound and ask for more than any file has, drawn from the grammar of rules: wrappers within wrappers, long chains, many groups, patterns that are hard to match. Whatever they say, a
/// state or the documented error, at most 64 bytes a byte and 1 MB, and no hang.
/// </summary>
public class HostileRuleTests(ITestOutputHelper output)
{
    /// <summary>How many; OPTIM_MUTATIONS says otherwise.</summary>
    private const int UsualFiles = 600;

    // A hang, not a speed: what is refused takes milliseconds.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private static readonly string[] Wrappers = ["rollback_on_divergence", "lookahead", "apply_if_finite", "parameter_ema", "accumulate", "masked", "freeze", "swa", "dynamic_loss_scaling"];

    private static readonly string[] Leaves = ["sgd", "adam", "adafactor", "lbfgs", "shampoo", "soap", "muon", "scale", "scale_by_adam", "lion", "prodigy", "adan", "ranger"];

    [Fact]
    public void Whatever_a_rule_asks_for_costs_no_more_than_promised()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("OPTIM_MUTATIONS") ?? UsualFiles.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        int seed = int.Parse(Environment.GetEnvironmentVariable("OPTIM_MUTATION_SEED") ?? "0", CultureInfo.InvariantCulture);
        Attempt(File(new JsonObject { ["rule"] = "adam" }, ["a"]));
        int loaded = 0;
        long most = 0;
        var slowest = TimeSpan.Zero;
        for (int i = 0; i < count; i++)
        {
            var draw = new Draw(unchecked((seed * 1_000_003) + (i * 7919) + 29), 100);
            byte[] file = File(Rule(draw, draw.Integer(0, 80)), [.. Enumerable.Range(0, draw.OneIn(3) ? draw.Integer(0, 2000) : draw.Integer(0, 8)).Select(n => Name(draw, n))]);
            var (allocated, took, error) = Attempt(file);
            string what = string.Create(CultureInfo.InvariantCulture, $"file {i} of seed {seed}, {file.Length} bytes: {allocated} bytes in {took.TotalMilliseconds:F0} ms; {error?.Message}");
            Assert.True(allocated <= (64L * file.Length) + (1 << 20) && took < Longest, what);
            (loaded, most, slowest) = (loaded + (error is null ? 1 : 0), Math.Max(most, allocated), took > slowest ? took : slowest);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} files, {loaded} loaded; at most {most} bytes and {slowest.TotalMilliseconds:F0} ms for one"));
        Assert.True(loaded > 0 && loaded < count);
    }

    [Theory]
    [InlineData("rollback_on_divergence", 24, "adam", 1)]
    [InlineData("rollback_on_divergence", 60, "adam", 10)]
    [InlineData("lookahead", 60, "adam", 3000)]
    [InlineData("masked", 60, "adafactor", 3000)]
    [InlineData("swa", 60, "lbfgs", 0)]
    public void Wrappers_within_wrappers(string wrapper, int levels, string leaf, int tensors)
    {
        var rule = new JsonObject { ["rule"] = leaf };
        for (int i = 0; i < levels; i++)
        {
            rule = new JsonObject { ["rule"] = wrapper, ["Inner"] = rule };
        }

        RequireCheap(rule, tensors);
    }

    /// <summary>Few enough slots to be listed, whose names each wrapper makes longer.</summary>
    [Fact]
    public void Names_that_grow_with_each_wrapper_count()
    {
        foreach (int tensors in (int[])[1, 2, 4, 8])
        {
            for (int snapshots = 1; snapshots <= 8; snapshots++)
            {
                for (int guards = 0; guards <= 50; guards += 10)
                {
                    var rule = new JsonObject { ["rule"] = "adam" };
                    for (int i = 0; i < snapshots + guards; i++)
                    {
                        rule = new JsonObject { ["rule"] = i < snapshots ? "rollback_on_divergence" : "apply_if_finite", ["Inner"] = rule };
                    }

                    RequireCheap(rule, tensors);
                }
            }
        }
    }

    [Theory]
    [InlineData("adam", 1000)]
    [InlineData("adafactor", 3000)]
    [InlineData("scale", 3000)]
    public void Long_chains_and_many_groups(string leaf, int count)
    {
        RequireCheap(new JsonObject { ["rule"] = "chain", ["Rules"] = List(count, () => new JsonObject { ["rule"] = leaf }) }, count);
        RequireCheap(new JsonObject { ["rule"] = "partition", ["Groups"] = List(count, () => new JsonObject { ["Tensors"] = "all", ["Rule"] = new JsonObject { ["rule"] = leaf } }) }, count);
    }

    [Theory]
    [InlineData("*a*a*a*b", 3000, 40)]
    [InlineData("*a?a*a?a*a?a*b", 3000, 40)]
    [InlineData("?*?*?*?*?*?*?*?*b", 700, 200)]
    public void Patterns_that_fit_in_many_ways(string pattern, int length, int tensors)
    {
        var rule = new JsonObject
        {
            ["rule"] = "partition",
            ["Groups"] = new JsonArray(
                new JsonObject { ["Tensors"] = new JsonObject { ["named"] = new JsonArray(pattern) }, ["Rule"] = new JsonObject { ["rule"] = "sgd" } },
                new JsonObject { ["Tensors"] = "all", ["Rule"] = new JsonObject { ["rule"] = "sgd" } }),
        };
        var (allocated, took, _) = Attempt(File(rule, [.. Enumerable.Range(0, tensors).Select(i => string.Create(CultureInfo.InvariantCulture, $"{new string('a', length)}{i}"))]));
        Assert.InRange(allocated, 0, (64L * length * tensors) + (1 << 20));
        Assert.InRange(took, TimeSpan.Zero, Longest);
    }

    [Fact]
    public void Patterns_as_long_as_a_file_are_refused_or_matched_at_once()
    {
        foreach (string pattern in (string[])[new('a', 1_000_000), new('*', 300_000), string.Concat(Enumerable.Repeat("?*", 100_000)), $"*{new string('a', 500_000)}b*"])
        {
            var rule = new JsonObject { ["rule"] = "masked", ["Tensors"] = new JsonObject { ["optional"] = new JsonObject { ["named"] = new JsonArray(pattern) } } };
            byte[] file = File(rule, [new('a', 900_000)]);
            var (allocated, took, _) = Attempt(file);
            Assert.InRange(allocated, 0, (64L * file.Length) + (1 << 20));
            Assert.InRange(took, TimeSpan.Zero, Longest);
        }
    }

    /// <summary>The deepest rules that are read, on the small stack that a thread of an application may have.</summary>
    [Fact]
    public void The_deepest_rules_do_not_overflow_a_small_stack()
    {
        Exception? thrown = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    foreach (string wrapper in Wrappers.Where(name => name is not ("rollback_on_divergence" or "dynamic_loss_scaling")))
                    {
                        // Wrappers that keep something list what all those inside keep.
                        int levels = RuleJson.Read($$$"""{"rule":"{{{wrapper}}}","Inner":{"rule":"sgd"}}""").DeclareSlots().Count == 0 ? 60 : 20;
                        string text = string.Concat(Enumerable.Repeat($$"""{"rule":"{{wrapper}}","Inner":""", levels)) + """{"rule":"sgd"}""" + new string('}', levels);
                        var rule = RuleJson.Read(text);
                        var start = TensorSet.OfTensors(Given.Vector("w", 1.0, 2));
                        var state = wrapper is "masked" or "freeze" ? Optimizer.Init(rule, start) : Optimizer.Init(rule, start).Step(start).Item1;
                        state = InMemory.Loaded<double>(InMemory.Saved(state));
                        _ = state.EvaluationParameters;
                        _ = (state.ToString(), state.GetHashCode(), state.Equals(state.WithRule(rule)), rule.HyperparametersAt(1).Count);
                    }
                }
                catch (Exception e)
                {
                    thrown = e;
                }
            },
            256 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(thrown);
    }

    private static void RequireCheap(JsonObject rule, int tensors)
    {
        byte[] file = File(rule, [.. Enumerable.Range(0, tensors).Select(i => string.Create(CultureInfo.InvariantCulture, $"p{i}"))]);
        var (allocated, took, error) = Attempt(file);
        Assert.True(allocated <= (64L * file.Length) + (1 << 20), string.Create(CultureInfo.InvariantCulture, $"{allocated} bytes for {file.Length}: {error?.Message}"));
        Assert.InRange(took, TimeSpan.Zero, Longest);
    }

    private static JsonArray List(int count, Func<JsonNode> item) => new([.. Enumerable.Range(0, count).Select(_ => item())]);

    private static JsonObject Rule(Draw draw, int depth)
    {
        if (depth == 0)
        {
            var leaf = new JsonObject { ["rule"] = draw.Of(Leaves) };
            if ((string)leaf["rule"]! == "lbfgs" && draw.Coin())
            {
                leaf["HistorySize"] = draw.Of(1, 100, 100_000, int.MaxValue);
            }

            return leaf;
        }

        int next = draw.OneIn(6) ? 0 : depth - 1;
        switch (draw.Integer(0, 9))
        {
            case 0:
                return new() { ["rule"] = "chain", ["Rules"] = List(Count(draw, 1500, out int deepest), () => Rule(draw, Math.Min(next, deepest))) };
            case 1:
                return new() { ["rule"] = "partition", ["Groups"] = List(Count(draw, 800, out int deepestOfGroup), () => new JsonObject { ["Tensors"] = Selector(draw, draw.Integer(0, 4)), ["Rule"] = Rule(draw, Math.Min(next, deepestOfGroup)) }) };
            default:
                string name = draw.Of(Wrappers);
                var wrapper = new JsonObject { ["rule"] = name, ["Inner"] = Rule(draw, next) };
                if (name is "masked" or "freeze")
                {
                    wrapper["Tensors"] = Selector(draw, draw.Integer(0, 4));
                }

                return wrapper;
        }
    }

    /// <summary>How many there are; of many, each is shallow, or the file would be endless.</summary>
    private static int Count(Draw draw, int most, out int deepest)
    {
        int count = draw.OneIn(4) ? draw.Integer(1, most) : draw.Integer(1, 4);
        deepest = count > 10 ? 0 : draw.OneIn(4) ? 4 : 0;
        return count;
    }

    private static JsonNode Selector(Draw draw, int depth) => (depth == 0 ? 0 : draw.Integer(0, 4)) switch
    {
        1 => new JsonObject { ["not"] = Selector(draw, depth - 1) },
        2 => new JsonObject { ["or"] = new JsonArray(Selector(draw, depth - 1), Selector(draw, depth - 1)) },
        3 => new JsonObject { ["optional"] = Selector(draw, depth - 1) },
        _ => draw.Integer(0, 3) switch
        {
            0 => "all",
            1 => new JsonObject { ["rank"] = new JsonArray(0, draw.Integer(0, 3)) },
            _ => new JsonObject { ["named"] = List(draw.OneIn(5) ? draw.Integer(1, 200) : 1, () => string.Concat(Enumerable.Range(0, draw.OneIn(5) ? draw.Integer(1, 500) : draw.Integer(1, 8)).Select(_ => draw.Of("*", "?", "a", "aa", "b")))) },
        },
    };

    private static string Name(Draw draw, int n) => string.Create(CultureInfo.InvariantCulture, $"{new string('a', draw.OneIn(20) ? draw.Integer(0, 3000) : draw.Integer(0, 10))}{n}");

    private static byte[] File(JsonObject rule, IReadOnlyList<string> names)
    {
        var header = new JsonObject
        {
            [SafetensorsHeader.MetadataKey] = new JsonObject
            {
                [CheckpointContent.FormatKey] = "1", [CheckpointContent.StepKey] = "0", [CheckpointContent.TypeKey] = "F32", [CheckpointContent.RuleKey] = rule.ToJsonString(Deep),
                [CheckpointContent.ParametersKey] = JsonSerializer.Serialize(names), [CheckpointContent.HashKey] = CheckpointContent.NoHash,
            },
        };
        foreach (string name in names)
        {
            header[CheckpointContent.ParameterPrefix + name] = new JsonObject { ["dtype"] = "F32", ["shape"] = new JsonArray(0), ["data_offsets"] = new JsonArray(0, 0) };
        }

        byte[] bytes = Encoding.UTF8.GetBytes(header.ToJsonString());
        return [.. BitConverter.GetBytes((long)bytes.Length), .. bytes];
    }

    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 2000, TypeInfoResolver = JsonSerializerOptions.Default.TypeInfoResolver };

    private static (long Allocated, TimeSpan Took, CheckpointException? Error) Attempt(byte[] bytes)
    {
        long began = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
        CheckpointException? error = null;
        try
        {
            _ = InMemory.Loaded<float>(bytes).StepCount;
        }
        catch (CheckpointException e)
        {
            error = e;
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before, Stopwatch.GetElapsedTime(began), error);
    }
}
