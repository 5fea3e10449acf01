using System.Globalization;
using System.Numerics;

namespace Optim.CSharp;

/// <summary>A trainer checkpoint's content besides the optimizer's state: see docs/checkpoints.md.</summary>
internal static class TrainingNotes
{
    public const string BestKey = "training.best";

    private const string EpochKey = "training.epoch", BatchKey = "training.batch", SumKey = "training.epoch_loss_sum", LossesKey = "training.losses";

    // Says that the model keeps something, be it no tensor and no text.
    private const string ModelKey = "training.model", TextPrefix = "model.", Kept = "kept";

    /// <summary>Writes the position.</summary>
    public static Dictionary<string, string> Of(TrainingPosition position) => new(StringComparer.Ordinal)
    {
        [EpochKey] = position.Epoch.ToString(CultureInfo.InvariantCulture),
        [BatchKey] = position.Batch.ToString(CultureInfo.InvariantCulture),
        [SumKey] = position.EpochLossSum.ToString("R", CultureInfo.InvariantCulture),
        [LossesKey] = string.Join(' ', position.Losses.Select(loss => loss.ToString("R", CultureInfo.InvariantCulture))),
    };

    /// <summary>Adds the model's state.</summary>
    public static Dictionary<string, string> With<T>(this Dictionary<string, string> notes, ModelState<T>? model)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (model is not null)
        {
            notes[ModelKey] = Kept;
            foreach (var (name, text) in model.Texts)
            {
                notes[TextPrefix + name] = text;
            }
        }

        return notes;
    }

    /// <summary>Reads the position.</summary>
    public static TrainingPosition Position(string file, IReadOnlyDictionary<string, string> notes)
    {
        return new(
            Noted<int>(EpochKey, NumberStyles.None), Noted<int>(BatchKey, NumberStyles.None), Noted<double>(SumKey, NumberStyles.Float),
            Array.AsReadOnly<double>([.. Text(LossesKey).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => Number<double>(LossesKey, text, NumberStyles.Float))]));

        string Text(string key) => notes.TryGetValue(key, out string? text) ? text : throw new CheckpointException(file, "a trainer's checkpoint must have it in its metadata.", key);

        N Noted<N>(string key, NumberStyles styles)
            where N : INumberBase<N> => Number<N>(key, Text(key), styles);

        N Number<N>(string key, string text, NumberStyles styles)
            where N : INumberBase<N> =>
            N.TryParse(text, styles, CultureInfo.InvariantCulture, out var number) ? number : throw new CheckpointException(file, $"it must be a number, was '{text}'.", key);
    }

    /// <summary>Reads the model's state; null for none.</summary>
    public static ModelState<T>? Model<T>(string file, IReadOnlyDictionary<string, string> notes)
        where T : unmanaged, IFloatingPointIeee754<T> => !notes.ContainsKey(ModelKey) ? null : new(
            Optim.Checkpoint.Tensors<T>(file),
            notes.Where(note => note.Key.StartsWith(TextPrefix, StringComparison.Ordinal)).ToDictionary(note => note.Key[TextPrefix.Length..], note => note.Value, StringComparer.Ordinal));
}
