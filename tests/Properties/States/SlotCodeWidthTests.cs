using System.Runtime.Intrinsics.X86;
using Optim.Execution;
using Optim.Lanes;
using Xunit;

namespace Optim.Properties.States;

/// <summary>The codes of slots are the same bits in registers of every width as element by element, at every length and for every kind of number.</summary>
public unsafe class SlotCodeWidthTests
{
    private const int MostLength = 600;

    private static readonly float[] Specials =
    [
        0, -0f, float.NaN, -float.NaN, BitConverter.UInt32BitsToSingle(0x7F800001), BitConverter.UInt32BitsToSingle(0xFF80FFFF), BitConverter.UInt32BitsToSingle(0x7FFFFFFF), float.PositiveInfinity, float.NegativeInfinity,
        float.Epsilon, -float.Epsilon, 1.1e-38f, -1e-41f, float.MaxValue, float.MinValue, 1 + (1f / 256), 1 + (3f / 256), 1e-30f,
    ];

    public static TheoryData<int, bool, bool> Blocks
    {
        get
        {
            var data = new TheoryData<int, bool, bool>();
            for (int kind = 0; kind < 6; kind++)
            {
                data.Add(kind, false, false);
                data.Add(kind, true, false);
                data.Add(kind, false, true);
                data.Add(kind, true, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Codes_of_8_bits_are_those_made_one_by_one(int kind, bool signed, bool isStochastic)
    {
        for (int length = 0; length <= 256; length++)
        {
            float[] values = [.. Values(kind, signed, length), 0];
            byte[] expected = new byte[length + 1];
            fixed (float* v = values)
            fixed (byte* e = expected)
            {
                float scale = Float8Code.EncodeOneByOne(v, e, length, 17, isStochastic);
                Check(Float8Code.Encode, v, scale);
                Check(Float8Block<BitLane128>.Encode, v, scale);
                Check(Float8Block<BitLane512>.Encode, v, scale);
                if (Avx2.IsSupported)
                {
                    Check(Float8Block<BitLane256>.Encode, v, scale);
                }

                CheckReading(e, scale, length);
            }

            void Check(Encoder encode, float* source, float scale)
            {
                byte[] codes = new byte[length + 1];
                fixed (byte* c = codes)
                {
                    Assert.Equal(BitConverter.SingleToUInt32Bits(scale), BitConverter.SingleToUInt32Bits(encode(source, c, length, 17, isStochastic)));
                }

                Assert.Equal(expected, codes);
            }
        }
    }

    /// <summary>Numbers whose quotient by the scale is the middle between two codes, or a last place beside it: those that products with its reciprocal could put on the wrong side.</summary>
    [Fact]
    public void Numbers_beside_the_middle_between_two_codes_have_the_code_of_their_quotient()
    {
        var random = new Random(3);
        float[] values = new float[256];
        byte[] expected = new byte[256], codes = new byte[256];
        for (int round = 0; round < 20_000; round++)
        {
            float largest = (float)((1 + random.NextDouble()) * Math.Pow(2, random.Next(-60, 60)));
            bool signed = random.Next(2) == 0;
            values[0] = signed ? -largest : largest;
            for (int i = 1; i < values.Length; i++)
            {
                // Half of the least code, too, and what is beside it.
                double middle = i % 8 == 0 ? Math.ScaleB(1.125, signed ? -16 : -32) : Math.ScaleB(17 + (2 * random.Next(8)), -random.Next(signed ? 21 : 37));
                float number = (float)(Math.Min(middle, 1) * largest);
                values[i] = MathF.Min(BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(number) + (round % 4 == 0 ? random.Next(-1, 2) : random.Next(-9, 10))), largest);
            }

            // Most rounds have one such number alone, so that nothing else sends the block the slow way.
            if (round % 4 != 0)
            {
                for (int i = 1; i < values.Length; i++)
                {
                    values[i] = i == 1 + (round % 255) ? values[i] : largest;
                }
            }

            fixed (float* v = values)
            fixed (byte* e = expected, c = codes)
            {
                Float8Code.EncodeOneByOne(v, e, 256, 0, false);
                Float8Code.Encode(v, c, 256, 0, false);
            }

            Assert.True(expected.AsSpan().SequenceEqual(codes), $"round {round}, scale {largest:R}");
        }
    }

    [Fact]
    public void Codes_of_16_bits_are_those_made_one_by_one()
    {
        for (int length = 0; length <= MostLength; length++)
        {
            float[] values = [.. Values(length % 6, signed: true, length), 0];
            ushort[] nearest = new ushort[length + 1], byChance = new ushort[length + 1], codes = new ushort[length + 1];
            float[] numbers = new float[length + 1], read = new float[length + 1];
            for (int i = 0; i < length; i++)
            {
                nearest[i] = BFloat16.Encode(values[i]);
                byChance[i] = BFloat16.Rounded(values[i], SlotCode.Mixed(5 + (uint)i) & 0xFFFF);
                numbers[i] = BFloat16.Decode(nearest[i]);
            }

            fixed (float* v = values, r = read)
            fixed (ushort* n = nearest, c = codes)
            {
                BFloat16Code.Encode(v, c, length);
                Assert.Equal(nearest, codes);
                BFloat16Code.Decode(n, r, length);
                SameBits(numbers, read);
                BFloat16Code.Encode(v, c, length, 5);
                Assert.Equal(byChance, codes);
                CheckByChance<BitLane128>(BFloat16Code.ByChance<BitLane128>(v, Cleared(codes, c), length, 5));
                CheckByChance<BitLane512>(BFloat16Code.ByChance<BitLane512>(v, Cleared(codes, c), length, 5));
                if (Avx2.IsSupported)
                {
                    CheckByChance<BitLane256>(BFloat16Code.ByChance<BitLane256>(v, Cleared(codes, c), length, 5));
                }

                CheckLane<ScalarLane<float>>(v, n, codes, nearest, length);
                CheckLane<Lane128<float>>(v, n, codes, nearest, length);
                CheckLane<Lane256<float>>(v, n, codes, nearest, length);
                CheckLane<Lane512<float>>(v, n, codes, nearest, length);
            }

            void CheckByChance<L>(nint done)
                where L : struct, IBitLane<L>
            {
                Assert.Equal(length / L.Width * L.Width, done);
                Assert.Equal(byChance[..(int)done], codes[..(int)done]);
                Assert.All(codes[(int)done..], code => Assert.Equal(0, code));
            }
        }

        static ushort* Cleared(ushort[] codes, ushort* address)
        {
            Array.Clear(codes);
            return address;
        }
    }

    private static void CheckLane<L>(float* values, ushort* stored, ushort[] codes, ushort[] nearest, int length)
        where L : struct, IStoredLane<L, float>
    {
        Array.Clear(codes);
        float[] numbers = new float[length + 1];
        int i = 0;
        fixed (ushort* c = codes)
        fixed (float* r = numbers)
        {
            for (; i + L.Width <= length; i += L.Width)
            {
                L.StoreBFloat16(L.Load(values + i), c + i);
                L.Store(L.LoadBFloat16(stored + i), r + i);
            }
        }

        Assert.Equal(nearest[..i], codes[..i]);
        Assert.All(codes[i..], code => Assert.Equal(0, code));
        SameBits([.. nearest[..i].Select(BFloat16.Decode)], numbers[..i]);
    }

    // Every byte is a code that a file may hold, and every float a scale.
    private static void CheckReading(byte* codes, float scale, int length)
    {
        float[] expected = new float[length + 1], read = new float[length + 1];
        byte[] any = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 37))];
        fixed (float* e = expected, r = read)
        fixed (byte* a = any)
        {
            foreach (float own in (float[])[scale, -scale, float.NaN, float.PositiveInfinity, -1e-42f])
            {
                foreach (nint source in (nint[])[(nint)codes, (nint)a])
                {
                    Float8Code.DecodeOneByOne((byte*)source, own >= 0, MathF.Abs(own), e, length);
                    Float8Code.Decode((byte*)source, own, r, length);
                    for (int i = 0; i <= length; i++)
                    {
                        Assert.True(float.IsNaN(expected[i]) ? float.IsNaN(read[i]) : BitConverter.SingleToUInt32Bits(expected[i]) == BitConverter.SingleToUInt32Bits(read[i]), $"{expected[i]:R} was read as {read[i]:R}, scale {own:R}");
                    }
                }
            }
        }
    }

    private static float[] Values(int kind, bool signed, int length)
    {
        var random = new Random(length);
        float sign() => signed && random.Next(2) == 0 ? -1 : 1;
        return [.. Enumerable.Range(0, length).Select(i => kind switch
        {
            0 => sign() * (float)(random.NextDouble() * Math.Pow(10, (random.NextDouble() * 24) - 12)),
            1 => i % 7 == 3 ? Specials[random.Next(Specials.Length)] : sign() * random.NextSingle(),
            2 => sign() * random.Next(0, 17) / 16f,
            3 => sign() * float.Epsilon * random.Next(0, 1000),
            4 => sign() * 0f,
            _ => sign() * MathF.ScaleB(1 + random.NextSingle(), random.Next(120, 127)),
        })];
    }

    private static void SameBits(float[] expected, float[] actual) =>
        Assert.Equal(expected.Select(BitConverter.SingleToUInt32Bits), actual.Select(BitConverter.SingleToUInt32Bits));

    private delegate float Encoder(float* source, byte* target, int count, uint counter, bool isStochastic);
}
