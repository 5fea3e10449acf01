using System.Text.Json.Nodes;
using Optim.Reports;

namespace Optim.Cli.Reports;

/// <summary>
/// A command's results, independent of the output format: a <see cref="Report"/> for page, CSV files and TensorBoard, and one JSON document (<see cref="ReportJson"/>);
/// <see cref="ReportOptions"/> selects which.
/// </summary>
/// <param name="Command">The command's name: <c>compare</c>.</param>
/// <param name="Title">The heading of the page.</param>
/// <param name="Provenance">Where the figures come from, and how to get them again.</param>
internal sealed record CommandReport(string Command, string Title, Provenance Provenance)
{
    /// <summary>A summary in a sentence or two, under the title.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The sections of the page; the provenance follows automatically.</summary>
    public IReadOnlyList<Section> Sections { get; init; } = [];

    /// <summary>The tables, one CSV file each. Tables used by charts may or may not be among them.</summary>
    public IReadOnlyList<DataTable> Data { get; init; } = [];

    /// <summary>
    /// The command's own members of the JSON document; null for the tables of <see cref="Data"/> by name. Command, version and provenance are
    /// added by <see cref="ReportJson"/>.
    /// </summary>
    public JsonObject? Document { get; init; }

    /// <summary>Curves for TensorBoard, one folder each.</summary>
    public IReadOnlyList<ScalarRun> Runs { get; init; } = [];

    /// <summary>What page, CSV files and TensorBoard's are written from.</summary>
    public Report ToReport() => new(Title) { Summary = Summary, Sections = Sections, Data = Data, Runs = Runs, Origin = Provenance.ToOrigin() };
}
