using System.CommandLine;
using Optim.Cli.Reports;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.Networks;

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

    private readonly Option<string?> data = new("--data")
    {
        Description = "A folder with images in IDX files, as MNIST and Fashion-MNIST come, in place of the digits.", HelpName = "folder",
    };

    private readonly Option<string?> model = new("--model")
    {
        Description = $"With --data: what to train, {string.Join(" or ", Models.Names)}. [default: cnn]", HelpName = "name",
    };

    private readonly Option<int> epochs = SharedOptions.WholeNumber(
        "--epochs", "How often each digit or image is seen; with --data 5 when left out.", CompareSettings.DefaultEpochs, 1, MostEpochs);

    private readonly Option<int> batchSize = SharedOptions.WholeNumber(
        "--batch-size", "Digits or images a step; with --data 128 when left out.", CompareSettings.DefaultBatchSize, 1, int.MaxValue);

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
        "--threads", "How many optimizers train at the same time. The numbers do not depend on it; the times compare best with 1. With --data: of each batch, all processors when left out.",
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

    /// <summary>Where the results go.</summary>
    public ReportOptions Report { get; } = new();

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="FormatException">An optimizer or a learning rate is wrong, or they do not go together.</exception>
    /// <exception cref="IOException">The data cannot be read.</exception>
    public CompareSettings Settings(ParseResult parse)
    {
        string? folder = parse.GetValue(data), network = parse.GetValue(model);
        if (folder is null && network is not null)
        {
            throw new FormatException("--model needs --data: the digits have a network of their own.");
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

    /// <summary>Whether progress is not shown.</summary>
    public bool Quiet(ParseResult parse) => parse.GetValue(quiet);
}
