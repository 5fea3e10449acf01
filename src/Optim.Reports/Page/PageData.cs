using System.Globalization;
using System.Text.Json.Nodes;

namespace Optim.Reports;

/// <summary>Data and specifications within a page.</summary>
internal static class PageData
{
    // More than a picture shows and as much as a float holds, in half the bytes of all seventeen.
    private const string Digits = "G7";

    /// <summary>A table, rounded to seven digits. Non-finite values are null.</summary>
    public static string Of(DataTable table) => Of(new JsonObject
    {
        ["name"] = table.Name,
        ["columns"] = new JsonArray([.. table.Columns.Select(column => JsonValue.Create(column.Name))]),
        ["rows"] = new JsonArray([.. table.Rows.Select(row => new JsonArray([.. row.Select(cell => DataTable.Json(cell is double number ? Short(number) : cell))]))]),
    });

    /// <summary>A node as the content of a script element. The serializer's default encoder escapes &lt;, the only character that could close the element.</summary>
    public static string Of(JsonNode node) => node.ToJsonString();

    /// <summary>A number to seven digits.</summary>
    public static double Short(double value) => double.IsFinite(value) ? double.Parse(value.ToString(Digits, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : value;
}
