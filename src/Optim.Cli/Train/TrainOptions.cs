using System.CommandLine;
using Optim.Cli.Completion;
using Optim.Cli.Reports;
using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>The options of <c>optim train</c>. Those that decide the numbers are texts here, so that a checkpoint can keep them: <see cref="TrainSettings"/> says what they mean.</summary>
internal sealed class TrainOptions
{
    private const int MostThreads = 1024;

    private readonly Dictionary<string, Option<string[]>> texts = new(StringComparer.Ordinal)
    {
        ["data"] = Text("data", "folder|digits", "A folder with images in IDX files, as MNIST and Fashion-MNIST come; or the 1,797 digits that are in the program. [default: digits]"),
        ["model"] = Text("model", "name", $"What to train: {string.Join(", ", Models.Names)}. [default: cnn, for the digits mlp]", Models.Names),
        ["optimizer"] = Text("optimizer", "name", "One of 'optim rules', or momentum or nesterov. [default: adamw]", OptimizerChoice.Names),
        ["learning-rate"] = Text("learning-rate", "rate", "What the schedule is made from. [default: what is usual for the optimizer and the data]"),
        ["weight-decay"] = Text("weight-decay", "number", "The weight decay. [default: the optimizer's own]"),
        ["set"] = Text("set", "name=value", "Other hyperparameters, with commas between them: Beta2=0.99,AmsGrad=true. 'optim rules NAME' shows which there are."),
        ["schedule"] = Text("schedule", "name", $"Of the learning rate: {string.Join("; ", NamedSchedule.All.Select(s => $"{s.Name} ({s.Summary})"))}. [default: cosine]", NamedSchedule.Names),
        ["clip"] = Text("clip", "norm", "The norm that the gradient is clipped to. [default: none]"),
        ["epochs"] = Text("epochs", "number", "How often each image is seen. [default: 5, for the digits 30]"),
        ["batch-size"] = Text("batch-size", "number", "Images a step. [default: 128, for the digits 32]"),
        ["seed"] = Text("seed", "number", "Decides initial weights, batches and dropout (and which digits are held out). [default: 1]"),
        ["precision"] = Text("precision", "float|double", "The numbers. [default: float, for the digits double]", ["float", "double"]),
        ["backend"] = Text("backend", "name", "Who does the arithmetic: simd (the same bits everywhere), mkl-matrices (Intel MKL for matrices), mkl. [default: mkl-matrices where there is Intel MKL, for the digits simd]", [.. BackendOption.KnownNames]),
    };

    private readonly Option<int> threads = SharedOptions.WholeNumber(
        "--threads", "The most threads. No number depends on it.", Math.Min(Environment.ProcessorCount, MostThreads), 1, MostThreads);

    private readonly Option<FileInfo?> checkpoint = new("--checkpoint")
    {
        Description = "Saves the training to this file after each epoch and when it is interrupted.", HelpName = "file",
    };

    private readonly Option<bool> resume = new("--resume") { Description = "Goes on from --checkpoint, with the options that it was begun with." };

    private readonly Option<bool> quiet = SharedOptions.Quiet();

    /// <summary>Where the report goes.</summary>
    public ReportOptions Report { get; } = new(hasRuns: true);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (string name in TrainSettings.Names)
        {
            command.Options.Add(texts[name]);
        }

        foreach (Option option in (Option[])[threads, checkpoint, resume, quiet])
        {
            command.Options.Add(option);
        }

        Report.AddTo(command);
    }

    /// <summary>The texts that were given, by the names of their options.</summary>
    public IReadOnlyDictionary<string, string> Given(ParseResult parse) => texts
        .Where(option => parse.GetResult(option.Value) is { Implicit: false })
        .ToDictionary(option => option.Key, option => string.Join(',', parse.GetRequiredValue(option.Value)), StringComparer.Ordinal);

    /// <summary>The most threads.</summary>
    public int Threads(ParseResult parse) => parse.GetValue(threads);

    /// <summary>The checkpoint; null for none.</summary>
    public FileInfo? Checkpoint(ParseResult parse) => parse.GetValue(checkpoint);

    /// <summary>Whether to go on from the checkpoint.</summary>
    public bool Resume(ParseResult parse) => parse.GetValue(resume);

    /// <summary>Whether progress is not shown.</summary>
    public bool Quiet(ParseResult parse) => parse.GetValue(quiet);

    private static Option<string[]> Text(string name, string value, string description, IReadOnlyCollection<string>? names = null)
    {
        var option = new Option<string[]>("--" + name) { Description = description, HelpName = value, Arity = ArgumentArity.OneOrMore };
        if (name != "set")
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens.Count > 1)
                {
                    result.AddError($"--{name} must be given once, was {string.Join(" and ", result.Tokens.Select(token => $"'{token.Value}'"))}.");
                }
            });
        }

        if (names is not null)
        {
            option.CompletionSources.Add(ListCompletion.Of(names));
        }

        return option;
    }
}
