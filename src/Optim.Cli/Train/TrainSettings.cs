using System.Globalization;
using System.Numerics;
using Optim.Cli.Training;
using Optim.Cli.Training.Sources;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>The settings that affect a training run's results, by option name. Stored in checkpoints.</summary>
internal sealed record TrainSettings
{
    // The data are known by their contents, wherever they are; more epochs are refused where the schedule depends on them.
    private static readonly string[] MayChange = ["data", "epochs", "backend"];

    private const int MostShards = 4096, MostEpochs = 10_000, MostBatch = 1_000_000;

    /// <summary>The options, in display order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["data", "target", "task", "hold-out", "image-size", "model", "optimizer", "learning-rate", "weight-decay", "set", "schedule", "clip", "epochs", "batch-size", "shards", "seed", "precision", "backend"];

    /// <summary>The name of the built-in digits.</summary>
    public const string Digits = "digits";

    /// <summary>A folder of images, a table, or <see cref="Digits"/>.</summary>
    public required string Data { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The optimizer.</summary>
    public required OptimizerChoice Optimizer { get; init; }

    /// <summary>The base learning rate of the schedule.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The weight decay; null for the optimizer's own.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Hyperparameters, such as <c>Beta2=0.99</c>.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The schedule of the learning rate.</summary>
    public required NamedSchedule Schedule { get; init; }

    /// <summary>The maximum gradient norm; null for no clipping.</summary>
    public double? Clip { get; init; }

    /// <summary>The number of epochs.</summary>
    public required int Epochs { get; init; }

    /// <summary>The batch size; the last batch of an epoch may be smaller.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The shards that a batch is cut into, whose mean does not depend on who computes which; null where it is computed as one.</summary>
    public int? Shards { get; init; }

    /// <summary>Determines the initial weights, the batches and dropout.</summary>
    public required long Seed { get; init; }

    /// <summary>Whether to use float instead of double.</summary>
    public required bool IsSingle { get; init; }

    /// <summary>The backend.</summary>
    public required Backend Backend { get; init; }

    /// <summary>Whether the data are the user's own.</summary>
    public bool HasOwnData => Data != Digits;

    /// <summary>Whether they are the user's own images.</summary>
    public bool HasImages => HasOwnData && !DataSource.IsTable(Data);

    /// <summary>What is said about the user's own data.</summary>
    public DataOptions Source { get; init; } = new();

    /// <summary>Parses the option values; missing ones get the usual values for the data.</summary>
    /// <exception cref="FormatException">One of them is invalid; the message says which, and what is valid.</exception>
    public static TrainSettings Of(IReadOnlyDictionary<string, string> texts)
    {
        string data = texts.GetValueOrDefault("data", Digits);
        bool table = data != Digits && DataSource.IsTable(data), images = data != Digits && !table;
        var optimizer = OptimizerChoice.Find(texts.GetValueOrDefault("optimizer", "adamw"));
        bool single = texts.GetValueOrDefault("precision", images ? "float" : "double") switch
        {
            "float" => true,
            "double" => false,
            var other => throw new FormatException($"--precision must be float or double, was '{other}'."),
        };
        return new()
        {
            Data = data,
            Source = SourceOf(texts),
            Model = ModelOf(texts.GetValueOrDefault("model", images ? "cnn" : "mlp")),
            Optimizer = optimizer,
            LearningRate = Positive("learning-rate", texts) ?? optimizer.UsualRate(images),
            WeightDecay = NotNegative("weight-decay", texts),
            Set = texts.GetValueOrDefault("set", "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            Schedule = NamedSchedule.Find(texts.GetValueOrDefault("schedule", "cosine")),
            Clip = Positive("clip", texts),
            Shards = texts.ContainsKey("shards") ? PowerOfTwo(Whole("shards", texts, 1, 1, MostShards)) : null,
            Epochs = Whole("epochs", texts, images ? 5 : table ? 100 : 30, 1, MostEpochs),
            BatchSize = Whole("batch-size", texts, images ? 128 : 32, 1, MostBatch),
            Seed = Whole("seed", texts, 1L, long.MinValue, long.MaxValue),
            IsSingle = single,
            Backend = texts.TryGetValue("backend", out string? backend) ? BackendOption.Parse(backend)
                : images && Acceleration.Mkl.IsAvailable ? Backend.MklMatrices : Backend.Simd,
        };
    }

    /// <summary>The name of a model, ignoring case.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static string ModelOf(string name) => Models.Names.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"--model must be a known name, was '{name}'; {UnknownName.Hint(name, [.. Models.Names])}");

    /// <summary>What is said about one's own data.</summary>
    /// <exception cref="FormatException">An option is invalid.</exception>
    public static DataOptions SourceOf(IReadOnlyDictionary<string, string> texts) =>
        new(texts.GetValueOrDefault("target"), TaskOf(texts.GetValueOrDefault("task")), HoldOut(texts), ImageSize.Parse(texts.GetValueOrDefault("image-size")));

    private static string? TaskOf(string? task) => task is null or DataOptions.Classes or DataOptions.Regression
        ? task
        : throw new FormatException($"--task must be {DataOptions.Classes} or {DataOptions.Regression}, was '{task}'.");

    private static double? HoldOut(IReadOnlyDictionary<string, string> texts) => Number("hold-out", texts, number => number is > 0 and < 1, "a fraction between 0 and 1");

    /// <summary>The options as typed, including all that have a value.</summary>
    public IReadOnlyDictionary<string, string> Texts()
    {
        var texts = new OrderedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["data"] = Data,
        };
        Add("target", Source.Target);
        Add("task", Source.Task);
        Add("hold-out", Source.HoldOut is { } held ? Text(held) : null);
        Add("image-size", Source.ImageSize?.ToString());
        foreach (var (name, text) in new (string, string)[]
        {
            ("model", Model), ("optimizer", Optimizer.Name), ("learning-rate", Text(LearningRate)), ("schedule", Schedule.Name), ("epochs", Text(Epochs)), ("batch-size", Text(BatchSize)),
            ("seed", Text(Seed)), ("precision", IsSingle ? "float" : "double"), ("backend", BackendOption.NameOf(Backend)),
        })
        {
            texts[name] = text;
        }

        Add("weight-decay", WeightDecay is { } decay ? Text(decay) : null);
        Add("set", Set.Count > 0 ? string.Join(',', Set) : null);
        Add("clip", Clip is { } clip ? Text(clip) : null);
        Add("shards", Shards is { } shards ? Text(shards) : null);
        return texts;

        void Add(string name, string? text)
        {
            if (text is not null)
            {
                texts[name] = text;
            }
        }
    }

    /// <summary>The equivalent command line.</summary>
    public string CommandLine() => "optim train " + string.Join(' ', Names.Where(Texts().ContainsKey).Select(name => $"--{name} {Quoted(Texts()[name])}"));

    /// <summary>The rule for a run.</summary>
    /// <param name="steps">The steps of the run.</param>
    /// <param name="stepsPerEpoch">The steps per epoch.</param>
    /// <exception cref="FormatException">A hyperparameter is unknown, or its value is invalid.</exception>
    public Rule CreateRule(long steps, long stepsPerEpoch)
    {
        var rule = Optimizer.Create(Schedule.Create(LearningRate, steps, stepsPerEpoch));
        rule = OptimizerChoice.With(rule, WeightDecay is { } decay ? [.. Set, "WeightDecay=" + Text(decay)] : Set);
        return Clip is { } norm ? Clipped(rule, new ClipByGlobalNorm(norm)) : rule;
    }

    /// <summary>SAM takes the clipping inside: what is to be clipped is the gradient that steps.</summary>
    private static Rule Clipped(Rule rule, Rule clip) => rule.DeclareComposition().EvaluatesObjective && rule.DeclareInner() is [{ Rule: var inner }]
        ? rule.ReplaceInner([clip.Then(inner)])
        : clip.Then(rule);

    /// <summary>Rejects resuming a run whose original options would give other results.</summary>
    /// <param name="begun">The original options.</param>
    /// <exception cref="FormatException">There is such an option; the message names each.</exception>
    public void RequireToGoOnFrom(IReadOnlyDictionary<string, string> begun)
    {
        var (now, then) = (Texts(), Of(begun).Texts());
        string[] others = [.. Names.Except(MayChange).Where(name => now.GetValueOrDefault(name) != then.GetValueOrDefault(name))
            .Select(name => $"--{name} {then.GetValueOrDefault(name, "(none)")}, was {now.GetValueOrDefault(name, "(none)")}")];
        if (others.Length > 0)
        {
            throw new FormatException($"--resume must go on with what the training was begun with: {string.Join("; ", others)}. Options that are left out stay as they were.");
        }
    }

    /// <summary>A shell-quoted string.</summary>
    public static string Quoted(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=,:+~".Contains(c, StringComparison.Ordinal)) && text.Length > 0
        ? text
        : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static int PowerOfTwo(int shards) => int.IsPow2(shards)
        ? shards
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"--shards must be a power of two, was '{shards}'."));

    private static string Text<N>(N number)
        where N : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);

    private static N Whole<N>(string name, IReadOnlyDictionary<string, string> texts, N usual, N least, N most)
        where N : struct, IBinaryInteger<N> => !texts.TryGetValue(name, out string? text) ? usual
        : N.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"--{name} must be a whole number from {least} to {most}, was '{text}'."));

    private static double? Positive(string name, IReadOnlyDictionary<string, string> texts) =>
        Number(name, texts, number => number > 0, "a number more than 0, and finite");

    private static double? NotNegative(string name, IReadOnlyDictionary<string, string> texts) =>
        Number(name, texts, number => number >= 0, "a number of 0 or more, and finite");

    private static double? Number(string name, IReadOnlyDictionary<string, string> texts, Func<double, bool> fits, string constraint) =>
        !texts.TryGetValue(name, out string? text) ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && fits(number) ? number
        : throw new FormatException($"--{name} must be {constraint}, was '{text}'.");
}
