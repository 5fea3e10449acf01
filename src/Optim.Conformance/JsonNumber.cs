using System.Text.Json;

namespace Optim.Conformance;

/// <summary>Numbers as recording files write them: JSON numbers, and the strings "NaN", "Infinity" and "-Infinity".</summary>
internal static class JsonNumber
{
    public static bool TryRead(JsonElement element, out double value)
    {
        (bool isNumber, value) = element.ValueKind switch
        {
            // A literal such as 1e999 parses to infinity; a file that means infinity says so.
            JsonValueKind.Number => element.TryGetDouble(out double number) && double.IsFinite(number) ? (true, number) : (false, 0),
            JsonValueKind.String => element.GetString() switch
            {
                "NaN" => (true, double.NaN),
                "Infinity" => (true, double.PositiveInfinity),
                "-Infinity" => (true, double.NegativeInfinity),
                _ => (false, 0),
            },
            _ => (false, 0),
        };
        return isNumber;
    }
}
