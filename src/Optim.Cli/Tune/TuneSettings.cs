using System.Globalization;
using Optim.Cli.Train;
using Optim.Tuning;

namespace Optim.Cli.Tune;

/// <summary>The settings of a tuning run.</summary>
/// <param name="Subject">Images and model.</param>
/// <param name="Optimizers">The optimizers to choose from.</param>
/// <param name="Epochs">How often each image is seen in a trial that is not pruned.</param>
/// <param name="Folds">The number of folds per trial.</param>
/// <param name="Trials">The number of trials.</param>
/// <param name="Sampler">tpe or random.</param>
/// <param name="Pruner">asha or none.</param>
/// <param name="Threads">How many trials run at the same time.</param>
/// <param name="Finalists">How many of the best trials are re-evaluated before one is chosen; 1 for the best without re-evaluation.</param>
/// <param name="Repeats">The number of re-evaluations of finalists, and of training runs for the final comparison with the default.</param>
/// <param name="Timeout">The time limit; null for none.</param>
/// <param name="File">The study's file; null for none.</param>
internal sealed record TuneSettings(
    Subject Subject, IReadOnlyList<OptimizerChoice> Optimizers, int Epochs, int Folds, int Trials, string Sampler, string Pruner, int Threads, int Finalists, int Repeats, TimeSpan? Timeout, FileInfo? File)
{
    // Rungs at a quarter of the epochs and at half of them, one in two going on: harder, only high rates that fall fast at first survive, schedules that begin low have no
    // chance, and TPE has little to learn from (with rungs from a tenth on, 57 of 60 trials on the digits were pruned, among them AdamW as it comes, which ends
    // better than what pruned it).
    private const int FirstRung = 4, Halving = 2;

    /// <summary>The database in which the study is shared; null for none.</summary>
    public StudyAddress? Shared { get; init; }

    /// <summary>The study of the settings.</summary>
    public Study Study(TuneSpace space) => new(space.Space)
    {
        First = [.. Optimizers.Select(choice => space.Usual(choice, Subject.Settings.HasImages))],
        Sampler = Sampler == "tpe" ? new TpeSampler() : new RandomSampler(),
        Pruner = Pruner == "asha" ? new SuccessiveHalving { MinResource = Math.Max(1, Epochs / FirstRung), ReductionFactor = Halving } : Optim.Tuning.Pruner.None,
        Seed = Subject.Settings.Seed,
        Objective = FormattableString.Invariant($"validation loss after {Epochs} epochs, mean of {Folds} folds, on {Subject.InWords}"),
    };

    /// <summary>The command line that runs the same trials; with one thread the same results.</summary>
    public string CommandLine => string.Create(
        CultureInfo.InvariantCulture,
        $"optim tune --trials {Trials} --sampler {Sampler} --pruner {Pruner} --optimizers {string.Join(',', Optimizers.Select(choice => choice.Name))} --epochs {Epochs} --folds {Folds} {Subject.Options} --threads {Threads} --finalists {Finalists} --repeats {Repeats}{(Shared is not null ? $" --study '{Shared.Shown}'" : File is null ? "" : $" --study {File}")}");
}
