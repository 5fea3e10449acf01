using System.Text.Json.Nodes;

namespace Optim.Cli.Reports;

/// <summary>A report as one JSON document: <c>command</c>, <c>version</c>, the command's own members or its tables, <c>provenance</c>.</summary>
internal static class ReportJson
{
    /// <summary>The document. Non-finite values are null.</summary>
    public static JsonObject Of(Report report)
    {
        var document = new JsonObject { ["command"] = report.Command, ["version"] = report.Provenance.Machine.Version };
        var members = (JsonObject?)report.Document?.DeepClone() ?? Tables(report.Data);
        foreach (var (name, value) in members.ToList())
        {
            members.Remove(name);
            document[name] = value;
        }

        document["provenance"] = report.Provenance.ToJson();
        return document;
    }

    private static JsonObject Tables(IEnumerable<DataTable> tables) => new([.. tables.Select(table =>
        KeyValuePair.Create<string, JsonNode?>(table.Name, new JsonArray([.. table.Rows.Select(row => new JsonObject(
            table.Columns.Select((column, i) => KeyValuePair.Create(column.Name, Value(row[i])))))])))]);

    /// <summary>A cell.</summary>
    public static JsonNode? Value(object? cell) => cell switch
    {
        double number => Json.Number(number),
        long number => number,
        bool flag => flag,
        _ => (string?)cell,
    };
}
