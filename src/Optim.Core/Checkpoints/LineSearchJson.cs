using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using Optim.Names;

namespace Optim.Checkpoints;

/// <summary>A line search as JSON and back: its name where all its numbers are the defaults, <c>"StrongWolfe"</c>, else <c>{"search": "StrongWolfe", "Curvature": 0.1, ...}</c>. Omitted numbers have their defaults.</summary>
internal static class LineSearchJson
{
    private const string Kind = "search", FormerFixedStep = "None";

    private static readonly Form[] Forms =
    [
        new(typeof(StrongWolfe), () => new StrongWolfe()), new(typeof(MoreThuente), () => new MoreThuente()), new(typeof(HagerZhang), () => new HagerZhang()),
        new(typeof(Backtracking), () => new Backtracking()), new(typeof(FixedStep), () => new FixedStep()),
    ];

    public static void Write(Utf8JsonWriter json, LineSearch search, string path, int level)
    {
        var form = Array.Find(Forms, form => form.Type == search.GetType())!;
        if (search.Equals(form.Create()))
        {
            json.WriteStringValue(form.Type.Name);
            return;
        }

        json.WriteStartObject();
        json.WriteString(Kind, form.Type.Name);
        foreach (var property in form.Properties)
        {
            json.WritePropertyName(property.Name);
            PlainJson.Write(json, property.GetValue(search), $"{path}.{property.Name}", level + 1);
        }

        json.WriteEndObject();
    }

    /// <exception cref="FormatException">It is unknown, or has invalid values.</exception>
    public static LineSearch Read(JsonElement json, string path, RuleContext context)
    {
        if (json.ValueKind == JsonValueKind.String)
        {
            return Of(json.GetString()!, path).Create();
        }

        var members = PlainJson.Members(json, path);
        var form = Of(members.Remove(Kind, out var kind) ? PlainJson.Text(kind, path) : throw new FormatException($"{path} must be the name of a line search or have \"{Kind}\"."), path);
        var search = form.Create();
        foreach (var (name, value) in members)
        {
            var property = Array.Find(form.Properties, property => property.Name == name) ?? throw new FormatException(
                $"{path} has no value {QuotedName.Of(name)} in the line search {form.Type.Name}; {NearestNames.Text(name, form.Properties.Select(p => p.Name))}.");
            try
            {
                property.SetValue(search, PlainJson.Read(value, property.PropertyType, $"{path}.{name}", context), BindingFlags.DoNotWrapExceptions, null, null, null);
            }
            catch (ArgumentException e)
            {
                throw new FormatException($"{path}: {e.Message}", e);
            }
        }

        return search;
    }

    /// <summary>A kind by its name, or by the one that the fixed step had in the first files.</summary>
    private static Form Of(string name, string path) => Array.Find(Forms, form => form.Type.Name == (name == FormerFixedStep ? nameof(FixedStep) : name))
        ?? throw new FormatException($"{path} must be one of {string.Join(", ", Forms.Select(form => form.Type.Name))}, was {QuotedName.Of(name)}.");

    /// <summary>A kind of line search and its numbers.</summary>
    private sealed class Form([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type, Func<LineSearch> create)
    {
        public Type Type { get; } = type;

        public Func<LineSearch> Create { get; } = create;

        public PropertyInfo[] Properties { get; } =
            [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).OrderBy(property => property.Name, StringComparer.Ordinal)];
    }
}
