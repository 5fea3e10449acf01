using System.Globalization;
using Spectre.Console;

namespace Optim.Cli.Inspect;

/// <summary>The text report: one line per fact and per tensor.</summary>
internal static class InspectScreen
{
    private const int LongestText = 200;

    public static void Show(IAnsiConsole console, FileFacts facts)
    {
        console.WriteLine(FormattableString.Invariant($"{facts.File}: {facts.Tensors.Count} tensors, {facts.Bytes} bytes"));
        if (facts.Checkpoint is { } checkpoint)
        {
            console.WriteLine(FormattableString.Invariant($"step   {checkpoint.Step}"));
            console.WriteLine($"rule   {checkpoint.Rule ?? checkpoint.RuleProblem}");
            console.WriteLine(FormattableString.Invariant($"type   {checkpoint.Type}, format {checkpoint.Format}"));
        }

        foreach (var (key, text) in facts.Metadata)
        {
            console.WriteLine($"{Printed(key)}   {Shortened(Printed(text))}");
        }

        if (facts.Tensors.Count > 0)
        {
            console.WriteLine();
            console.Write(Table(facts.Tensors));
        }
    }

    /// <summary>A name without control characters.</summary>
    public static string Printed(string name) => string.Concat(name.Select(c => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString()));

    /// <summary>A text shortened to one line; <c>--json</c> has all of it.</summary>
    private static string Shortened(string text) => text.Length <= LongestText
        ? text
        : FormattableString.Invariant($"{text[..LongestText]}... ({text.Length} characters; --json shows all)");

    public static string Number(double? number) => number?.ToString("G6", CultureInfo.InvariantCulture) ?? "";

    public static string Shape(IReadOnlyList<long> shape) => "[" + string.Join(", ", shape.Select(d => d.ToString(CultureInfo.InvariantCulture))) + "]";

    private static Table Table(IReadOnlyList<TensorFacts> tensors)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumns("tensor", "type", "shape").AddColumn("norm", column => column.RightAligned()).AddColumn("least", column => column.RightAligned())
            .AddColumn("most", column => column.RightAligned()).AddColumn("");
        foreach (var tensor in tensors)
        {
            table.AddRow(
                new Text(Printed(tensor.Name)), new Text(tensor.Type), new Text(Shape(tensor.Shape)), new Text(Number(tensor.Norm)), new Text(Number(tensor.Least)), new Text(Number(tensor.Most)),
                new Text(tensor.NotFinite > 0 ? FormattableString.Invariant($"{tensor.NotFinite} not finite") : tensor.Norm is null ? "not read as numbers" : ""));
        }

        return table;
    }
}
