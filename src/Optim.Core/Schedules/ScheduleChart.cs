using System.Text;
using System.Text.Json;

namespace Optim;

/// <summary>A schedule as a self-contained Vega-Lite specification.</summary>
internal static class ScheduleChart
{
    // Four points a stretch at most.
    private const int Stretches = 125;

    public static string Of(Schedule schedule, long steps, string title)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://vega.github.io/schema/vega-lite/v5.json");
            json.WriteString("title", title);
            json.WriteNumber("width", 480);
            json.WriteNumber("height", 240);
            json.WriteStartObject("data");
            json.WriteStartArray("values");
            foreach (var (step, value) in ScheduleSamples.Of(schedule, steps, Stretches).SelectMany(stretch => stretch).Where(point => double.IsFinite(point.Value)))
            {
                json.WriteStartObject();
                json.WriteNumber("step", step);
                json.WriteNumber("value", value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteString("mark", "line");
            json.WriteStartObject("encoding");
            WriteAxis(json, "x", "step");
            WriteAxis(json, "y", "value");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteAxis(Utf8JsonWriter json, string channel, string field)
    {
        json.WriteStartObject(channel);
        json.WriteString("field", field);
        json.WriteString("type", "quantitative");
        json.WriteString("title", field);
        json.WriteEndObject();
    }
}
