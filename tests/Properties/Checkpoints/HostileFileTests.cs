using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Optim.Checkpoints;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Checkpoints;

/// <summary>Files that were damaged by chance or by someone who means it: a <see cref="CheckpointException"/> or a state, never anything else, and no memory beyond what is promised.</summary>
public class HostileFileTests(ITestOutputHelper output)
{
    /// <summary>How many; OPTIM_MUTATIONS says otherwise.</summary>
    private const int UsualMutations = 4000;

    [Fact]
    public void Whatever_a_file_holds_there_is_a_state_or_the_documented_error_and_no_more_memory_than_promised()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("OPTIM_MUTATIONS") ?? UsualMutations.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        int seed = int.Parse(Environment.GetEnvironmentVariable("OPTIM_MUTATION_SEED") ?? "0", CultureInfo.InvariantCulture);
        byte[][] originals = [.. Enumerable.Range(0, 60).Select(Original)];
        foreach (byte[] original in originals)
        {
            Attempt(original);
        }

        int loaded = 0, refused = 0, beyondTheHash = 0;
        long mostMemory = 0, longest = originals.Max(original => original.Length);
        for (int i = 0; i < count; i++)
        {
            var draw = new Draw(HashCode(seed, i), 100);
            byte[] mutated = Mutated(draw, originals[draw.Integer(0, originals.Length - 1)]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            CheckpointException? error;
            try
            {
                error = Attempt(mutated);
            }
            catch (Exception e)
            {
                throw new Xunit.Sdk.XunitException(string.Create(CultureInfo.InvariantCulture, $"mutation {i} of seed {seed}: {e}\n{Convert.ToBase64String(mutated)}"));
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= (64L * mutated.Length) + (1 << 20), string.Create(CultureInfo.InvariantCulture, $"mutation {i} of seed {seed}: {allocated} bytes for {mutated.Length}"));
            mostMemory = Math.Max(mostMemory, allocated);
            (loaded, refused) = error is null ? (loaded + 1, refused) : (loaded, refused + 1);
            beyondTheHash += error is { Key: CheckpointContent.RuleKey or CheckpointContent.ParametersKey or CheckpointContent.StepKey or CheckpointContent.TypeKey } or { Report: not null } ? 1 : 0;
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} mutations: {refused} refused ({beyondTheHash} of them for what they say, not how), {loaded} loaded; files of up to {longest} bytes, at most {mostMemory} allocated for one"));
        Assert.True(refused > count / 2 && loaded > 0 && beyondTheHash > count / 50, "the mutations do not reach far enough");
    }

    [Theory]
    [InlineData("""{"rule":"lbfgs","HistorySize":2147483647}""", "asks for 2147483647 slots, each of 1 tensor, more than a file with 1 in all can have")]
    [InlineData("""{"rule":"chain","Rules":[{"rule":"lookahead","Inner":{"rule":"lbfgs","HistorySize":2147483647}}]}""", "asks for 2147483647 slots, each of 1 tensor, more than a file with 1 in all can have")]
    [InlineData("""{"rule":"partition","Groups":[{"Tensors":{"named":["*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"]},"Rule":{"rule":"sgd"}}]}""", "does not go with the parameters")]
    [InlineData("""{"rule":"sgd","Momentum":0.5}""", "missing: slots/momentum_buffer/aaa")]
    public void A_rule_that_asks_for_the_impossible_is_refused(string rule, string problem)
    {
        var start = TensorSet.OfTensors(Given.Vector(new string('a', 60), 1.0));
        byte[] bytes = WithText(InMemory.Saved(Optimizer.Init(new Sgd(), start)), CheckpointContent.RuleKey, rule);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused.With<CheckpointException>(problem, () => InMemory.Loaded<double>(bytes));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData("lbfgs", "pairs", double.PositiveInfinity)]
    [InlineData("lbfgs", "pairs", 11)]
    [InlineData("lbfgs", "next_pair", -1)]
    [InlineData("lbfgs", "next_pair", 10)]
    [InlineData("lbfgs", "next_pair", 0.5)]
    [InlineData("apply_if_finite", "nonfinite_count", 1)]
    [InlineData("rollback_on_divergence", "rewound_steps", double.NaN)]
    [InlineData("dynamic_loss_scaling", "skipped_steps", 1e300)]
    public void Numbers_that_no_step_leads_to_are_refused(string rule, string scalar, double value)
    {
        var state = Optimizer.Init(RuleRegistry.Find(rule)!.Create(), TensorSet.OfArray([1.0, 2]));
        var scalars = state.Scalars.ToDictionary(pair => pair.Key, pair => pair.Key == scalar ? value : pair.Value);
        Assert.Contains(scalar, scalars.Keys);
        Refused.With<ArgumentOutOfRangeException>(
            string.Create(CultureInfo.InvariantCulture, $"{scalar} must be a whole number from 0 to"), () => Optimizer.Restore(state.Rule, 0, state.Parameters, state.Slots, scalars));
        Assert.Equal(state, Optimizer.Restore(state.Rule, 0, state.Parameters, state.Slots, state.Scalars));
    }

    [Fact]
    public void Every_bit_that_turns_is_noticed()
    {
        byte[] bytes = InMemory.Saved(Optimizer.Init(new AdamW(), TensorSet.OfTensors(Given.Vector("w", 1.0f, 2, 3), Given.Vector("b", 0.5f))));
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] turned = [.. bytes];
            turned[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                var state = InMemory.Loaded<float>(turned);

                // A space for another in the header's padding says the same.
                Assert.Equal(InMemory.Loaded<float>(bytes), state);
                Assert.Contains((char)turned[bit / 8], "\t \n\r");
            }
            catch (CheckpointException)
            {
            }
        }

        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<CheckpointException>(() => InMemory.Loaded<float>(bytes.AsMemory(0, length)));
        }
    }

    private static CheckpointException? Attempt(byte[] bytes)
    {
        try
        {
            using var file = InMemory.Opened(bytes);
            _ = bytes.Length % 2 == 0 ? Checkpoint.LoadFrom<double>(file, null, RuleContext.Of([], []), convert: true).StepCount : Checkpoint.LoadFrom<float>(file, null, RuleContext.Of([], []), convert: false).StepCount;
            return null;
        }
        catch (CheckpointException e)
        {
            return e;
        }
    }

    private static byte[] Original(int seed)
    {
        var draw = new Draw(seed, 30);
        var rule = AnyRule.Tree(draw, 2);
        var layout = Layout.Of(new TensorShape("t0", draw.Integer(0, 5)), new TensorShape("t1", 2, draw.Integer(0, 4)), new TensorShape("ü/☃"));
        return draw.Coin()
            ? InMemory.Saved(Optimizer.Init(rule, TensorSet.Generate(layout, _ => (float)draw.Plain())))
            : InMemory.Saved(Optimizer.Init(rule, TensorSet.Generate(layout, _ => draw.Plain())));
    }

    private static byte[] Mutated(Draw draw, byte[] original)
    {
        int end = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(original);
        switch (draw.Integer(0, 5))
        {
            case 0:
                // Some bytes anywhere.
                byte[] bytes = [.. original];
                for (int i = draw.Integer(1, 6); i > 0; i--)
                {
                    bytes[draw.Integer(0, bytes.Length - 1)] = (byte)draw.Integer(0, 255);
                }

                return bytes;
            case 1:
                // Cut short, or with something behind.
                return draw.Coin() ? original[..draw.Integer(0, original.Length)] : [.. original, .. new byte[draw.Integer(1, 100)]];
            case 2:
                // Other numbers, words or signs in the header, its length put right.
                return Rewritten(original, end, text => Edited(draw, text));
            case 3:
                // What a checkpoint says of itself, edited, without the hash that would tell.
                string key = draw.Of(CheckpointContent.RuleKey, CheckpointContent.RuleKey, CheckpointContent.RuleKey, CheckpointContent.ParametersKey, CheckpointContent.StepKey, CheckpointContent.TypeKey, CheckpointContent.FormatKey);
                using (var file = InMemory.Opened(original))
                {
                    return WithText(original, key, Edited(draw, file.Metadata[key]));
                }

            case 4:
                // The rule of one with the tensors of another.
                using (var other = InMemory.Opened(Original(draw.Integer(0, 59))))
                {
                    return WithText(original, CheckpointContent.RuleKey, other.Metadata[CheckpointContent.RuleKey]);
                }

            default:
                // The data alone, under a length and a header of chance.
                byte[] some = [.. original[..draw.Integer(0, original.Length)], .. original[draw.Integer(0, original.Length)..]];
                return draw.OneIn(3) && some.Length >= 8 ? [.. BitConverter.GetBytes((long)draw.Integer(0, some.Length)), .. some[8..]] : some;
        }
    }

    private static string Edited(Draw draw, string text)
    {
        var edited = new StringBuilder(text);
        for (int i = draw.Integer(1, 3); i > 0 && edited.Length > 0; i--)
        {
            int at = draw.Integer(0, edited.Length - 1);
            switch (draw.Integer(0, 5))
            {
                case 0: edited[at] = draw.Of('{', '}', '[', ']', '"', ',', ':', '0', '9', '-', ' ', 'a', '\\', '\u0001', '☃', '\ud800'); break;
                case 1: edited.Remove(at, Math.Min(draw.Integer(1, 20), edited.Length - at)); break;
                case 2: edited.Insert(at, draw.Of("9223372036854775807", "-1", "1e999", "[[[[[[[[[[", "{\"a\":", "null", "\"NaN\"", "99999999999", ",0", "true")); break;
                case 3: edited.Insert(at, edited.ToString(at, Math.Min(draw.Integer(1, 60), edited.Length - at))); break;
                case 4 when edited.ToString().IndexOfAny(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], at) is >= 0 and var digit:
                    edited.Remove(digit, 1).Insert(digit, draw.Of("0", "1", "7", "4294967295", "2147483647", "18446744073709551616", "0.5", "-3"));
                    break;
                default: edited.Replace(draw.Of("F32", "Schedule", "adam", "rule", "0,"), draw.Of("F64", "BOOL", "Join", "lbfgs", "chain", "1,", "type"), at, Math.Min(100, edited.Length - at)); break;
            }
        }

        return edited.ToString();
    }

    private static byte[] Rewritten(byte[] original, int end, Func<string, string> change)
    {
        byte[] header = Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(original, 8, end - 8)));
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. original[end..]];
    }

    /// <summary>Another text under a key of the metadata, and no hash that would tell.</summary>
    private static byte[] WithText(byte[] original, string key, string text)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(original.AsSpan(8, (int)BinaryPrimitives.ReadInt64LittleEndian(original)))!;
        var metadata = json[SafetensorsHeader.MetadataKey]!.AsObject();
        metadata[CheckpointContent.HashKey] = CheckpointContent.NoHash;
        metadata[key] = text.Replace('\ud800', '?');
        byte[] header = Encoding.UTF8.GetBytes(json.ToJsonString());
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. original[(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(original))..]];
    }

    private static int HashCode(int seed, int i) => unchecked((seed * 1_000_003) + (i * 7919) + 17);
}
