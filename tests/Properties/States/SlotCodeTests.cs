using Optim.Execution;
using Xunit;

namespace Optim.Properties.States;

/// <summary>The codes of slots against plain definitions, at every length across a vector's edge.</summary>
public unsafe class SlotCodeTests
{
    [Fact]
    public void BFloat16_is_the_nearest_of_16_bits_ties_to_even()
    {
        float[] values = [.. Numbers(1).Take(5_000), 0, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.MaxValue, float.Epsilon, 1 + (1f / 256), 1 + (3f / 256)];
        for (int length = 0; length < 100; length++)
        {
            Check(values.AsSpan(length, length));
        }

        Check(values);

        static void Check(ReadOnlySpan<float> values)
        {
            var read = Through(SlotFormat.BFloat16, Layout.OfVector(values.Length), values.ToArray());
            for (int i = 0; i < values.Length; i++)
            {
                float expected = float.IsNaN(values[i]) ? float.NaN : Nearest(values[i]);
                Assert.Equal(expected, read[i]);
                Assert.True(expected != 0 || float.IsNegative(expected) == float.IsNegative(read[i]));
            }
        }

        static float Nearest(float x)
        {
            uint bits = BitConverter.SingleToUInt32Bits(x), low = bits & 0xFFFF, high = bits >> 16;
            return BitConverter.UInt32BitsToSingle((low > 0x8000 || (low == 0x8000 && (high & 1) == 1) ? high + 1 : high) << 16);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Float8_is_the_nearest_of_a_blocks_codes(bool signed)
    {
        for (int length = 1; length < 300; length += length < 140 ? 1 : 37)
        {
            float[] values = [.. Numbers(length).Take(length).Select((x, i) => signed ? (i == length / 2 ? -MathF.Abs(x) : x) : MathF.Abs(x))];
            float[] read = Through(SlotFormat.Float8Block, Layout.OfVector(length), values);
            for (int block = 0; block < length; block += 256)
            {
                int end = Math.Min(length, block + 256);
                float largest = values[block..end].Max(MathF.Abs);
                bool hasSign = values[block..end].Any(x => x < 0);
                double[] codes = [0, .. Enumerable.Range(1, hasSign ? 120 : 248).Select(code => double.ScaleB(1 + ((code & 7) / 8.0), (code >> 3) - (hasSign ? 15 : 31)))];
                for (int i = block; i < end; i++)
                {
                    double exact = Math.Abs((double)values[i]) / largest, got = Math.Abs(read[i]) / largest;
                    double nearest = codes.Min(code => Math.Abs(code - exact));
                    Assert.True(Math.Abs(got - exact) <= nearest + (1e-6 * exact) || (!hasSign && exact > 0 && Math.Abs(got - codes[1]) < 1e-12), $"{values[i]:R} became {read[i]:R} of {largest:R}, length {length}");
                    Assert.True(read[i] == 0 || MathF.Sign(read[i]) == MathF.Sign(values[i]));
                    Assert.True(hasSign || values[i] == 0 || read[i] > 0);
                }

                Assert.Contains(largest, read[block..end].Select(MathF.Abs));
            }
        }
    }

    [Theory]
    [InlineData(SlotFormat.BFloat16)]
    [InlineData(SlotFormat.BFloat16Stochastic)]
    [InlineData(SlotFormat.Float8Block)]
    [InlineData(SlotFormat.Float8BlockStochastic)]
    public void What_was_read_is_written_with_the_same_bits_and_tensors_do_not_mix(SlotFormat format)
    {
        var layout = Layout.Of(new TensorShape("a", 700), new TensorShape("none", 0), new TensorShape("b", 3), new TensorShape("c", 513));
        float[] values = [.. Numbers(7).Take(layout.Length)], others = [.. values];
        others[700] *= 1e6f;
        float[] once = Through(format, layout, values), twice = Through(format, layout, once), mixed = Through(format, layout, others);
        Assert.Equal(once, twice);
        Assert.Equal(once[..700], mixed[..700]);
        Assert.Equal(once[703..], mixed[703..]);
        double[] doubles = [.. values.Select(x => (double)x)];
        Assert.Equal(once.Select(x => (double)x), ThroughDouble(format, layout, doubles));
    }

    [Theory]
    [InlineData(SlotFormat.BFloat16Stochastic)]
    [InlineData(SlotFormat.Float8BlockStochastic)]
    public void Chance_is_fair_and_the_same_each_time(SlotFormat format)
    {
        // The first of each block is its largest, so that the rest have a code below and one above them.
        float[] values = [.. Enumerable.Range(0, 256 * 200).Select(i => i % 256 == 0 ? 1f : 0.3003f * (i % 2 == 0 ? 1 : -1))];
        float[] read = Through(format, Layout.OfVector(values.Length), values);
        Assert.Equal(read, Through(format, Layout.OfVector(values.Length), values));
        Assert.NotEqual(read, Through(format, Layout.OfVector(values.Length), values, key: 2));
        double mean = read.Where((_, i) => i % 256 != 0).Average(x => Math.Abs((double)x));
        Assert.InRange(mean, 0.3003 * 0.999, 0.3003 * 1.001);
        Assert.Equal(2, read.Where((_, i) => i % 256 != 0).Select(MathF.Abs).Distinct().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_number_that_was_read_has_its_code_again_whatever_chance_says(bool signed)
    {
        // Counters whose chance is the least and the greatest, which a number a last place off its code is at the mercy of.
        const uint Cut = (1 << 20) - 1;
        uint[] counters = [Counter(0), Counter(1), Counter(Cut), Counter(Cut - 1)];
        var random = new Random(5);
        for (int scale = 0; scale < 3_000; scale++)
        {
            float largest = (float)((1 + random.NextDouble()) * Math.Pow(2, random.Next(-148, 127)));
            for (int code = 1; code < (signed ? 120 : 248); code += 1 + random.Next(3))
            {
                byte[] codes = [(byte)code, (byte)(signed ? 120 : 248), (byte)(signed ? 120 | 128 : 248)], again = new byte[3];
                float[] values = new float[3], second = new float[3];
                fixed (byte* c = codes, a = again)
                fixed (float* v = values, w = second)
                {
                    Float8Code.Decode(c, signed ? largest : -largest, v, 3);
                    foreach (uint counter in counters)
                    {
                        float kept = Float8Code.Encode(v, a, 3, counter, isStochastic: true);
                        Float8Code.Decode(a, kept, w, 3);
                        Assert.Equal(values, second);
                    }
                }
            }
        }

        static uint Counter(uint chance)
        {
            uint counter = 0;
            while ((SlotCode.Mixed(counter) & Cut) != chance)
            {
                counter++;
            }

            return counter;
        }
    }

    [Fact]
    public void Blocks_and_chance_count_from_each_tensors_start_by_its_name_and_the_slots()
    {
        float[] values = [.. Numbers(7).Take(1_000)];
        var alone = Layout.Of(new TensorShape("w", 1_000));
        var later = Layout.Of(new TensorShape("a", 77), new TensorShape("w", 1_000));
        uint[]?[] here = SlotSeeds.Of(["m"], [alone], [SlotFormat.Float8BlockStochastic])!, there = SlotSeeds.Of(["x", "m"], [later, later], [SlotFormat.Full, SlotFormat.Float8BlockStochastic])!;
        Assert.Equal(here[0]![0], there[1]![1]);
        Assert.NotEqual(here[0]![0], there[1]![0]);
        Assert.NotEqual(here[0]![0], SlotSeeds.Of(["v"], [alone], [SlotFormat.Float8BlockStochastic])![0]![0]);
        foreach (var format in (SlotFormat[])[SlotFormat.BFloat16Stochastic, SlotFormat.Float8Block, SlotFormat.Float8BlockStochastic])
        {
            float[] first = Through(format, alone, values, here[0]![0]);
            Assert.Equal(first, Through(format, later, [.. values.Take(77), .. values], here[0]![0])[77..]);

            // A part that begins at the 512th element.
            Assert.Equal(first[512..], Through(format, Layout.Of(new TensorShape("w", 488)), values[512..], here[0]![0], first: 512));
        }
    }

    [Fact]
    public void The_memory_of_the_largest_layout_is_counted_without_overflow()
    {
        var layout = Layout.OfVector(Layout.MaxLength);
        Assert.Equal(Layout.MaxLength, SlotCode.ScalesAt(Layout.MaxLength));
        Assert.Equal(2_147_483_648, SlotCode.ScalesAt(int.MaxValue));
        Assert.Equal((Layout.MaxLength + 3) / 4 + ((Layout.MaxLength - 1) / 256) + 1, SlotCode.PackedLength<float>(SlotFormat.Float8Block, layout));
    }

    [Fact]
    public void What_is_not_finite_becomes_NaN_in_8_bits_and_leaves_the_rest_of_its_block_alone()
    {
        float[] read = Through(SlotFormat.Float8Block, Layout.OfVector(100), [.. Enumerable.Range(0, 100).Select(i => i switch { 3 => float.NaN, 70 => float.PositiveInfinity, 99 => float.NegativeInfinity, _ => -1f })]);
        Assert.Equal([3, 70, 99], read.Index().Where(pair => float.IsNaN(pair.Item)).Select(pair => pair.Index));
        Assert.Equal(97, read.Count(x => x == -1));
    }

    // From 1e-12 to 1e12 in magnitude.
    private static IEnumerable<float> Numbers(int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            yield return (float)((random.NextDouble() - 0.5) * Math.Pow(10, (random.NextDouble() * 24) - 12));
        }
    }

    private static float[] Through(SlotFormat format, Layout layout, float[] values, uint key = 1, int first = 0)
    {
        float[] memory = new float[SlotCode.PackedLength<float>(format, layout) + 1], read = new float[layout.Length + 1];
        fixed (float* m = memory, v = (float[])[.. values, 0], r = read)
        {
            SlotCode.Encode(format, m, layout, 0, layout.Length, v, new([.. Enumerable.Repeat(key, layout.Count)], [.. Enumerable.Repeat(first, layout.Count)], 0));
            SlotCode.Decode(format, m, layout, 0, layout.Length, r);
        }

        return read[..^1];
    }

    private static double[] ThroughDouble(SlotFormat format, Layout layout, double[] values)
    {
        double[] memory = new double[SlotCode.PackedLength<double>(format, layout)], read = new double[layout.Length];
        fixed (double* m = memory, v = values, r = read)
        {
            SlotCode.Encode(format, m, layout, 0, layout.Length, v, new([.. Enumerable.Repeat(1u, layout.Count)], null, 0));
            SlotCode.Decode(format, m, layout, 0, layout.Length, r);
        }

        return read;
    }
}
