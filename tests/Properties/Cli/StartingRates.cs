using System.Globalization;
using Optim.Cli.Compare;
using Optim.Cli.Training;
using Optim.Cli.Tune;
using Optim.Properties.Checking;
using Optim.Tuning;

namespace Optim.Properties.Cli;

/// <summary>
/// The starting rates of all optimizers as <c>optim tune</c> finds them: the same rates are tried of each, on the network of <c>optim compare</c>, with the same weights and batches; a trial is
/// judged by the loss on a fifth of what is trained on, which it does not see. What <c>optim compare</c> holds out stays unseen. Kept in <c>tests/tables/starting-rates.csv</c>.
/// </summary>
internal static class StartingRates
{
    public const int Epochs = 20, Seed = 1;

    private const string Rate = "learning-rate";

    private static readonly SearchSpace Space = SearchSpace.Of(SearchParameter.LogUniform(Rate, 1e-5, 10));

    // Two to a decade: the trough of the loss is seldom narrower.
    private static readonly GridSampler Sampler = new() { Points = 13 };

    /// <summary>The rates tried: 1 and 3 of each decade.</summary>
    public static IReadOnlyList<double> Tried { get; } = [.. Sampler.Grid(Space).Select(RateOf)];

    /// <summary>Every optimizer of <c>optim compare</c>, and its rule at a rate; SGD and its variants are three.</summary>
    public static IReadOnlyList<Contestant> All { get; } = [.. Contestant.All.Where(contestant => contestant.LearningRate > 0)];

    /// <summary>Trains an optimizer at every rate.</summary>
    public static Row Search(Contestant contestant)
    {
        var result = new Study(Space) { Seed = Seed, Sampler = Sampler }.Run(trial => LossAt(contestant, RateOf(trial.Parameters)), new() { Trials = Tried.Count });
        return new(contestant.Name, [.. result.Trials.OrderBy(trial => trial.Parameters.Number(Rate)).Select(trial => trial.Value ?? double.NaN)]);
    }

    /// <summary>The loss at one rate, to the four digits of the table; NaN where the run diverged.</summary>
    public static double LossAt(Contestant contestant, double rate)
    {
        var data = Digits.Load(Seed);
        var folds = Optim.Cli.Tune.Subject.FoldsOf(data, 1, Seed);
        int batch = contestant.FullBatches ? folds[0].Training.Count : CompareSettings.DefaultBatchSize;
        double loss = new Fit<double>(Models.Digits, folds, batch, Seed).Run(contestant.CreateRule(rate), Epochs, point => !double.IsFinite(point.Loss), CancellationToken.None).Loss;
        return double.IsFinite(loss) ? double.Parse(loss.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : double.NaN;
    }

    /// <summary>The table on file.</summary>
    public static IReadOnlyList<Row> OnFile() => !File.Exists(Path) ? [] :
    [
        .. File.ReadAllLines(Path).Skip(1).Select(line => line.Split(',')).Select(cells => new Row(cells[0], [.. cells[2..].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))])),
    ];

    /// <summary>Writes it anew with a row more, or another in place of one, in the order of <see cref="All"/>.</summary>
    public static void Keep(Row row)
    {
        var rows = OnFile().Where(kept => kept.Name != row.Name).Append(row).ToDictionary(kept => kept.Name, StringComparer.Ordinal);
        string[] heading = [FormattableString.Invariant($"optimizer,rate,{string.Join(',', Tried.Select(Text))}")];
        File.WriteAllLines(Path, [.. heading, .. All.Select(contestant => contestant.Name).Where(rows.ContainsKey).Select(name => rows[name].ToString())]);
    }

    private static string Path { get; } = System.IO.Path.Combine(Repository.Root, "tests", "tables", "starting-rates.csv");

    /// <summary>To one digit, so that it is a number that one writes.</summary>
    private static double RateOf(Assignment assignment) => double.Parse(assignment.Number(Rate).ToString("G1", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The losses of an optimizer at <see cref="Tried"/>; NaN where it diverged.</summary>
    public sealed record Row(string Name, IReadOnlyList<double> Losses)
    {
        /// <summary>The middle of the rates whose losses are within a quarter of the lowest, the lower of two: of a wide trough the lowest point is luck, and its upper edge is where other seeds diverge.</summary>
        public double Found
        {
            get
            {
                double lowest = Losses.Where(double.IsFinite).Min();
                double[] trough = [.. Tried.Zip(Losses).Where(at => at.Second <= 1.25 * lowest).Select(at => at.First)];
                return trough[(trough.Length - 1) / 2];
            }
        }

        public override string ToString() => FormattableString.Invariant($"{Name},{Found},{string.Join(',', Losses.Select(Text))}");
    }
}
