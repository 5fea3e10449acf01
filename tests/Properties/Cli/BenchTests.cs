using Optim.Cli;
using Optim.Cli.Bench;
using Optim.Cli.Bench.Matrices;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>The parts of <c>optim bench</c> that do not depend on the clock.</summary>
public class BenchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(1000)]
    public unsafe void The_hand_written_loop_does_what_the_librarys_AdamW_does(int length)
    {
        var random = new Random(length);
        var start = TensorSet.Generate(Layout.OfVector(length), _ => random.NextSingle() - 0.5f);
        float[] p = start.ToArray(), m = new float[length], v = new float[length];
        var state = Optimizer.Init(Variant.Preset, start);
        for (int t = 1; t <= 20; t++)
        {
            var gradient = TensorSet.Generate(start.Layout, _ => random.NextSingle() - 0.5f);
            state = Optimizer.Step(state, gradient).Item1;
            fixed (float* g = gradient.Span, pp = p, mm = m, vv = v)
            {
                HandWritten.AdamW(1e-3f, 0.9f, 0.999f, 1e-8f, 0.01f, t, g, pp, mm, vv, length);
            }
        }

        AssertClose(state.Slots["exp_avg"], m);
        AssertClose(state.Slots["exp_avg_sq"], v);
        AssertClose(state.Parameters, p);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public unsafe void Axpy_adds_a_multiple(int length)
    {
        float[] x = [.. Enumerable.Range(0, length).Select(i => (float)i)], y = [.. Enumerable.Repeat(1f, length)];
        fixed (float* px = x, py = y)
        {
            HandWritten.Axpy(0.5f, px, py, length);
        }

        Assert.Equal(Enumerable.Range(0, length).Select(i => 1 + (0.5f * i)), y);
    }

    [Fact]
    public void The_chain_does_the_presets_arithmetic_on_half_the_gradient()
    {
        var start = TensorSet.OfArray([1f, -2f, 3f]);
        var gradient = TensorSet.OfArray([0.1f, 0.2f, -0.3f]);
        var preset = Optimizer.Step(Optimizer.Init(Variant.Preset, start), gradient.Scale(0.5f)).Item2;
        Assert.Equal(preset, Optimizer.Step(Optimizer.Init(Variant.Chain, start), gradient).Item2);
    }

    [Fact]
    public void Ratios_are_medians_over_rounds_and_bars_are_judged_where_they_apply()
    {
        Measurement[] measurements =
        [
            new(1_000, Variant.HandWritten, 1, 28, 0, [1, 1, 1]),
            new(1_000, Variant.Donated, 1, 28, 700, [3, 3, 3]),
            new(1_000_000, Variant.HandWritten, 1, 28, 0, [1, 2, 4]),
            new(1_000_000, Variant.Donated, 1, 28, 800, [1.04, 2.2, 4]),
        ];
        Assert.Equal(1.04, measurements[3].TimesOf(measurements[2])!.Value, 1e-12);
        var bars = new Bars(measurements).Judge(51);
        Assert.Equal("1,000: 3.00x  1,000,000: 1.04x", bars[0].Figures);
        Assert.True(bars[0].Met);
        Assert.Null(bars[2].Met);
        Assert.Equal("not measured", bars[2].Figures);
        Assert.False(bars[^1].Met);
        measurements[3] = measurements[3] with { SecondsPerStep = [1.06, 2.2, 4.4] };
        Assert.False(new Bars(measurements).Judge(null)[0].Met);
    }

    [Theory]
    [InlineData("--sizes", "0", "--sizes must be a whole number from 1 to 100000000, was 0.")]
    [InlineData("--sizes", "200000000", "--sizes must be a whole number from 1 to 100000000, was 200000000.")]
    [InlineData("--threads", "-1", "--threads must be a whole number from 1 to 1024, was -1.")]
    [InlineData("--rounds", "0", "--rounds must be a whole number from 1 to 10000, was 0.")]
    [InlineData("--rounds", "many", "--rounds must be a whole number from 1 to 10000, was many.")]
    public void Options_out_of_range_are_refused(string option, string value, string message)
    {
        using StringWriter output = new(), error = new();
        Assert.Equal(1, Program.Run(["bench", option, value], output, error));
        Assert.Contains(message, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_another_program_measured_stands_beside_our_own_times()
    {
        var (name, seconds) = Peer.Parse("peer", "# Another 1.2\nwork\t0.25\nother work\t1e-3\n");
        Assert.Equal("Another 1.2", name);
        Assert.Equal([0.25, 0.001], seconds.Values);
        Assert.Contains("was empty", Assert.Throws<InvalidOperationException>(() => Peer.Run(" ")).Message, StringComparison.Ordinal);
        Assert.Contains("'no-such-program -x' could not be started", Assert.Throws<InvalidOperationException>(() => Peer.Run("no-such-program -x")).Message, StringComparison.Ordinal);
        Assert.Contains("it printed: work 0.25", Assert.Throws<InvalidOperationException>(() => Peer.Parse("peer", "work 0.25")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Times_are_told_as_multiples_of_the_first_that_did_the_work()
    {
        using var output = new StringWriter();
        MatrixReport.Write(
            new(new(false, null, null, null, "No Intel MKL was found."), null,
            [
                new(MatrixTask.Product, "one", [0.01, 0.02, 0.04]), new(MatrixTask.Product, "two", [0.02, 0.06, 0.08]), new(MatrixTask.Muon, "one", [1, 1, 1]),
            ]),
            output);
        string[] lines = [.. output.ToString().Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Contains("No Intel MKL was found.", lines[0], StringComparison.Ordinal);
        Assert.Contains($"{MatrixTask.Product} one 20.00 1.00x 107.4", lines);
        Assert.Contains("two 60.00 2.00x 35.8", lines);
        Assert.Contains($"{MatrixTask.Muon} one 1000.00 1.00x", lines);
    }

    private static void AssertClose(TensorSet<float> expected, float[] actual)
    {
        for (int i = 0; i < actual.Length; i++)
        {
            // The loop forms its scalars in single precision, the library in double: each of the 20 steps may differ by some ulp.
            Assert.Equal(expected.Span[i], actual[i], Math.Max(Math.Abs(expected.Span[i]), 1e-3f) * 2e-5f);
        }
    }
}
