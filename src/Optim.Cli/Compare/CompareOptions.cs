using System.CommandLine;
using Optim.Cli.Reports;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.Cli.Training.Sources;
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
        Description = "Instead of the digits: a table (CSV with a header), a folder with images in IDX files (MNIST, Fashion-MNIST, EMNIST), or a folder of class folders with PNG or JPEG.", HelpName = "path",
    };

    private readonly Option<string?> target = new("--target") { Description = "Of a table: the column to predict.", HelpName = "column" };

    private readonly Option<string?> task = new("--task") { Description = "Of a table: classes or regression. [default: classes for texts and few whole numbers]", HelpName = "name" };

    private readonly Option<string?> holdOut = new("--hold-out") { Description = "With --data: the fraction to test on, where the data have no part for it. [default: 0.2; for IDX files none]", HelpName = "fraction" };

    private readonly Option<string?> imageSize = new("--image-size") { Description = "Of a folder of class folders: the size to cut and resize its images to, as 28, 28x20 (width x height) or usual, the most frequent one. [default: they must all be of one size]", HelpName = "size" };

    private readonly Option<string?> model = new("--model")
    {
        Description = $"With --data: what to train, {string.Join(" or ", Models.Names)}. [default: cnn for images, mlp for a table]", HelpName = "name",
    };

    private readonly Option<int> epochs = SharedOptions.WholeNumber(
        "--epochs", "The number of epochs; by default 5 for images of one's own.", CompareSettings.DefaultEpochs, 1, MostEpochs);

    private readonly Option<int> batchSize = SharedOptions.WholeNumber(
        "--batch-size", "Batch size; by default 128 for images of one's own.", CompareSettings.DefaultBatchSize, 1, int.MaxValue);

    private readonly Option<long> seed = SharedOptions.WholeNumber<long>(
        "--seed", "Determines what is held out, the initial weights and the batches; the same seed gives the same results on every machine.",
        CompareSettings.DefaultSeed, long.MinValue, long.MaxValue);

    private readonly Option<int> seeds = SharedOptions.WholeNumber(
        "--seeds", "The number of seeds, --seed and its successors, for weights and batches; what is held out is that of the first. Medians with quartiles, and which differences are within the noise.", 1, 1, 1000);

    private readonly Option<int> tune = SharedOptions.WholeNumber(
        "--tune", "First find each optimizer's learning rate, in so many trials each, on a fifth of what is trained on; 0 for the usual rates.", 0, 0, 10_000);

    private readonly Option<string[]> learningRates = new("--learning-rate", "--lr")
    {
        Description = "Learning rates to use instead of the defaults: 0.01 for all, or by name, separated by commas: adam=0.01,sgd=0.2.",
        HelpName = "rate",
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
        foreach (Option option in (Option[])[data, target, task, holdOut, imageSize, model, optimizers, epochs, batchSize, seed, seeds, tune, learningRates, threads, quiet])
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

        var texts = new (string Name, Option<string?> Option)[] { ("target", target), ("task", task), ("hold-out", holdOut), ("image-size", imageSize) }
            .Where(text => parse.GetValue(text.Option) is not null).ToDictionary(text => text.Name, text => parse.GetValue(text.Option)!, StringComparer.Ordinal);
        if (folder is null && texts.Count > 0)
        {
            throw new FormatException($"--{texts.Keys.First()} needs --data: it is about one's own data.");
        }

        bool own = folder is not null, images = own && !DataSource.IsTable(folder!);
        var contestants = ContestantList.Parse(
            own && IsLeftOut(optimizers) ? [Contestant.UsualOnImages] : parse.GetRequiredValue(optimizers), parse.GetRequiredValue(learningRates),
            own ? [.. Contestant.All.Where(contestant => !contestant.FullBatches).Select(contestant => contestant with { LearningRate = ImageComparison.UsualRate(contestant, images) })] : null);
        long first = parse.GetValue(seed);
        var compared = own ? ComparisonTask.Of(folder!, TrainSettings.SourceOf(texts), TrainSettings.ModelOf(network ?? (images ? "cnn" : "mlp")), first) : ComparisonTask.SmallDigits;
        int batch = IsLeftOut(batchSize) ? Math.Min(images ? CompareSettings.ImageBatchSize : CompareSettings.DefaultBatchSize, compared.TrainingCount) : parse.GetValue(batchSize);
        if (batch > compared.TrainingCount)
        {
            throw new FormatException(FormattableString.Invariant($"--batch-size must be a whole number from 1 to {compared.TrainingCount}, was '{batch}'."));
        }

        return new(
            contestants, images && IsLeftOut(epochs) ? CompareSettings.ImageEpochs : parse.GetValue(epochs), batch, first,
            images && IsLeftOut(threads) ? Environment.ProcessorCount : parse.GetValue(threads))
        {
            Task = compared,
            Seeds = parse.GetValue(seeds),
            Tune = parse.GetValue(tune),
        };

        bool IsLeftOut(Option option) => parse.GetResult(option) is null or { Implicit: true };
    }

    /// <summary>Whether to hide progress.</summary>
    public bool Quiet(ParseResult parse) => parse.GetValue(quiet);
}
