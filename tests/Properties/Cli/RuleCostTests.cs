using System.Text.Json.Nodes;
using Optim.Cli;
using Optim.Cli.Bench.Rules;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>The parts of <c>optim bench --rules</c> that do not depend on the clock.</summary>
public class RuleCostTests
{
    [Theory]
    [InlineData("sgd", 12)]
    [InlineData("adamw", 28)]
    [InlineData("lion", 20)]
    [InlineData("lookahead", 29.6)]
    public void A_step_must_move_the_gradient_once_and_twice_the_parameters_and_the_slots_that_it_changes(string name, double bytes) =>
        Assert.InRange(RuleTraffic.BytesPerElement(RuleRegistry.Find(name)!.Create(), 65_536), bytes - 2, bytes + 2);

    [Fact]
    public void Slots_of_a_shape_of_their_own_count_with_their_size()
    {
        // A matrix of 256 x 256 has 512 means of rows and columns.
        double bytes = RuleTraffic.BytesPerElement(new ScaleByFactoredRms(), 65_536);
        Assert.InRange(bytes, 12.01, 12.2);
    }

    [Fact]
    public void A_slot_that_one_step_in_many_changes_counts_as_much()
    {
        // The window's sum at each step, and of its gradients one.
        double bytes = RuleTraffic.BytesPerElement(RuleRegistry.Find("grokfast_window")!.Create(), 65_536);
        Assert.InRange(bytes, 12, 40);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(1000)]
    public void The_limits_loop_updates_each_stream_by_the_one_it_reads(int length)
    {
        using var streams = new ByteStreams(length, 3);
        for (int i = 0; i < length; i++)
        {
            streams.Stream(0)[i] = i;
        }

        streams.Stream(2).Fill(1);
        streams.Pass(2, 1);
        Assert.Equal(Enumerable.Range(0, length).Select(i => 1e-3f * i), streams.Stream(1).ToArray());
        Assert.Equal(Enumerable.Range(0, length).Select(i => 1 + (1e-3f * i)), streams.Stream(2).ToArray());
        Assert.All(streams.Stream(3).ToArray(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1000, 2)]
    [InlineData(65_536, 1)]
    [InlineData(200_000, 4)]
    public void Rules_are_measured_on_matrices_and_a_vector_of_what_is_left(int elements, int tensors)
    {
        var layout = Shapes.Of(elements);
        Assert.Equal((elements, tensors), (layout.Length, layout.Count));
    }

    [Fact]
    public void Costs_are_told_in_order_and_what_needs_an_objective_is_named()
    {
        using StringWriter output = new(), error = new();
        Assert.Equal(0, Program.Run(["bench", "--rules", "lbfgs,adamw,sgd", "--sizes", "70000", "--rounds", "2", "--json"], output, error));
        var run = JsonNode.Parse(output.ToString())!;
        double[] times = [.. run["costs"]!.AsArray().Select(cost => (double)cost!["timesOfLimit"]!)];
        Assert.Equal(2, times.Length);
        Assert.Equal(times.Order(), times);
        Assert.Equal("lbfgs", (string)run["leftOut"]![0]!["rule"]!);
        Assert.Contains("objective", (string)run["leftOut"]![0]!["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cost_is_the_median_of_the_ratios_of_its_rounds()
    {
        var cost = new RuleCost("adamw", 1_000_000, 1, 28, 28, [0.002, 0.004, 0.004], [0.001, 0.004, 0.0025]);
        Assert.Equal(1.6, cost.TimesOfLimit, 12);
        Assert.Equal(4, cost.NanosecondsPerElement, 12);
        Assert.Equal(7, cost.GigabytesPerSecond, 12);
        using var output = new StringWriter();
        RuleCostReport.Write(new("a processor", [cost], [new("lbfgs", "why")]), output);
        string text = string.Join(' ', output.ToString().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("1,000,000 1 adamw 28 28 4.000 7.0 11.2 1.60x", text, StringComparison.Ordinal);
        Assert.Contains("Left out (why): lbfgs.", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adamv", "There is no rule 'adamv'; the nearest are")]
    [InlineData(",", "--rules must be all or names of rules")]
    public void Unknown_rules_are_refused(string names, string message)
    {
        using StringWriter output = new(), error = new();
        Assert.Equal(1, Program.Run(["bench", "--rules", names], output, error));
        Assert.Contains(message, error.ToString(), StringComparison.Ordinal);
    }
}
