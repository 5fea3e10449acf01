using System.Text.Json.Nodes;

namespace Optim.Cli.Reports;

/// <summary>
/// What a command found out, once for all forms: a page (<see cref="HtmlPage"/>), one JSON document (<see cref="ReportJson"/>), CSV files
/// (<see cref="Csv"/>) and TensorBoard's event files come from this value, and <see cref="ReportOptions"/> says which of them are wanted.
/// </summary>
/// <param name="Command">The command's name: <c>compare</c>.</param>
/// <param name="Title">The heading of the page.</param>
/// <param name="Provenance">Where the figures come from, and how to get them again.</param>
internal sealed record Report(string Command, string Title, Provenance Provenance)
{
    /// <summary>What was done, in a sentence or two, under the title.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The page, from top to bottom; the provenance follows by itself.</summary>
    public IReadOnlyList<Section> Sections { get; init; } = [];

    /// <summary>The figures: a CSV file each. Tables that charts are drawn from are among them or are not, as is useful.</summary>
    public IReadOnlyList<DataTable> Data { get; init; } = [];

    /// <summary>
    /// The command's own members of the JSON document; null for the tables of <see cref="Data"/> by name. Command, version and provenance are
    /// added by <see cref="ReportJson"/>.
    /// </summary>
    public JsonObject? Document { get; init; }

    /// <summary>Curves for TensorBoard, a folder each.</summary>
    public IReadOnlyList<ScalarRun> Runs { get; init; } = [];
}
