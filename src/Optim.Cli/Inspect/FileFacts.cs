namespace Optim.Cli.Inspect;

/// <summary>The contents of a safetensors file.</summary>
/// <param name="File">The file, as it was named.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Checkpoint">The optimizer's state; null if it is not a checkpoint of ours.</param>
/// <param name="Metadata">The other metadata.</param>
/// <param name="Tensors">Its tensors, in the order of the file.</param>
internal sealed record FileFacts(string File, long Bytes, CheckpointFacts? Checkpoint, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<TensorFacts> Tensors)
{
    /// <exception cref="CheckpointException">The file is invalid.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FileFacts Of(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var summary = Optim.Checkpoint.Summary(file);
        return new(
            path, new FileInfo(path).Length, summary is null ? null : CheckpointFacts.Of(summary), summary?.Notes ?? file.Metadata,
            [.. file.Tensors.Select(entry => TensorFacts.Of(file, entry))]);
    }
}

/// <summary>A checkpoint's metadata.</summary>
/// <param name="Format">The version of the format.</param>
/// <param name="Step">The number of steps taken.</param>
/// <param name="Type">The element type.</param>
/// <param name="Rule">The rule, as text; null if it was not saved or is unknown.</param>
/// <param name="RuleProblem">Why there is no rule.</param>
/// <param name="RuleJson">The rule as it was saved.</param>
internal sealed record CheckpointFacts(long Format, long Step, string Type, string? Rule, string? RuleProblem, string? RuleJson)
{
    public static CheckpointFacts Of(CheckpointSummary summary) =>
        new(summary.Format, summary.StepCount, summary.ElementType, summary.Rule?.ToString(), summary.RuleProblem, summary.RuleText);
}

/// <summary>A tensor and statistics of its elements.</summary>
/// <param name="Name">The key.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Bytes">The bytes.</param>
/// <param name="Norm">The Euclidean norm; null if the type is not numeric.</param>
/// <param name="Least">The minimum; null if there are no elements other than NaN.</param>
/// <param name="Most">The maximum.</param>
/// <param name="NotFinite">The number of NaN or infinite elements.</param>
internal sealed record TensorFacts(string Name, string Type, IReadOnlyList<long> Shape, long Bytes, double? Norm, double? Least, double? Most, long NotFinite)
{
    public static TensorFacts Of(SafetensorsFile file, SafetensorsEntry entry)
    {
        var plain = new TensorFacts(entry.Name, entry.Type.ToString(), entry.Dimensions, entry.ByteLength, null, null, null, 0);
        if (Elements(file, entry) is not { } elements)
        {
            return plain;
        }

        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        long notFinite = 0;
        foreach (double element in elements.Span)
        {
            (least, most) = element < least ? (element, Math.Max(most, element)) : (least, element > most ? element : most);
            notFinite += double.IsFinite(element) ? 0 : 1;
        }

        return plain with { Norm = elements.Norm(), Least = least <= most ? least : null, Most = least <= most ? most : null, NotFinite = notFinite };
    }

    /// <summary>A tensor's elements as one set; null if the type is not numeric, or there are too many for one array.</summary>
    /// <exception cref="CheckpointException">They are invalid.</exception>
    public static TensorSet<double>? Elements(SafetensorsFile file, SafetensorsEntry entry) =>
        entry.IsNumeric && entry.ElementCount <= Layout.MaxLength ? file.ReadVector<double>(entry.Name) : null;
}
