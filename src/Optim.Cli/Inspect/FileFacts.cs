namespace Optim.Cli.Inspect;

/// <summary>What a safetensors file holds.</summary>
/// <param name="File">The file, as it was named.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Checkpoint">What it says of an optimizer's state; null where it is no checkpoint of ours.</param>
/// <param name="Metadata">The other texts in it.</param>
/// <param name="Tensors">Its tensors, in the order of the file.</param>
internal sealed record FileFacts(string File, long Bytes, CheckpointFacts? Checkpoint, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<TensorFacts> Tensors)
{
    /// <exception cref="CheckpointException">The file is not sound.</exception>
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

/// <summary>What a checkpoint says of its state.</summary>
/// <param name="Format">The version of the format.</param>
/// <param name="Step">The number of steps taken.</param>
/// <param name="Type">The type of the elements.</param>
/// <param name="Rule">The rule, as it prints; null where it was not saved or is not known here.</param>
/// <param name="RuleProblem">Why there is no rule.</param>
/// <param name="RuleJson">The rule as it was saved.</param>
internal sealed record CheckpointFacts(long Format, long Step, string Type, string? Rule, string? RuleProblem, string? RuleJson)
{
    public static CheckpointFacts Of(CheckpointSummary summary) =>
        new(summary.Format, summary.StepCount, summary.ElementType, summary.Rule?.ToString(), summary.RuleProblem, summary.RuleText);
}

/// <summary>A tensor and what one wants to know of its elements.</summary>
/// <param name="Name">The key.</param>
/// <param name="Type">The type of the elements.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Bytes">The bytes.</param>
/// <param name="Norm">The Euclidean norm; null where the elements are not read as numbers.</param>
/// <param name="Least">The least element; null where there is none, or none but NaN.</param>
/// <param name="Most">The most.</param>
/// <param name="NotFinite">How many are NaN or infinite.</param>
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

    /// <summary>A tensor's elements, in one set; null where they are not read as numbers, or are too many for one array.</summary>
    /// <exception cref="CheckpointException">They are not sound.</exception>
    public static TensorSet<double>? Elements(SafetensorsFile file, SafetensorsEntry entry) =>
        entry.IsNumeric && entry.ElementCount <= Layout.MaxLength ? file.ReadVector<double>(entry.Name) : null;
}
