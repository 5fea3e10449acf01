using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using Optim.Names;

namespace Optim.Checkpoints;

/// <summary>A schedule as JSON and back: a number for a constant, else <c>{"schedule": "Cosine", "Value": 0.1, ...}</c>, by the names of its properties.</summary>
/// <remarks>A property is a parameter of the constructor of the same name, or is set after it. An omitted one has the constructor's default.</remarks>
internal static class ScheduleJson
{
    private const string Kind = "schedule", Ending = "Schedule", Function = "Function", FunctionName = "Name";

    private static readonly Form[] Forms =
    [
        new(typeof(ClampSchedule)), new(typeof(CosineSchedule)), new(typeof(CyclicSchedule)), new(typeof(ExponentialSchedule)), new(typeof(InverseTimeSchedule)),
        new(typeof(JoinSchedule)), new(typeof(LinearSchedule)), new(typeof(MultiStepSchedule)), new(typeof(NaturalExponentialSchedule)), new(typeof(NoamSchedule)),
        new(typeof(OneCycleSchedule)), new(typeof(PiecewiseSchedule)), new(typeof(PolynomialSchedule)), new(typeof(ProductSchedule)), new(typeof(ReduceOnPlateauSchedule)),
        new(typeof(RestartsSchedule)), new(typeof(RexSchedule)), new(typeof(RootDecaySchedule)), new(typeof(ShiftSchedule)), new(typeof(StepSchedule)), new(typeof(SumSchedule)), new(typeof(TableSchedule)),
        new(typeof(WarmupCosineSchedule)), new(typeof(WarmupSchedule)),
    ];

    /// <exception cref="ArgumentException">It is of an unknown type.</exception>
    public static void Write(Utf8JsonWriter json, Schedule schedule, string path, int level)
    {
        PlainJson.RequireLevel(level, path);
        if (schedule is ConstantSchedule { Value: var constant })
        {
            PlainJson.Write(json, constant, path, level);
            return;
        }

        if (schedule is FunctionSchedule function)
        {
            json.WriteStartObject();
            json.WriteString(Kind, Function);
            json.WriteString(FunctionName, function.Name);
            json.WriteEndObject();
            return;
        }

        var form = Array.Find(Forms, form => form.Type == schedule.GetType()) ?? throw PlainJson.NotData(path, $"a schedule of type {schedule.GetType().Name}");
        json.WriteStartObject();
        json.WriteString(Kind, form.Name);
        foreach (var property in form.Properties)
        {
            json.WritePropertyName(property.Name);
            PlainJson.Write(json, property.GetValue(schedule), $"{path}.{property.Name}", level + 1);
        }

        json.WriteEndObject();
    }

    /// <exception cref="FormatException">It is unknown, or has invalid values.</exception>
    public static Schedule Read(JsonElement json, string path, RuleContext context)
    {
        context = context.Inside(path);
        if (json.ValueKind != JsonValueKind.Object)
        {
            return PlainJson.ReadNumber(json, path);
        }

        var members = PlainJson.Members(json, path);
        string name = members.Remove(Kind, out var kind) ? PlainJson.Text(kind, path) : throw new FormatException($"{path} must be a number or have \"{Kind}\".");
        if (name == Function)
        {
            return Given(members, path, context);
        }

        var form = Array.Find(Forms, form => form.Name == name)
            ?? throw new FormatException($"{path} must be a schedule of this library, was {QuotedName.Of(name)}; {NearestNames.Text(name, Forms.Select(f => f.Name).Append(Function))}.");
        foreach (string member in members.Keys.Where(member => !Array.Exists(form.Properties, property => property.Name == member)))
        {
            throw new FormatException(
                $"{path} has no value {QuotedName.Of(member)} in the schedule {name}; {NearestNames.Text(member, form.Properties.Select(p => p.Name))}.");
        }

        try
        {
            return Made(form, members, path, context);
        }
        catch (Exception e) when (e is ArgumentException or ArithmeticException)
        {
            throw new FormatException($"{path}: {e.Message}", e);
        }
    }

    private static FunctionSchedule Given(Dictionary<string, JsonElement> members, string path, RuleContext context)
    {
        string name = members.Count == 1 && members.TryGetValue(FunctionName, out var text)
            ? PlainJson.Text(text, path)
            : throw new FormatException($"{path} must have {FunctionName} and nothing else.");
        return context.OwnSchedules.OfType<FunctionSchedule>().FirstOrDefault(schedule => schedule.Name == name)
            ?? throw new FormatException($"{path} is the function {QuotedName.Of(name)}, which the file does not hold: give it, ownSchedules: [Schedule.OfFunction({QuotedName.Of(name)}, ...)], or the whole rule");
    }

    private static Schedule Made(Form form, Dictionary<string, JsonElement> members, string path, RuleContext context)
    {
        object?[] arguments = [.. form.Constructor.GetParameters().Select(parameter =>
        {
            string property = Form.PropertyOf(parameter);
            return members.TryGetValue(property, out var value) ? PlainJson.Read(value, parameter.ParameterType, $"{path}.{property}", context)
                : parameter.HasDefaultValue ? parameter.DefaultValue
                : throw new FormatException($"{path} must have {property}.");
        })];
        var schedule = (Schedule)form.Constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);
        foreach (var property in form.Properties.Where(property => property.CanWrite))
        {
            if (members.TryGetValue(property.Name, out var value))
            {
                property.SetValue(schedule, PlainJson.Read(value, property.PropertyType, $"{path}.{property.Name}", context), BindingFlags.DoNotWrapExceptions, null, null, null);
            }
        }

        return schedule;
    }

    /// <summary>A schedule type and its members.</summary>
    private sealed class Form([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicProperties)] Type type)
    {
        public Type Type { get; } = type;

        public string Name { get; } = type.Name[..^Ending.Length];

        public ConstructorInfo Constructor { get; } = type.GetConstructors().Single();

        public PropertyInfo[] Properties { get; } = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(property => property.Name, StringComparer.Ordinal)];

        public static string PropertyOf(ParameterInfo parameter) => char.ToUpperInvariant(parameter.Name![0]) + parameter.Name[1..];
    }
}
