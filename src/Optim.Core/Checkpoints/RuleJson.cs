using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Optim.Checkpoints;
using Optim.Names;

namespace Optim;

/// <summary>A rule as JSON and back: <c>{"rule": "adamw", "Beta1": 0.9, ...}</c>, by the names of the registry and of the rules' properties.</summary>
/// <remarks>
/// Every settable public property is written; a chain and a partition, which have none, write their rules. A rule type from outside the library is written by its
/// type's name, <c>{"type": "MyApp.MyRule", ...}</c>, and read into a copy of the instance that the caller passes. Omitted properties have their defaults.
/// </remarks>
public static class RuleJson
{
    private const string Registered = "rule", Own = "type", ChainName = "chain", ChainRules = "Rules", PartitionGroups = "Groups", GroupTensors = "Tensors", GroupRule = "Rule";

    private static readonly FrozenDictionary<Type, string> Names = RuleRegistry.All.ToFrozenDictionary(entry => entry.Create().GetType(), entry => entry.Name);

    private static readonly ConcurrentDictionary<Type, RuleNumber[]> Properties = [];

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = PlainJson.MaxDepth };

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = PlainJson.MaxDepth };

    /// <summary>A rule as JSON.</summary>
    /// <param name="rule">The rule.</param>
    /// <exception cref="ArgumentException">The rule cannot be serialized: it holds a function, or a schedule or value of an unknown type.</exception>
    public static string Write(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            Write(json, rule, "rule", 0);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a rule: equal to the one written.</summary>
    /// <param name="text">The JSON.</param>
    /// <param name="ownRules">One instance of each rule type of your own in the rule; its hyperparameters are replaced by the written ones. None by default.</param>
    /// <param name="ownSchedules">The schedules of your own in the rule (<see cref="Schedule.OfFunction"/>); those in <paramref name="ownRules"/> need not be repeated. None by default.</param>
    /// <exception cref="FormatException">It is not a rule, or is an unknown one; the message says where.</exception>
    public static Rule Read(string text, IReadOnlyList<Rule>? ownRules = null, IReadOnlyList<Schedule>? ownSchedules = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(text, RuleContext.Of(ownRules ?? [], ownSchedules ?? []));
    }

    internal static Rule Read(string text, RuleContext own)
    {
        try
        {
            using var json = JsonDocument.Parse(text, Reading);
            return Read(json.RootElement, "rule", own);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"the rule is no sound JSON. {e.Message}", e);
        }
    }

    internal static void Write(Utf8JsonWriter json, Rule rule, string path, int level)
    {
        PlainJson.RequireLevel(level, path);
        json.WriteStartObject();
        switch (rule)
        {
            case Chain chain:
                json.WriteString(Registered, ChainName);
                json.WritePropertyName(ChainRules);
                PlainJson.WriteList(json, chain.Rules, path + ".rules", level);
                break;
            case Partition partition:
                json.WriteString(Registered, Names[typeof(Partition)]);
                json.WriteStartArray(PartitionGroups);
                foreach (var (i, group) in partition.Groups.Index())
                {
                    json.WriteStartObject();
                    json.WritePropertyName(GroupTensors);
                    SelectorJson.Write(json, group.Tensors.Form, FormattableString.Invariant($"{path}.group[{i}].{GroupTensors}"), level + 1);
                    json.WritePropertyName(GroupRule);
                    Write(json, group.Rule, FormattableString.Invariant($"{path}.group[{i}]"), level + 1);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            default:
                bool known = Names.TryGetValue(rule.GetType(), out string? name);
                json.WriteString(known ? Registered : Own, known ? name : TypeName(rule));
                foreach (var property in PropertiesOf(rule))
                {
                    json.WritePropertyName(property.Name);
                    PlainJson.Write(json, property.Value(rule), $"{path}.{property.Name}", level + 1);
                }

                foreach (var number in rule.NamedNumbers)
                {
                    json.WritePropertyName(number.Name);
                    PlainJson.Write(json, number.Value(rule), $"{path}.{number.Name}", level + 1);
                }

                break;
        }

        json.WriteEndObject();
    }

    internal static Rule Read(JsonElement json, string path, RuleContext context)
    {
        context = context.Inside(path);
        var members = PlainJson.Members(json, path);
        if (members.Remove(Registered, out var registered) == members.Remove(Own, out var own))
        {
            throw new FormatException($"{path} must be a rule: have either \"{Registered}\" or \"{Own}\".");
        }

        if (own.ValueKind != JsonValueKind.Undefined)
        {
            return WithMembers(Given(PlainJson.Text(own, path), path, context), members, path, context);
        }

        string name = PlainJson.Text(registered, path);
        return name == ChainName ? ReadChain(members, path, context)
            : RuleRegistry.Find(name) is not { } entry
                ? throw new FormatException($"{path} must be a rule of this library, was {QuotedName.Of(name)}; {NearestNames.Text(name, RuleRegistry.All.Select(e => e.Name).Append(ChainName))}.")
            : entry.Name == Names[typeof(Partition)] ? ReadPartition(members, path, context)
            : WithMembers(entry.Create(), members, path, context);
    }

    private static Rule Given(string type, string path, RuleContext context) =>
        context.Own.FirstOrDefault(rule => TypeName(rule) == type)
        ?? throw new FormatException(
            $"{path} is of type {QuotedName.Of(type)}, which this library does not have: give a rule of that type, ownRules: [new ...()], or the whole rule");

    private static Chain ReadChain(Dictionary<string, JsonElement> members, string path, RuleContext context) =>
        new([.. PlainJson.Items(Only(members, ChainRules, path), path).Select((item, i) => Read(item, FormattableString.Invariant($"{path}.rules[{i}]"), context))]);

    private static Partition ReadPartition(Dictionary<string, JsonElement> members, string path, RuleContext context)
    {
        ParameterGroup[] groups = [.. PlainJson.Items(Only(members, PartitionGroups, path), path).Select((item, i) =>
        {
            string at = FormattableString.Invariant($"{path}.group[{i}]");
            var parts = PlainJson.Members(item, at);
            return parts.Remove(GroupTensors, out var tensors)
                ? new ParameterGroup(SelectorJson.Read(tensors, $"{at}.{GroupTensors}", context), Read(Only(parts, GroupRule, at), at, context))
                : throw new FormatException($"{at} must have {GroupTensors} and {GroupRule}.");
        })];
        return groups.Length > 0 ? new(groups) : throw new FormatException($"{path} must have at least one group.");
    }

    private static JsonElement Only(Dictionary<string, JsonElement> members, string name, string path) => members.Count == 1 && members.TryGetValue(name, out var value)
        ? value
        : throw new FormatException($"{path} must have {name} and nothing else.");

    private static Rule WithMembers(Rule rule, Dictionary<string, JsonElement> members, string path, RuleContext context)
    {
        var properties = PropertiesOf(rule);
        if (rule.NamedNumbers is { Count: > 0 } named)
        {
            RequireAll(rule, named, members, path);
            properties = [.. properties, .. named];
        }

        foreach (var (name, value) in members)
        {
            var property = Array.Find(properties, property => property.Name == name)
                ?? throw new FormatException(
                    $"{path} has no hyperparameter {QuotedName.Of(name)} in {(rule is FunctionRule ? TypeName(rule) : rule.GetType().Name)}; {NearestNames.Text(name, properties.Select(p => p.Name))}.");
            string at = $"{path}.{name}";
            object? read = PlainJson.Read(value, property.Type, at, context);
            try
            {
                rule = property.With(rule, read);
            }
            catch (ArgumentException e)
            {
                throw new FormatException($"{at}: {e.Message}", e);
            }
        }

        return rule;
    }

    private static void RequireAll(Rule rule, IReadOnlyList<RuleNumber> named, Dictionary<string, JsonElement> members, string path)
    {
        if (named.FirstOrDefault(number => !members.ContainsKey(number.Name)) is { } lacking)
        {
            throw new FormatException($"{path} was saved without the hyperparameter {lacking.Name}, which the {TypeName(rule)} that is given has: give the rule as it was saved.");
        }
    }

    /// <summary>A rule that is a function is identified by its name: there may be several of that type.</summary>
    private static string TypeName(Rule rule) =>
        rule is FunctionRule function ? $"{rule.GetType().Name} {function.Name}" : rule.GetType().FullName ?? rule.GetType().Name;

    /// <summary>By name: the order of reflection is not guaranteed.</summary>
    private static RuleNumber[] PropertiesOf(Rule rule) => Properties.TryGetValue(rule.GetType(), out var known)
        ? known
        : Properties[rule.GetType()] = [.. rule.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } && property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .OrderBy(property => property.Name, StringComparer.Ordinal).Select(RuleNumber.Of)];
}

/// <summary>The context of reading a rule.</summary>
/// <param name="Own">One instance of each rule type from outside the library.</param>
/// <param name="OwnSchedules">The schedules from outside the library.</param>
/// <param name="Level">The nesting depth.</param>
internal readonly record struct RuleContext(IReadOnlyList<Rule> Own, IReadOnlyList<Schedule> OwnSchedules, int Level)
{
    /// <summary>What a caller gives, at the outermost level; a rule's own schedules are given with it.</summary>
    public static RuleContext Of(IReadOnlyList<Rule> rules, IReadOnlyList<Schedule> schedules) => new(rules, [.. schedules, .. rules.SelectMany(RuleTree.OwnSchedules)], 0);

    /// <exception cref="FormatException">It is nested too deeply.</exception>
    public RuleContext Inside(string path) => Level < PlainJson.MaxLevel
        ? this with { Level = Level + 1 }
        : throw new FormatException(FormattableString.Invariant($"{path} lies within more than {PlainJson.MaxLevel} rules and schedules."));
}
