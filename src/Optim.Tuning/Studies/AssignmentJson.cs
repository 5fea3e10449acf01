using System.Text;
using System.Text.Json;

namespace Optim.Tuning;

/// <summary>An assignment as one JSON object, numbers in full precision.</summary>
internal static class AssignmentJson
{
    public static string Write(Assignment assignment)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var (name, value) in assignment)
            {
                if (value.Choice is { } choice)
                {
                    json.WriteString(name, choice);
                }
                else
                {
                    json.WriteNumber(name, value.Number);
                }
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <exception cref="FormatException">It is not a JSON object of numbers and strings.</exception>
    /// <exception cref="ArgumentException">It is not an assignment of the space.</exception>
    public static Assignment Read(string text, SearchSpace space)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return space.Assign(document.RootElement.EnumerateObject().ToDictionary(
                member => member.Name,
                member => member.Value.ValueKind == JsonValueKind.String ? ParameterValue.OfChoice(member.Value.GetString()!) : ParameterValue.Of(member.Value.GetDouble())));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"The parameters must be a JSON object of numbers and texts, were '{text}'.", e);
        }
    }
}
