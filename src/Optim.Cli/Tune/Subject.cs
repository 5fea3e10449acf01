using System.CommandLine;
using System.Numerics;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Tune;

/// <summary>The subject of tuning: images, a model, batches, precision.</summary>
/// <param name="Settings">The settings of <c>optim train</c> for the same options.</param>
/// <param name="IsSmall">Whether the model is the network of <c>optim compare</c>.</param>
/// <param name="Data">The images.</param>
internal sealed record Subject(TrainSettings Settings, bool IsSmall, Dataset Data)
{
    /// <summary>The network of <c>optim compare</c>, which is only for the digits.</summary>
    public const string Small = "small";

    /// <summary>The number of parts of the training images.</summary>
    public const int MostFolds = 5;

    /// <summary>The model's name on the command line.</summary>
    public string ModelName => IsSmall ? Small : Settings.Model;

    /// <summary>A description of images and model.</summary>
    public string InWords => FormattableString.Invariant(
        $"{(Settings.HasOwnData ? Data.Name : "the digits")}, {(IsSmall ? Models.Digits.Description : $"model {Settings.Model}")}, batches of {Settings.BatchSize}, {(Settings.IsSingle ? "float" : "double")}, seed {Settings.Seed}");

    /// <summary>The options of the subject.</summary>
    public string Options => FormattableString.Invariant($"--data {TrainSettings.Quoted(Settings.Data)} {Settings.Source.CommandLine()}--model {ModelName} --batch-size {Settings.BatchSize} --seed {Settings.Seed}");

    /// <summary>The subject from a command line.</summary>
    /// <param name="texts">The options, as <see cref="TrainSettings.Of"/> takes them.</param>
    /// <exception cref="FormatException">An option is invalid.</exception>
    /// <exception cref="IOException">The images cannot be read, or are invalid.</exception>
    public static Subject Of(IReadOnlyDictionary<string, string> texts)
    {
        bool digits = texts.GetValueOrDefault("data", TrainSettings.Digits) == TrainSettings.Digits;
        bool small = texts.GetValueOrDefault("model", digits ? Small : "") == Small;
        if (small && !digits)
        {
            throw new FormatException($"--model {Small} is for the digits; for other data name one of {string.Join(", ", Models.Names)}.");
        }

        var settings = TrainSettings.Of(texts.Where(option => !(small && option.Key == "model")).ToDictionary(StringComparer.Ordinal));
        var data = TrainData.Load(settings);
        TrainData.UseBackend(settings.Backend);
        return new(settings, small, data);
    }

    /// <summary>The model.</summary>
    public Network<T> Model<T>()
        where T : unmanaged, IFloatingPointIeee754<T> =>
        IsSmall ? (Network<T>)(object)Models.Digits : Models.Named<T>(Settings.Model, Data);

    /// <summary>
    /// Cross-validation folds of the training images: all but a fifth, and that fifth. Hyperparameters are chosen on the fifths, so that the held-out images stay unseen.
    /// </summary>
    /// <param name="count">The number of folds, from 1 to <see cref="MostFolds"/>; with all of them each image is in one validation fold.</param>
    /// <param name="seed">Determines which images are in which fifth.</param>
    public IReadOnlyList<Dataset> Folds(int count, long seed) => FoldsOf(Data, count, seed);

    /// <summary>The same of any data.</summary>
    public static IReadOnlyList<Dataset> FoldsOf(Dataset data, int count, long seed)
    {
        int[] order = [.. new SeededRandom(seed, Streams.Validation).Permutation(data.Training.Count)];
        return [.. Enumerable.Range(0, count).Select(fold =>
        {
            int from = (int)((long)fold * order.Length / MostFolds), to = (int)((long)(fold + 1) * order.Length / MostFolds);
            return data with { Training = data.Training.Pick([.. order[..from], .. order[to..]]), Test = data.Training.Pick(order[from..to]) };
        })];
    }
}

/// <summary>The options that name a <see cref="Subject"/>.</summary>
internal sealed class SubjectOptions
{
    private readonly Dictionary<string, Option<string?>> texts = new(StringComparer.Ordinal)
    {
        ["data"] = Text("data", "path|digits", "A table (CSV with a header), a folder with images in IDX files (MNIST, Fashion-MNIST, EMNIST), a folder of class folders with PNG or JPEG; or the 1,797 built-in digits. [default: digits]"),
        ["target"] = Text("target", "column", "Of a table: the column to predict."),
        ["task"] = Text("task", "name", "Of a table: classes or regression. [default: classes for texts and few whole numbers]", "classes", "regression"),
        ["hold-out"] = Text("hold-out", "fraction", "The fraction to test on, where the data have no part for it. [default: 0.2; for IDX files none]"),
        ["image-size"] = Text("image-size", "size", "Of a folder of class folders: the size to cut and resize its images to, as 28, 28x20 (width x height) or usual, the most frequent one. [default: they must all be of one size]"),
        ["model"] = Text("model", "name", $"The network: {Subject.Small} (that of 'optim compare', for the digits), {string.Join(", ", Models.Names)}. [default: cnn for images, mlp for a table, for the digits {Subject.Small}]", [Subject.Small, .. Models.Names]),
        ["batch-size"] = Text("batch-size", "number", "Batch size. [default: 128 for images, else 32]"),
        ["seed"] = Text("seed", "number", "Determines what is held out, the initial weights and the batches. [default: 1]"),
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in texts.Values)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The given options.</summary>
    public Dictionary<string, string> Given(ParseResult parse) => texts
        .Where(option => parse.GetValue(option.Value) is not null)
        .ToDictionary(option => option.Key, option => parse.GetValue(option.Value)!, StringComparer.Ordinal);

    private static Option<string?> Text(string name, string value, string description, params IReadOnlyCollection<string> names)
    {
        var option = new Option<string?>("--" + name) { Description = description, HelpName = value };
        if (names.Count > 0)
        {
            option.CompletionSources.Add([.. names]);
        }

        return option;
    }
}
