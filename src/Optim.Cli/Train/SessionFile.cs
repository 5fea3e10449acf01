using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Distributed;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>
/// A training run in a file: a checkpoint of the library's trainer, with the options, the data's fingerprint and the history as the model's strings, so that one file is all that resuming
/// needs. Numbers round-trip to the bit.
/// </summary>
internal static class SessionFile
{
    private const string OptionsKey = "options", DataKey = "data", HistoryKey = "history", DurationsKey = "durations";

    // What stands before a model's texts among the notes of a checkpoint: docs/checkpoints.md.
    private const string TextPrefix = "model.";

    /// <summary>The checkpoint note with durations, which differ between otherwise equal runs.</summary>
    public const string DurationsNote = TextPrefix + DurationsKey;

    // The mark of checkpoints from before the library's trainer.
    private const string EarlierKey = "train.options";

    /// <summary>The saved strings.</summary>
    public static IReadOnlyDictionary<string, string> Texts(TrainSettings settings, Dataset data, History history) => new OrderedDictionary<string, string>(StringComparer.Ordinal)
    {
        [OptionsKey] = new JsonObject(settings.Texts().Select(text => KeyValuePair.Create(text.Key, (JsonNode?)text.Value))).ToJsonString(),
        [DataKey] = MarkOf(data),
        [HistoryKey] = Write(history),
        [DurationsKey] = new JsonObject { ["steps"] = Numbers(history.Steps.Select(step => step.Seconds)), ["epochs"] = Numbers(history.Epochs.Select(epoch => epoch.Seconds)) }.ToJsonString(),
    };

    /// <summary>The saved history.</summary>
    /// <exception cref="FormatException">It is missing or invalid.</exception>
    public static History HistoryOf(IReadOnlyDictionary<string, string> texts)
    {
        var history = Read(texts, HistoryKey, ReadHistory);

        // Absent in checkpoints from before they were kept apart.
        return texts.ContainsKey(DurationsKey) ? Read(texts, DurationsKey, text => WithDurations(history, JsonNode.Parse(text)!)) : history;
    }

    /// <summary>The original options of a training run.</summary>
    /// <exception cref="CheckpointException">The file is invalid, or not of a training run.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> OptionsOf(string path)
    {
        var notes = Checkpoint.Notes(path);
        return notes.ContainsKey(EarlierKey)
            ? throw Wrong(path, EarlierKey, "an earlier 'optim train' wrote this checkpoint, and its form is not read any more: finish the training with that version, or begin it again under another name", null)
            : Guarded(path, OptionsKey, () => Options(notes.Where(note => note.Key.StartsWith(TextPrefix, StringComparison.Ordinal)).ToDictionary(note => note.Key[TextPrefix.Length..], note => note.Value)));
    }

    /// <summary>Loads a saved training run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">The settings from here on; the saved ones, except those that do not affect results so far.</param>
    /// <param name="data">The data, which must be the same.</param>
    /// <param name="network">The network.</param>
    /// <param name="ranks">The ranks; see <see cref="Session{T}"/>.</param>
    /// <param name="divideStates">Whether each rank keeps a part of the state alone.</param>
    /// <exception cref="FormatException">The data differ, or the schedule depends on another number of epochs.</exception>
    /// <exception cref="CheckpointException">The file is invalid, or does not match the model.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Session<T> Load<T>(string path, TrainSettings settings, Dataset data, Network<T> network, ICommunicator? ranks = null, bool divideStates = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var checkpoint = new TrainingCheckpointFile<T>(path).Load() ?? throw new FileNotFoundException($"'{path}' is not there.");
        var texts = checkpoint.Model?.Texts ?? new Dictionary<string, string>();
        string mark = Guarded(path, DataKey, () => Read(texts, DataKey, text => text));
        if (mark != MarkOf(data))
        {
            throw new FormatException($"--data must be what '{path}' was begun with, {mark}; was {MarkOf(data)}.");
        }

        var state = checkpoint.State;
        int begun = TrainSettings.Of(Guarded(path, OptionsKey, () => Options(texts))).Epochs;
        long steps = Session<T>.StepsOf(settings, data);
        if (settings.Epochs != begun && !state.Rule.Equals(settings.CreateRule(steps * settings.Epochs, steps)))
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"--epochs must stay {begun}, was {settings.Epochs}: the schedule '{settings.Schedule.Name}' is made for the length of the run. Trainings that are to grow begin with --schedule constant."));
        }

        if (!state.Parameters.Layout.Equals(network.Layout))
        {
            throw new CheckpointException(path, $"the parameters must be those of the model '{settings.Model}': {network.Layout}, were {state.Parameters.Layout}.");
        }

        return Guarded(path, HistoryKey, () => new Session<T>(settings, data, network, checkpoint, ranks, divideStates));
    }

    /// <summary>A fingerprint of the data: their name, shape, and a hash of all images and labels.</summary>
    private static string MarkOf(Dataset data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var examples in (Examples[])[data.Training, data.Test])
        {
            hash.AppendData(examples.Labels);
            if (examples.IsNumbers)
            {
                hash.AppendData(MemoryMarshal.AsBytes(examples.Targets));
                for (int i = 0; i < examples.Count; i++)
                {
                    hash.AppendData(MemoryMarshal.AsBytes(examples.Row(i)));
                }

                continue;
            }

            for (int i = 0; i < examples.Count; i++)
            {
                hash.AppendData(examples.Image(i));
            }
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Name}, {data.Training.Count} and {data.Test.Count} {Score.Things(data)} of {data.Shape}, {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}");
    }

    private static Dictionary<string, string> Options(IReadOnlyDictionary<string, string> texts) => Read(texts, OptionsKey, text => JsonSerializer.Deserialize<Dictionary<string, string>>(text));

    private static string Write(History history) => new JsonObject
    {
        ["loss"] = Numbers(history.Steps.Select(step => step.Loss)),
        ["correct"] = Numbers(history.Steps.Select(step => (double)step.Correct)),
        ["count"] = Numbers(history.Steps.Select(step => (double)step.Count)),
        ["learningRate"] = Numbers(history.Steps.Select(step => step.LearningRate)),
        ["gradientNorm"] = Numbers(history.Steps.Select(step => step.GradientNorm)),
        ["epochs"] = new JsonArray([.. history.Epochs.Select(epoch => Numbers(
            [epoch.TrainingLoss, epoch.TrainingAccuracy, epoch.TestLoss, epoch.TestAccuracy]))]),
    }.ToJsonString();

    private static History ReadHistory(string text)
    {
        var json = JsonNode.Parse(text)!.AsObject();
        double[] Column(string name) => [.. json[name]!.AsArray().Select(Number)];
        var (loss, correct, count, rate, norm) = (Column("loss"), Column("correct"), Column("count"), Column("learningRate"), Column("gradientNorm"));
        return new(
            loss.Select((x, i) => new StepPoint(x, (int)correct[i], (int)count[i], rate[i], norm[i])),
            json["epochs"]!.AsArray().Select((epoch, i) => epoch!.AsArray().Select(Number).ToArray() is [var a, var b, var c, var d, .. var seconds] && seconds.Length <= 1
                ? new EpochFigures(i + 1, a, b, c, d, seconds.Sum())
                : throw new FormatException("an epoch must have four numbers")));
    }

    private static History WithDurations(History history, JsonNode durations)
    {
        double[] steps = [.. durations["steps"]!.AsArray().Select(Number)], epochs = [.. durations["epochs"]!.AsArray().Select(Number)];
        return steps.Length == history.Steps.Count && epochs.Length == history.Epochs.Count
            ? new(history.Steps.Zip(steps, (step, seconds) => step with { Seconds = seconds }), history.Epochs.Zip(epochs, (epoch, seconds) => epoch with { Seconds = seconds }))
            : throw new FormatException("there must be as many durations as steps and epochs");
    }

    // Of what is kept, only a learning rate (of a rule that has none) and a loss on held-out images may be no number.
    private static JsonArray Numbers(IEnumerable<double> numbers) =>
        new([.. numbers.Select(x => double.IsFinite(x) ? JsonValue.Create(x) : JsonValue.Create(x.ToString(CultureInfo.InvariantCulture)))]);

    private static double Number(JsonNode? node) => node!.GetValueKind() == JsonValueKind.String
        ? double.Parse(node.GetValue<string>(), CultureInfo.InvariantCulture)
        : node.GetValue<double>();

    private static R Read<R>(IReadOnlyDictionary<string, string> texts, string key, Func<string, R?> read)
    {
        if (!texts.TryGetValue(key, out string? text))
        {
            throw new FormatException("there must be what 'optim train' writes; it is a checkpoint, but not of a training");
        }

        try
        {
            return read(text) ?? throw new FormatException("there must be a value");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or IndexOutOfRangeException or NotSupportedException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>Turns errors in a string or in the model's state into errors about the file.</summary>
    private static R Guarded<R>(string path, string key, Func<R> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw Wrong(path, TextPrefix + key, e.Message, e);
        }
    }

    private static CheckpointException Wrong(string path, string key, string what, Exception? inner) => new(path, what.TrimEnd('.') + ".", key, inner: inner);
}
