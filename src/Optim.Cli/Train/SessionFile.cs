using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>
/// A training in a checkpoint: the optimizer's state as <see cref="Checkpoint"/> has it, and beside it as notes the options, the data's mark, the
/// model's statistics and the history, so that one file is all that going on takes. Numbers read back to the bit.
/// </summary>
internal static class SessionFile
{
    private const string OptionsKey = "train.options", DataKey = "train.data", StatisticsKey = "train.statistics", HistoryKey = "train.history";

    /// <summary>Saves a training; the file is replaced as a whole or not at all.</summary>
    public static void Save<T>(string path, Session<T> session, Dataset data)
        where T : unmanaged, IFloatingPointIeee754<T> => Checkpoint.Save(path, session.State, notes: new OrderedDictionary<string, string>(StringComparer.Ordinal)
        {
            [OptionsKey] = new JsonObject(session.Settings.Texts().Select(text => KeyValuePair.Create(text.Key, (JsonNode?)text.Value))).ToJsonString(),
            [DataKey] = MarkOf(data),
            [StatisticsKey] = JsonSerializer.Serialize(session.Statistics.Select(tensor => tensor.ToArray().Select(x => double.CreateTruncating(x)))),
            [HistoryKey] = Write(session.History),
        });

    /// <summary>The options that a training was begun with.</summary>
    /// <exception cref="CheckpointException">The file is not sound, or no training's.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> OptionsOf(string path) =>
        Read(path, Checkpoint.Notes(path), OptionsKey, text => JsonSerializer.Deserialize<Dictionary<string, string>>(text));

    /// <summary>A training as it was saved.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">What decides the numbers from here on; those saved, but for what the numbers so far do not depend on.</param>
    /// <param name="data">What is trained on: the same data.</param>
    /// <param name="model">What is trained.</param>
    /// <exception cref="FormatException">The data are others, or the schedule is made for another number of epochs.</exception>
    /// <exception cref="CheckpointException">The file is not sound, or not of the model.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Session<T> Load<T>(string path, TrainSettings settings, Dataset data, Network<T> model)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var notes = Checkpoint.Notes(path);
        string mark = Read(path, notes, DataKey, text => text);
        if (mark != MarkOf(data))
        {
            throw new FormatException($"--data must be what '{path}' was begun with, {mark}; was {MarkOf(data)}.");
        }

        var state = Checkpoint.Load<T>(path);
        int begun = TrainSettings.Of(OptionsOf(path)).Epochs;
        long steps = Session<T>.StepsOf(settings, data);
        if (settings.Epochs != begun && !state.Rule.Equals(settings.CreateRule(steps * settings.Epochs, steps)))
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"--epochs must stay {begun}, was {settings.Epochs}: the schedule '{settings.Schedule.Name}' is made for the length of the run. Trainings that are to grow begin with --schedule constant."));
        }

        if (!state.Parameters.Layout.Equals(model.Layout))
        {
            throw new CheckpointException(path, $"the parameters must be those of the model '{settings.Model}': {model.Layout}, were {state.Parameters.Layout}.");
        }

        return new(settings, data, model, state, Statistics(path, notes, model), Read(path, notes, HistoryKey, ReadHistory));
    }

    /// <summary>What the data are, to tell them from others: their name, their shape, and a hash of all images and labels.</summary>
    private static string MarkOf(Dataset data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var examples in (Examples[])[data.Training, data.Test])
        {
            hash.AppendData(examples.Labels);
            for (int i = 0; i < examples.Count; i++)
            {
                hash.AppendData(examples.Image(i));
            }
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Name}, {data.Training.Count} and {data.Test.Count} images of {data.Shape}, {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}");
    }

    private static TensorSet<T> Statistics<T>(string path, IReadOnlyDictionary<string, string> notes, Network<T> model)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[][] tensors = Read(path, notes, StatisticsKey, text => JsonSerializer.Deserialize<double[][]>(text));
        if (!tensors.Select(tensor => tensor.Length).SequenceEqual(model.StatisticsLayout.Select(tensor => tensor.Length)))
        {
            throw Wrong(path, StatisticsKey, "there must be the statistics of the model", null);
        }

        return TensorSet.OfValues<T>(model.StatisticsLayout, [.. tensors.SelectMany(tensor => tensor).Select(T.CreateTruncating)]);
    }

    private static string Write(History history) => new JsonObject
    {
        ["loss"] = Numbers(history.Steps.Select(step => step.Loss)),
        ["correct"] = Numbers(history.Steps.Select(step => (double)step.Correct)),
        ["count"] = Numbers(history.Steps.Select(step => (double)step.Count)),
        ["learningRate"] = Numbers(history.Steps.Select(step => step.LearningRate)),
        ["gradientNorm"] = Numbers(history.Steps.Select(step => step.GradientNorm)),
        ["epochs"] = new JsonArray([.. history.Epochs.Select(epoch => Numbers(
            [epoch.TrainingLoss, epoch.TrainingAccuracy, epoch.TestLoss, epoch.TestAccuracy, epoch.Seconds]))]),
    }.ToJsonString();

    private static History ReadHistory(string text)
    {
        var json = JsonNode.Parse(text)!.AsObject();
        double[] Column(string name) => [.. json[name]!.AsArray().Select(Number)];
        var (loss, correct, count, rate, norm) = (Column("loss"), Column("correct"), Column("count"), Column("learningRate"), Column("gradientNorm"));
        return new(
            loss.Select((x, i) => new StepPoint(x, (int)correct[i], (int)count[i], rate[i], norm[i])),
            json["epochs"]!.AsArray().Select((epoch, i) => epoch!.AsArray().Select(Number).ToArray() is [var a, var b, var c, var d, var seconds]
                ? new EpochSummary(i + 1, a, b, c, d, seconds)
                : throw new FormatException("an epoch must have five numbers")));
    }

    // Of what is kept, only a learning rate (of a rule that has none) and a loss on held-out images may be no number.
    private static JsonArray Numbers(IEnumerable<double> numbers) =>
        new([.. numbers.Select(x => double.IsFinite(x) ? JsonValue.Create(x) : JsonValue.Create(x.ToString(CultureInfo.InvariantCulture)))]);

    private static double Number(JsonNode? node) => node!.GetValueKind() == JsonValueKind.String
        ? double.Parse(node.GetValue<string>(), CultureInfo.InvariantCulture)
        : node.GetValue<double>();

    private static R Read<R>(string path, IReadOnlyDictionary<string, string> notes, string key, Func<string, R?> read)
    {
        if (!notes.TryGetValue(key, out string? text))
        {
            throw Wrong(path, key, "there must be what 'optim train' writes; it is a checkpoint, but not of a training", null);
        }

        try
        {
            return read(text) ?? throw new FormatException("there must be a value");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or NullReferenceException or IndexOutOfRangeException or NotSupportedException)
        {
            throw Wrong(path, key, e.Message, e);
        }
    }

    private static CheckpointException Wrong(string path, string key, string what, Exception? inner) => new(path, what.TrimEnd('.') + ".", key, inner: inner);
}
