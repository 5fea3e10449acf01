using System.CommandLine;
using Optim.Cli.Completion;
using Optim.Cli.Reports;
using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>The options of <c>optim train</c>. Those that affect results are kept as text, so that a checkpoint can store them: <see cref="TrainSettings"/> parses them.</summary>
internal sealed class TrainOptions
{
    private const int MostThreads = 1024;

    private readonly Dictionary<string, Option<string[]>> texts = new(StringComparer.Ordinal)
    {
        ["data"] = Text("data", "path|digits", "A table (CSV with a header), a folder with images in IDX files (MNIST, Fashion-MNIST, EMNIST), a folder of class folders with PNG or JPEG; or the 1,797 built-in digits. [default: digits]"),
        ["target"] = Text("target", "column", "Of a table: the column to predict."),
        ["task"] = Text("task", "name", "Of a table: whether the target is a class or a number: classes, regression. [default: classes for texts and few whole numbers]", ["classes", "regression"]),
        ["hold-out"] = Text("hold-out", "fraction", "The fraction to test on, where the data have no part for it. [default: 0.2; for IDX files none]"),
        ["image-size"] = Text("image-size", "size", "Of a folder of class folders: the size to cut and resize its images to, as 28, 28x20 (width x height) or usual, the most frequent one. [default: they must all be of one size]"),
        ["model"] = Text("model", "name", $"What to train: {string.Join(", ", Models.Names)}. [default: cnn for images, else mlp]", Models.Names),
        ["optimizer"] = Text("optimizer", "name", "One of 'optim rules', or momentum or nesterov. [default: adamw]", OptimizerChoice.Names),
        ["learning-rate"] = Text("learning-rate", "rate", "The base learning rate of the schedule. [default: what is usual for the optimizer and the data]"),
        ["weight-decay"] = Text("weight-decay", "number", "The weight decay. [default: the optimizer's own]"),
        ["set"] = Text("set", "name=value", "Other hyperparameters, separated by commas: Beta2=0.99,AmsGrad=true. 'optim rules NAME' lists them."),
        ["schedule"] = Text("schedule", "name", $"The learning-rate schedule: {string.Join("; ", NamedSchedule.All.Select(s => $"{s.Name} ({s.Summary})"))}. [default: cosine]", NamedSchedule.Names),
        ["clip"] = Text("clip", "norm", "The maximum gradient norm. [default: none]"),
        ["epochs"] = Text("epochs", "number", "The number of epochs. [default: 5, for the digits 30, for a table 100]"),
        ["batch-size"] = Text("batch-size", "number", "Batch size. [default: 128 for images, else 32]"),
        ["shards"] = Text("shards", "number", "Cut each batch into this many parts, a power of two, whose mean has the same bits on any number of ranks. [default: none; with --distributed 16]"),
        ["seed"] = Text("seed", "number", "Determines initial weights, batches and dropout (and which digits are held out). [default: 1]"),
        ["precision"] = Text("precision", "float|double", "The precision. [default: float for images, else double]", ["float", "double"]),
        ["backend"] = Text("backend", "name", "The backend: simd (the same bits everywhere), mkl-matrices (Intel MKL for matrices), mkl. [default: for images mkl-matrices if Intel MKL is installed, else simd]", [.. BackendOption.KnownNames]),
    };

    private readonly Option<int> threads = SharedOptions.WholeNumber(
        "--threads", "The maximum number of threads. No result depends on it.", Math.Min(Environment.ProcessorCount, MostThreads), 1, MostThreads);

    private readonly Option<FileInfo?> checkpoint = new("--checkpoint")
    {
        Description = "Save the run to this file after each epoch and when interrupted.", HelpName = "file",
    };

    private readonly Option<bool> resume = new("--resume") { Description = "Resume from --checkpoint, with its original options." };

    private readonly Option<bool> distributed = new("--distributed") { Description = "Compute the shards of each batch on the ranks that mpiexec has started: mpiexec -n 4 optim train --distributed. The result has the bits of one process with --shards." };

    private readonly Option<bool> divideStates = new("--divide-states") { Description = "With --distributed: each rank keeps a part of the optimizer's state alone, so that its memory falls with the number of ranks. The same bits." };

    private readonly Option<bool> quiet = SharedOptions.Quiet();

    /// <summary>The report's destinations.</summary>
    public ReportOptions Report { get; } = new(hasRuns: true);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (string name in TrainSettings.Names)
        {
            command.Options.Add(texts[name]);
        }

        foreach (Option option in (Option[])[threads, checkpoint, resume, distributed, divideStates, quiet])
        {
            command.Options.Add(option);
        }

        Report.AddTo(command);
    }

    /// <summary>The given option values, by name.</summary>
    public IReadOnlyDictionary<string, string> Given(ParseResult parse) => texts
        .Where(option => parse.GetResult(option.Value) is { Implicit: false })
        .ToDictionary(option => option.Key, option => string.Join(',', parse.GetRequiredValue(option.Value)), StringComparer.Ordinal);

    /// <summary>The maximum number of threads.</summary>
    public int Threads(ParseResult parse) => parse.GetValue(threads);

    /// <summary>The checkpoint; null for none.</summary>
    public FileInfo? Checkpoint(ParseResult parse) => parse.GetValue(checkpoint);

    /// <summary>Whether to resume from the checkpoint.</summary>
    public bool Resume(ParseResult parse) => parse.GetValue(resume);

    /// <summary>Whether the training is one of several ranks'.</summary>
    public bool Distributed(ParseResult parse) => parse.GetValue(distributed);

    /// <summary>Whether each rank keeps a part of the optimizer's state alone.</summary>
    public bool DivideStates(ParseResult parse) => parse.GetValue(divideStates);

    /// <summary>Whether progress is not shown.</summary>
    public bool Quiet(ParseResult parse) => parse.GetValue(quiet);

    private static Option<string[]> Text(string name, string value, string description, IReadOnlyCollection<string>? names = null)
    {
        var option = new Option<string[]>("--" + name, name switch { "learning-rate" => ["--lr"], "weight-decay" => ["--wd"], _ => [] }) { Description = description, HelpName = value, Arity = ArgumentArity.OneOrMore };
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
