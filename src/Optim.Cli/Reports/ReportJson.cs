using System.Text.Json.Nodes;
using Optim.Reports;

namespace Optim.Cli.Reports;

/// <summary>A report as one JSON document: <c>command</c>, <c>version</c>, the command's own members or its tables, <c>provenance</c>.</summary>
internal static class ReportJson
{
    /// <summary>The document. Non-finite values are null.</summary>
    public static JsonObject Of(CommandReport report)
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

    private static JsonObject Tables(IEnumerable<DataTable> tables) => new([.. tables.Select(table => KeyValuePair.Create<string, JsonNode?>(table.Name, table.ToJson()))]);
}
