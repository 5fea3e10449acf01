using System.Globalization;
using System.Text.Json;
using Optim.Names;

namespace Optim.Checkpoints;

/// <summary>The values in rules and schedules as JSON and back: numbers to the bit, enum members, rules, schedules, selectors, and lists of them.</summary>
internal static class PlainJson
{
    /// <summary>The maximum nesting of rules, schedules and selectors.</summary>
    public const int MaxLevel = 64;

    /// <summary>The JSON depth that this nesting takes at most.</summary>
    public const int MaxDepth = 320;

    private const string BitsPrefix = "NaN:";

    public static void RequireLevel(int level, string path)
    {
        if (level > MaxLevel)
        {
            throw new ArgumentException(FormattableString.Invariant($"At most {MaxLevel} rules and schedules, one within the other, can be saved; {Short(path)} lies deeper."), nameof(path));
        }
    }

    public static void Write(Utf8JsonWriter json, object? value, string path, int level)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int whole: json.WriteNumberValue(whole); break;
            case long whole: json.WriteNumberValue(whole); break;
            case double number: WriteNumber(json, number); break;
            case string text: json.WriteStringValue(text); break;
            case Enum choice: json.WriteStringValue(choice.ToString()); break;
            case Schedule schedule: ScheduleJson.Write(json, schedule, path, level); break;
            case Rule rule: RuleJson.Write(json, rule, path, level); break;
            case LineSearch search: LineSearchJson.Write(json, search, path, level); break;
            case TensorSelector tensors: SelectorJson.Write(json, tensors.Form, path, level); break;
            case IReadOnlyList<double> list: WriteList(json, list, path, level); break;
            case IReadOnlyList<long> list: WriteList(json, list, path, level); break;
            case IReadOnlyList<int> list: WriteList(json, list, path, level); break;
            case IReadOnlyList<string> list: WriteList(json, list, path, level); break;
            case IReadOnlyList<Schedule> list: WriteList(json, list, path, level); break;
            case IReadOnlyList<Rule> list: WriteList(json, list, path, level); break;
            default: throw NotData(path, $"a {value.GetType().Name}");
        }
    }

    public static void WriteList<V>(Utf8JsonWriter json, IReadOnlyList<V> list, string path, int level)
    {
        json.WriteStartArray();
        foreach (var (i, item) in list.Index())
        {
            Write(json, item, FormattableString.Invariant($"{path}[{i}]"), level + 1);
        }

        json.WriteEndArray();
    }

    /// <exception cref="FormatException">It is not a value of the type.</exception>
    public static object? Read(JsonElement json, Type type, string path, RuleContext context)
    {
        if (json.ValueKind == JsonValueKind.Null)
        {
            return !type.IsValueType || Nullable.GetUnderlyingType(type) is not null ? null : throw Wrong(path, "a value", json);
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(double) ? ReadNumber(json, path)
            : type == typeof(Schedule) ? ScheduleJson.Read(json, path, context)
            : type == typeof(bool) ? json.ValueKind is JsonValueKind.True or JsonValueKind.False ? (object)json.GetBoolean() : throw Wrong(path, "true or false", json)
            : type == typeof(int) ? json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out int whole) ? (object)whole : throw Wrong(path, "a whole number", json)
            : type == typeof(long) ? json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out long whole64) ? (object)whole64 : throw Wrong(path, "a whole number", json)
            : type == typeof(string) ? Text(json, path)
            : type.IsEnum ? ReadChoice(json, type, path)
            : typeof(Rule).IsAssignableFrom(type) ? ReadRule(json, type, path, context)
            : typeof(LineSearch).IsAssignableFrom(type) ? ReadSearch(json, type, path, context)
            : type == typeof(TensorSelector) ? SelectorJson.Read(json, path, context)
            : ReadList(json, type, path, context);
    }

    public static double ReadNumber(JsonElement json, string path)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Number when json.TryGetDouble(out double number) && double.IsFinite(number):
                return number;
            case JsonValueKind.String:
                string text = json.GetString()!;
                return text switch
                {
                    "NaN" => double.NaN,
                    "Infinity" => double.PositiveInfinity,
                    "-Infinity" => double.NegativeInfinity,
                    "-0" => -0.0,
                    _ when text.StartsWith(BitsPrefix, StringComparison.Ordinal)
                        && long.TryParse(text.AsSpan(BitsPrefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long bits)
                        && double.IsNaN(BitConverter.Int64BitsToDouble(bits)) => BitConverter.Int64BitsToDouble(bits),
                    _ => throw Wrong(path, "a number", json),
                };
            default:
                throw Wrong(path, "a number", json);
        }
    }

    /// <exception cref="FormatException">It is not an object, or a name occurs twice.</exception>
    public static Dictionary<string, JsonElement> Members(JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(path, "an object", json);
        }

        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            if (!members.TryAdd(member.Name, member.Value))
            {
                throw new FormatException($"{Short(path)} must have {QuotedName.Of(member.Name)} once, had it twice.");
            }
        }

        return members;
    }

    public static IEnumerable<JsonElement> Items(JsonElement json, string path) =>
        json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : throw Wrong(path, "a list", json);

    public static string Text(JsonElement json, string path) => json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Wrong(path, "a text", json);

    public static FormatException Wrong(string path, string what, JsonElement json) =>
        new($"{Short(path)} must be {what}, was {(json.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? json.ValueKind.ToString() : QuotedName.Of(json.GetRawText()))}.");

    public static ArgumentException NotData(string path, string what) => new(
        $"{Short(path)} is {what}, which is no data and cannot be saved. Save the state without its rule, saveRule: false, and give the rule when it is loaded.", "state");

    private static void WriteNumber(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number) && BitConverter.DoubleToInt64Bits(number) != BitConverter.DoubleToInt64Bits(-0.0))
        {
            // The shortest digits that read back to the same bits.
            json.WriteNumberValue(number);
            return;
        }

        json.WriteStringValue(number switch
        {
            0 => "-0",
            double.PositiveInfinity => "Infinity",
            double.NegativeInfinity => "-Infinity",
            _ when BitConverter.DoubleToInt64Bits(number) == BitConverter.DoubleToInt64Bits(double.NaN) => "NaN",
            _ => BitsPrefix + BitConverter.DoubleToInt64Bits(number).ToString("X16", CultureInfo.InvariantCulture),
        });
    }

    private static object ReadChoice(JsonElement json, Type type, string path)
    {
        string text = Text(json, path);
        return Enum.TryParse(type, text, out object? choice) && choice.ToString() == text && !char.IsAsciiDigit(text[0]) && text[0] != '-'
            ? choice
            : throw new FormatException($"{Short(path)} must be one of {string.Join(", ", Enum.GetNames(type))}, was {QuotedName.Of(text)}.");
    }

    private static Rule ReadRule(JsonElement json, Type type, string path, RuleContext context)
    {
        var rule = RuleJson.Read(json, path, context);
        return type.IsInstanceOfType(rule) ? rule : throw new FormatException($"{Short(path)} must be a {type.Name}, was a {rule.GetType().Name}.");
    }

    private static LineSearch ReadSearch(JsonElement json, Type type, string path, RuleContext context)
    {
        var search = LineSearchJson.Read(json, path, context);
        return type.IsInstanceOfType(search) ? search : throw new FormatException($"{Short(path)} must be a {type.Name}, was a {search.GetType().Name}.");
    }

    private static object ReadList(JsonElement json, Type type, string path, RuleContext context)
    {
        return Is<double>(type) ? List(item => ReadNumber(item, path))
            : Is<long>(type) ? List(item => (long)Read(item, typeof(long), path, context)!)
            : Is<int>(type) ? List(item => (int)Read(item, typeof(int), path, context)!)
            : Is<string>(type) ? List(item => Text(item, path))
            : Is<Schedule>(type) ? List(item => ScheduleJson.Read(item, path, context))
            : Is<Rule>(type) ? List(item => RuleJson.Read(item, path, context))
            : throw new FormatException($"{Short(path)} is a {type.Name}, which is not read as data.");

        V[] List<V>(Func<JsonElement, V> read) => [.. Items(json, path).Select(read)];
    }

    private static bool Is<V>(Type type) => type == typeof(IReadOnlyList<V>) || type == typeof(IEnumerable<V>);

    private static string Short(string path) => path.Length <= 200 ? path : $"{path[..80]} ... {path[^80..]}";
}
