using System.Text.Json;
using Optim.Names;

namespace Optim.Checkpoints;

/// <summary>A selector as JSON and back: <c>"all"</c>, <c>"none"</c>, <c>{"named": ["*.bias"]}</c>, <c>{"rank": [2, 2]}</c>, <c>{"not": [...]}</c>, <c>{"optional": [...]}</c>, <c>{"or": [...]}</c>, <c>{"and": [...]}</c>.</summary>
internal static class SelectorJson
{
    private const string All = "all", None = "none", Named = "named", Rank = "rank", Not = "not", Optional = "optional", Or = "or", And = "and";

    /// <exception cref="ArgumentException">It holds a function.</exception>
    public static void Write(Utf8JsonWriter json, SelectorForm form, string path, int level)
    {
        PlainJson.RequireLevel(level, path);
        switch (form)
        {
            case SelectorForm.All:
                json.WriteStringValue(All);
                break;
            case SelectorForm.None:
                json.WriteStringValue(None);
                break;
            case SelectorForm.Named { Patterns: var patterns }:
                json.WriteStartObject();
                json.WritePropertyName(Named);
                PlainJson.WriteList(json, patterns, path, level);
                json.WriteEndObject();
                break;
            case SelectorForm.Ranked { Least: var least, Most: var most }:
                json.WriteStartObject();
                json.WritePropertyName(Rank);
                PlainJson.WriteList(json, [least, most], path, level);
                json.WriteEndObject();
                break;
            case SelectorForm.Not { Inner: var inner }:
                WriteParts(Not, inner);
                break;
            case SelectorForm.Optional { Inner: var inner }:
                WriteParts(Optional, inner);
                break;
            case SelectorForm.Or { Left: var left, Right: var right }:
                WriteParts(Or, left, right);
                break;
            case SelectorForm.And { Left: var left, Right: var right }:
                WriteParts(And, left, right);
                break;
            default:
                throw PlainJson.NotData(path, "a function that chooses tensors (TensorSelector.Where)");
        }

        void WriteParts(string name, params ReadOnlySpan<SelectorForm> parts)
        {
            json.WriteStartObject();
            json.WriteStartArray(name);
            foreach (var part in parts)
            {
                Write(json, part, path, level + 1);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    /// <exception cref="FormatException">It is none of these.</exception>
    public static TensorSelector Read(JsonElement json, string path, RuleContext context)
    {
        context = context.Inside(path);
        if (json.ValueKind == JsonValueKind.String)
        {
            return json.GetString() switch
            {
                All => TensorSelector.All,
                None => TensorSelector.None,
                _ => throw PlainJson.Wrong(path, $"\"{All}\" or \"{None}\"", json),
            };
        }

        var members = PlainJson.Members(json, path);
        if (members.Count != 1)
        {
            throw new FormatException($"{path} must have one member that says which tensors, had {string.Join(", ", members.Keys.Take(8).Select(QuotedName.Of))}.");
        }

        var (kind, value) = members.Single();
        JsonElement[] items = [.. PlainJson.Items(value, path)];
        try
        {
            return (kind, items.Length) switch
            {
                (Named, _) => TensorSelector.Named([.. items.Select(item => PlainJson.Text(item, path))]),
                (Rank, 2) => TensorSelector.OfRank((int)PlainJson.Read(items[0], typeof(int), path, context)!, (int)PlainJson.Read(items[1], typeof(int), path, context)!),
                (Not, 1) => Read(items[0], path, context).Not(),
                (Optional, 1) => Read(items[0], path, context).OrNone(),
                (Or, 2) => Read(items[0], path, context).Or(Read(items[1], path, context)),
                (And, 2) => Read(items[0], path, context).And(Read(items[1], path, context)),
                _ => throw new FormatException($"{path} must be one of {Named}, {Rank}, {Not}, {Optional}, {Or}, {And} with its parts, was {QuotedName.Of(kind)}."),
            };
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"{path}: {e.Message}", e);
        }
    }
}
