using System.CommandLine;
using System.Globalization;
using Optim.Cli.Compare;
using Optim.Cli.Reports;
using Optim.Reports;

namespace Optim.Cli.Landscapes;

/// <summary>The options of <c>optim landscape</c>.</summary>
internal sealed class LandscapeOptions
{
    private const int MostSteps = 10_000;

    private readonly Argument<string?> name = new("name") { Description = "The landscape; --list shows them all.", Arity = ArgumentArity.ZeroOrOne, HelpName = "name" };

    private readonly Option<bool> list = new("--list") { Description = "Lists the landscapes." };

    private readonly Option<string[]> optimizers = new("--optimizers")
    {
        Description = "The optimizers, separated by commas: up to seven, so that a picture can distinguish them.",
        HelpName = "names",
        DefaultValueFactory = _ => [LandscapeRun.UsualOptimizers],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> steps = SharedOptions.WholeNumber("--steps", "The number of steps.", LandscapeRun.DefaultSteps, 1, MostSteps);

    private readonly Option<string[]> learningRates = new("--learning-rate", "--lr")
    {
        Description = "Learning rates: 0.01 for all, or by name, separated by commas: adam=0.1,sgd=0.01. For the others, the one from 0.000001 to 1 that converges lowest is used.",
        HelpName = "name=rate",
        DefaultValueFactory = _ => [],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<double> tolerance = SharedOptions.PositiveNumber(
        "--tolerance", "The distance to a minimum that counts as reaching it.", "distance", LandscapeRun.DefaultTolerance);

    // It shows no progress; scripts give it to every command.
    private readonly Option<bool> quiet = SharedOptions.Quiet();

    /// <summary>Adds argument and options to a command.</summary>
    public void AddTo(Command command)
    {
        name.CompletionSources.Add([.. Landscape.All.Select(landscape => landscape.Name)]);
        optimizers.CompletionSources.Add(Completion.ListCompletion.Of([.. Contestant.OnObjectives.Select(contestant => contestant.Name)]));
        command.Arguments.Add(name);
        foreach (Option option in (Option[])[list, optimizers, steps, learningRates, tolerance, quiet])
        {
            command.Options.Add(option);
        }

        Report.AddTo(command);
    }

    /// <summary>The destinations of the results.</summary>
    public ReportOptions Report { get; } = new();

    /// <summary>Whether to list the landscapes.</summary>
    public bool List(ParseResult parse) => parse.GetValue(list);

    /// <summary>Runs with the command line's settings.</summary>
    /// <exception cref="FormatException">A name, a rate or the tolerance is invalid.</exception>
    public Func<CancellationToken, LandscapeRun> Runner(ParseResult parse)
    {
        string[] known = [.. Landscape.All.Select(landscape => landscape.Name)];
        string wanted = parse.GetValue(name) ?? throw new FormatException($"Name a landscape: optim landscape himmelblau. Known: {string.Join(", ", known)}.");
        var landscape = Landscape.Find(wanted) ?? throw new FormatException($"The landscape must be a known one, was '{wanted}'; {UnknownName.Hint(wanted, known)}");
        string[] rates = parse.GetRequiredValue(learningRates);
        var contestants = ContestantList.Parse(parse.GetRequiredValue(optimizers), rates, Contestant.OnObjectives);
        if (contestants.Count > Chart.Colors.Count)
        {
            throw new FormatException(FormattableString.Invariant($"--optimizers must hold at most {Chart.Colors.Count} names, held {contestants.Count}."));
        }

        double distance = parse.GetValue(tolerance);
        var given = rates.SelectMany(item => item.Split(',')).Select(item => item.Split('=')[0].Trim()).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (given.Any(item => double.TryParse(item, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
        {
            given.UnionWith(contestants.Select(contestant => contestant.Name));
        }

        int count = parse.GetValue(steps);
        return cancellation => LandscapeRun.Of(landscape, contestants, given, count, distance, cancellation);
    }
}
