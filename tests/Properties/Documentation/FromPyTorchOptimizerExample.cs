using System.Text.RegularExpressions;
using Optim.Conformance;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>docs/from-pytorch-optimizer.md: its C#, and its table, whose numbers are those of the recordings that it names.</summary>
public partial class FromPyTorchOptimizerExample
{
    private static readonly TensorSet<double> parameters = TensorSet.OfArray([1.0, -2, 0.5]);

    /// <summary>Rows of the tables: what is here, and the recordings.</summary>
    public static TheoryData<string, string> Rows()
    {
        var rows = new TheoryData<string, string>();
        foreach (string[] cells in Page().Where(line => line.StartsWith('|') && line.Contains("`opt_", StringComparison.Ordinal)).Select(line => line.Split('|')))
        {
            rows.Add(cells[2], cells[3]);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void What_a_row_names_is_here_and_recorded(string here, string recordings)
    {
        string[] names = [.. Name().Matches(here).Select(match => match.Groups["name"].Value).Where(name => char.IsUpper(name[0]) && name != "Sign")];
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.NotNull(typeof(Rule).Assembly.GetType("Optim." + name)));
        Assert.All(Name().Matches(recordings), match =>
        {
            string file = Path.Combine(AppContext.BaseDirectory, "golden", match.Groups["name"].Value + ".json");
            Assert.True(File.Exists(file), file);

            // Held to its numbers: replayed from the file, step by step.
            Assert.All(Replayer.ReplayFile(file), result => Assert.Equal(Outcome.Passed, result.Outcome));
        });
    }

    [Fact]
    public void A_rule_is_a_value()
    {
        var rule = new Lion { LearningRate = 1e-4, WeightDecay = 0.1 };           // create_optimizer(model, "lion", lr=1e-4, weight_decay=0.1)
        var wrapped = new Lookahead(rule) { SyncPeriod = 5 };                     // Lookahead(optimizer, k=5)
        var masked = new Cautious(rule.AsDirection()).Then(new ScaleByLearningRate(1e-4));

        Assert.All<Rule>([rule, wrapped, masked], each => Assert.True(Optimizer.Fold(Optimizer.Init(each, parameters), 20, p => p).Parameters.Norm() < parameters.Norm(), each.ToString()));
    }

    private static string[] Page() => File.ReadAllLines(Path.Combine(Repository.Root, "docs", "from-pytorch-optimizer.md"));

    [GeneratedRegex("`(?<name>[A-Za-z0-9_]+)`")]
    private static partial Regex Name();
}
