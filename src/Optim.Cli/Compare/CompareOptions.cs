using System.CommandLine;
using Optim.Cli.Reports;

namespace Optim.Cli.Compare;

/// <summary>The options of <c>optim compare</c>: what they accept, and the settings they add up to.</summary>
internal sealed class CompareOptions
{
    private const int MostEpochs = 10_000, MostThreads = 1024;

    private readonly Option<string[]> optimizers = new("--optimizers")
    {
        Description = "The optimizers, with commas between them; 'all' for every one that a gradient is enough for.",
        HelpName = "names",
        DefaultValueFactory = _ => [Contestant.Usual],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> epochs = SharedOptions.WholeNumber(
        "--epochs", "How often each digit is seen.", CompareSettings.DefaultEpochs, 1, MostEpochs);

    private readonly Option<int> batchSize = SharedOptions.WholeNumber(
        "--batch-size", "Digits a step.", CompareSettings.DefaultBatchSize, 1, Training.Digits.TrainingCount);

    private readonly Option<long> seed = SharedOptions.WholeNumber<long>(
        "--seed", "Decides the held-out fifth, the initial weights and the batches; the same seed gives the same numbers on every machine.",
        CompareSettings.DefaultSeed, long.MinValue, long.MaxValue);

    private readonly Option<string[]> learningRates = new("--learning-rate")
    {
        Description = "Learning rates in place of the defaults, with commas between them: adam=0.01,sgd=0.2.",
        HelpName = "name=rate",
        DefaultValueFactory = _ => [],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> threads = SharedOptions.WholeNumber(
        "--threads", "How many optimizers train at the same time. The numbers do not depend on it; the times compare best with 1.",
        CompareSettings.DefaultThreads, 1, MostThreads);

    private readonly Option<bool> quiet = SharedOptions.Quiet();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        optimizers.CompletionSources.Add(Completion.ListCompletion.Of([Contestant.Everyone, .. Contestant.All.Select(contestant => contestant.Name)]));
        foreach (Option option in (Option[])[optimizers, epochs, batchSize, seed, learningRates, threads, quiet])
        {
            command.Options.Add(option);
        }

        Report.AddTo(command);
    }

    /// <summary>Where the results go.</summary>
    public ReportOptions Report { get; } = new();

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="FormatException">An optimizer or a learning rate is wrong, or they do not go together.</exception>
    public CompareSettings Settings(ParseResult parse) => new(
        ContestantList.Parse(parse.GetRequiredValue(optimizers), parse.GetRequiredValue(learningRates)),
        parse.GetValue(epochs), parse.GetValue(batchSize), parse.GetValue(seed), parse.GetValue(threads));

    /// <summary>Whether progress is not shown.</summary>
    public bool Quiet(ParseResult parse) => parse.GetValue(quiet);
}
