using System.Globalization;
using Optim.Conformance;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Conformance;

/// <summary>Agreement with what other implementations recorded, a file a row.</summary>
public class ConformanceTests(ITestOutputHelper output)
{
    public static TheoryData<string> Files => [.. Golden.Files];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_case_agrees_with_its_recording(string file)
    {
        var results = Replayer.ReplayFile(Golden.PathOf(file));
        foreach (var result in results)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Case}: {result.Outcome}, worst {result.Comparison?.Worst?.Ratio} of {result.Comparison?.Tolerance} ({result.Comparison?.Worst}) {result.Reason}"));
        }

        Assert.NotEmpty(results);
        Assert.All(results, result => Assert.Equal(Outcome.Passed, result.Outcome));
    }

    [Fact]
    public void No_golden_file_is_lost_on_the_way_to_the_tests() => Assert.True(Golden.Files.Count >= 9, $"only {string.Join(", ", Golden.Files)}");

    [Theory]
    [InlineData("opt_adam.json", "amsgrad", "params, exp_avg, exp_avg_sq, max_exp_avg_sq")]
    [InlineData("opt_sgd.json", "nesterov", "params, momentum_buffer")]
    [InlineData("opt_rmsprop.json", "centered_momentum_wd", "params, square_avg, grad_avg, momentum_buffer")]
    [InlineData("opt_adagrad.json", "default", "params, sum")]
    [InlineData("clip_norm.json", "matrix_l3_max1", "clipped, total_norm")]
    [InlineData("clip_agc.json", "mixed_0", "clipped")]
    [InlineData("transform_gc.json", "shapes2_all", "centralized")]
    [InlineData("opt_lamb.json", "default", "params, exp_avg, exp_avg_sq")]
    [InlineData("opt_dadapt_sgd.json", "growth_decay", "params, s, x0, d, numerator_weighted, g0_norm")]
    [InlineData("opt_prodigy.json", "growth", "params, s, p0, exp_avg, exp_avg_sq, d, d_max, d_numerator")]
    [InlineData("opt_swats.json", "switch", "params, exp_avg, exp_avg_sq, momentum_buffer, switch_step")]
    public void What_was_recorded_beside_the_parameters_is_compared_too(string file, string name, string compared)
    {
        var result = Replayer.ReplayFile(Golden.PathOf(file)).Single(r => r.Case == name);
        Assert.Equal(compared, string.Join(", ", result.Comparison!.Compared));
    }
}
