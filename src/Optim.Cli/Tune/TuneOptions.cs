using System.CommandLine;
using System.Globalization;
using Optim.Cli.Completion;
using Optim.Cli.Reports;
using Optim.Cli.Train;

namespace Optim.Cli.Tune;

/// <summary>The options of <c>optim tune</c>.</summary>
internal sealed class TuneOptions
{
    private const string UsualOptimizers = "sgd,rmsprop,adam,adamw,lion";

    private readonly Option<int> trials = SharedOptions.WholeNumber("--trials", "The number of trials; with --resume, including earlier ones.", 60, 1, 100_000);

    private readonly Option<string> sampler = Known("--sampler", "The sampler: tpe (learns from the trials so far) or random.", "tpe", "random");

    private readonly Option<string> pruner = Known("--pruner", "The pruner, which ends bad trials early: asha (successive halving) or none.", "asha", "none");

    private readonly Option<string[]> optimizers = new("--optimizers")
    {
        Description = "The optimizers to choose from, separated by commas.", HelpName = "names", DefaultValueFactory = _ => [UsualOptimizers], AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int?> epochs = new("--epochs") { Description = "The number of epochs of an unpruned trial. [default: 5, for the digits 60]", HelpName = "number" };

    private readonly Option<int?> folds = new("--folds")
    {
        Description = "The number of cross-validation folds: a trial trains one model per fold, each validated on another fifth of the training images; the mean counts. [default: 1, for the digits 5]", HelpName = "1 to 5",
    };

    private readonly Option<int> threads = SharedOptions.WholeNumber(
        "--threads", "The number of parallel trials. With 1 the trials depend only on the seed.", Math.Min(2, Environment.ProcessorCount), 1, 1024);

    private readonly Option<int> finalists = SharedOptions.WholeNumber(
        "--finalists", "How many of the best trials, with the default, are re-evaluated on other folds with other weights before one is chosen: the best of many is partly luck. 1: no re-evaluation.", 5, 1, 1000);

    private readonly Option<int?> repeats = new("--repeats")
    {
        Description = "The number of re-evaluations of the finalists, and of training runs, each with other weights, for comparing the best with the default on the held-out images. [default: 1, for the digits 5]", HelpName = "number",
    };

    private readonly Option<string?> timeout = new("--timeout") { Description = "The time limit: 90s, 20m, 2h.", HelpName = "time" };

    private readonly Option<string?> study = new("--study")
    {
        Description = "Keep every trial in this file (SQLite): if killed at any instant, no finished trial is lost. Or postgres://user@host/database?study=NAME: any number of processes, on any machines, share the study.", HelpName = "file|postgres://...",
    };

    private readonly Option<bool> resume = new("--resume") { Description = "Continue the trials of --study." };

    private readonly Option<bool> quiet = SharedOptions.Quiet();

    private readonly SubjectOptions subject = new();

    /// <summary>Where the results go.</summary>
    public ReportOptions Report { get; } = new();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        optimizers.CompletionSources.Add(ListCompletion.Of([.. Choosable.Select(choice => choice.Name)]));
        foreach (Option option in (Option[])[trials, sampler, pruner, optimizers, epochs, folds])
        {
            command.Options.Add(option);
        }

        subject.AddTo(command);
        foreach (Option option in (Option[])[threads, finalists, repeats, timeout, study, resume, quiet])
        {
            command.Options.Add(option);
        }

        Report.AddTo(command);
    }

    /// <summary>Whether progress is not shown.</summary>
    public bool Quiet(ParseResult parse) => parse.GetValue(quiet);

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="FormatException">An option is invalid, or options do not go together.</exception>
    /// <exception cref="IOException">The images cannot be read, or are invalid.</exception>
    public TuneSettings Settings(ParseResult parse)
    {
        string? place = parse.GetValue(study);
        var shared = StudyAddress.Parse(place);
        var file = place is null || shared is not null ? null : new FileInfo(place);
        bool resumed = parse.GetValue(resume);
        if (resumed && place is null)
        {
            throw new FormatException("--resume needs --study: it is the file to go on from.");
        }

        if (resumed && file is { Exists: false })
        {
            throw new FormatException($"--resume needs a study to go on with; there is no file '{file}'.");
        }

        if (!resumed && file is { Exists: true })
        {
            throw new FormatException($"--study '{file}' exists already: add --resume to go on with it, or name another file.");
        }

        var chosen = Subject.Of(subject.Given(parse));
        bool images = chosen.Settings.HasImages;
        return new(
            chosen, Optimizers(parse), AtLeastOne(parse.GetValue(epochs), "--epochs") ?? (images ? 5 : 60), Folds(parse.GetValue(folds) ?? (images ? 1 : 5)), parse.GetValue(trials), parse.GetRequiredValue(sampler), parse.GetRequiredValue(pruner),
            parse.GetValue(threads), parse.GetValue(finalists), AtLeastOne(parse.GetValue(repeats), "--repeats") ?? (images ? 1 : 5), Time(parse.GetValue(timeout)), file) { Shared = shared };
    }

    private static IEnumerable<OptimizerChoice> Choosable => OptimizerChoice.All.Where(choice => !choice.NeedsObjective);

    private List<OptimizerChoice> Optimizers(ParseResult parse)
    {
        var chosen = new List<OptimizerChoice>();
        string[] known = [.. Choosable.Select(choice => choice.Name)];
        foreach (string name in parse.GetRequiredValue(optimizers).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            var choice = Choosable.FirstOrDefault(choice => choice.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new FormatException($"--optimizers must hold known names, was '{name}'; {UnknownName.Hint(name, known)}");
            if (chosen.Contains(choice))
            {
                throw new FormatException($"--optimizers must hold each name once, '{choice.Name}' occurs twice.");
            }

            chosen.Add(choice);
        }

        return chosen.Count is > 0 and <= 7 ? chosen : throw new FormatException(FormattableString.Invariant($"--optimizers must hold 1 to 7 names, held {chosen.Count}."));
    }

    private static TimeSpan? Time(string? text)
    {
        if (text is null)
        {
            return null;
        }

        double unit = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        return unit > 0 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count) && count > 0 && count * unit < 1e6
            ? TimeSpan.FromSeconds(count * unit)
            : throw new FormatException($"--timeout must be a time such as 90s, 20m or 2h, was '{text}'.");
    }

    private static int Folds(int value) => value is >= 1 and <= Subject.MostFolds
        ? value
        : throw new FormatException(FormattableString.Invariant($"--folds must be a whole number from 1 to {Subject.MostFolds}, was '{value}'."));

    private static int? AtLeastOne(int? value, string name) =>
        value is null or >= 1 ? value : throw new FormatException(FormattableString.Invariant($"{name} must be a whole number of 1 or more, was '{value}'."));

    private static Option<string> Known(string name, string description, params string[] choices)
    {
        var option = new Option<string>(name) { Description = description, HelpName = string.Join('|', choices), DefaultValueFactory = _ => choices[0] };
        option.CompletionSources.Add(choices);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !choices.Contains(result.Tokens[^1].Value))
            {
                result.AddError($"{name} must be {string.Join(" or ", choices)}, was '{result.Tokens[^1].Value}'.");
            }
        });
        return option;
    }
}
