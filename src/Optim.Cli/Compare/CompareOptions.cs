using System.CommandLine;
using Optim.Cli.Reports;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Compare;

/// <summary>The options of <c>optim compare</c>: parsing, and the resulting settings.</summary>
internal sealed class CompareOptions
{
    private const int MostEpochs = 10_000, MostThreads = 1024;

    private readonly Option<string[]> optimizers = new("--optimizers")
    {
        Description = "The optimizers, separated by commas; 'all' for every one that needs only a gradient.",
        HelpName = "names",
        DefaultValueFactory = _ => [Contestant.Usual],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> data = new("--data")
    {
        Description = "A folder with images in IDX files, like MNIST and Fashion-MNIST, instead of the digits.", HelpName = "folder",
    };

    private readonly Option<string?> model = new("--model")
    {
        Description = $"With --data: what to train, {string.Join(" or ", Models.Names)}. [default: cnn]", HelpName = "name",
    };

    private readonly Option<int> epochs = SharedOptions.WholeNumber(
        "--epochs", "The number of epochs; with --data 5 by default.", CompareSettings.DefaultEpochs, 1, MostEpochs);

    private readonly Option<int> batchSize = SharedOptions.WholeNumber(
        "--batch-size", "Batch size; with --data 128 by default.", CompareSettings.DefaultBatchSize, 1, int.MaxValue);

    private readonly Option<long> seed = SharedOptions.WholeNumber<long>(
        "--seed", "Determines the held-out fifth, the initial weights and the batches; the same seed gives the same results on every machine.",
        CompareSettings.DefaultSeed, long.MinValue, long.MaxValue);

    private readonly Option<string[]> learningRates = new("--learning-rate")
    {
        Description = "Learning rates to use instead of the defaults, separated by commas: adam=0.01,sgd=0.2.",
        HelpName = "name=rate",
        DefaultValueFactory = _ => [],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> threads = SharedOptions.WholeNumber(
        "--threads", "How many optimizers train in parallel. Results do not depend on it; times are most comparable with 1. With --data: threads per batch, by default all processors.",
        CompareSettings.DefaultThreads, 1, MostThreads);

    private readonly Option<bool> quiet = SharedOptions.Quiet();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        model.CompletionSources.Add([.. Models.Names]);
        optimizers.CompletionSources.Add(Completion.ListCompletion.Of([Contestant.Everyone, .. Contestant.All.Select(contestant => contestant.Name)]));
        foreach (Option option in (Option[])[data, model, optimizers, epochs, batchSize, seed, learningRates, threads, quiet])
        {
            command.Options.Add(option);
        }

        Report.AddTo(command);
    }

    /// <summary>The destinations of the results.</summary>
    public ReportOptions Report { get; } = new();

    /// <summary>The settings of the command line.</summary>
    /// <exception cref="FormatException">An optimizer or a learning rate is invalid, or they do not match.</exception>
    /// <exception cref="IOException">The data cannot be read.</exception>
    public CompareSettings Settings(ParseResult parse)
    {
        string? folder = parse.GetValue(data), network = parse.GetValue(model);
        if (folder is null && network is not null)
        {
            throw new FormatException("--model needs --data: the digits have their own network.");
        }

        bool images = folder is not null;
        var contestants = ContestantList.Parse(
            images && IsLeftOut(optimizers) ? [Contestant.UsualOnImages] : parse.GetRequiredValue(optimizers), parse.GetRequiredValue(learningRates),
            images ? [.. Contestant.All.Where(contestant => !contestant.FullBatches).Select(contestant => contestant with { LearningRate = ImageComparison.UsualRate(contestant) })] : null);
        var task = images ? ComparisonTask.Of(folder!, TrainSettings.ModelOf(network ?? "cnn")) : ComparisonTask.SmallDigits;
        int batch = images && IsLeftOut(batchSize) ? CompareSettings.ImageBatchSize : parse.GetValue(batchSize);
        if (batch > task.TrainingCount)
        {
            throw new FormatException(FormattableString.Invariant($"--batch-size must be a whole number from 1 to {task.TrainingCount}, was '{batch}'."));
        }

        return new(
            contestants, images && IsLeftOut(epochs) ? CompareSettings.ImageEpochs : parse.GetValue(epochs), batch, parse.GetValue(seed),
            images && IsLeftOut(threads) ? Environment.ProcessorCount : parse.GetValue(threads))
        {
            Task = task,
        };

        bool IsLeftOut(Option option) => parse.GetResult(option) is null or { Implicit: true };
    }

    /// <summary>Whether to hide progress.</summary>
    public bool Quiet(ParseResult parse) => parse.GetValue(quiet);
}
