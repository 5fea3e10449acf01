using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Optim.Cli.Compare;

namespace Optim.Cli.Train;

/// <summary>A registered optimizer by name, or a variant of gradient descent, with hyperparameters from the command line.</summary>
internal sealed record OptimizerChoice(string Name, string Title, double DigitsRate, bool NeedsObjective, Func<Schedule, Rule> Create)
{
    // The rates of the registry train a network of a few thousand weights on batches of 32; images want less.
    private const double ImageShare = 0.2;

    private static readonly Dictionary<string, double> ImageRates = new(StringComparer.Ordinal)
    {
        ["sgd"] = 0.1, ["momentum"] = 0.02, ["nesterov"] = 0.02, ["rmsprop"] = 0.001, ["adam"] = 0.003, ["adamw"] = 0.003, ["lion"] = 0.0002,
    };

    /// <summary>Every optimizer that can train a network on batches.</summary>
    public static IReadOnlyList<OptimizerChoice> All { get; } =
    [
        .. Contestant.All.Where(contestant => !contestant.FullBatches).Select(contestant =>
            new OptimizerChoice(contestant.Name, contestant.Title, contestant.LearningRate, false, rate => Created(contestant, rate))),
        .. RuleRegistry.All.Where(entry => entry is { IsPreset: true, NeedsObjective: true, IsForFullBatches: false })
            .Select(entry => new OptimizerChoice(entry.Name, entry.Title, entry.StartingRate!.Value, true, entry.Create)),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(choice => choice.Name)];

    /// <summary>Finds an optimizer by name, ignoring case.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static OptimizerChoice Find(string name) => All.FirstOrDefault(choice => choice.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"--optimizer must be a known name, was '{name}'; {UnknownName.Hint(name, [.. Names])}");

    /// <summary>A rate that works well on images, or on the digits.</summary>
    public double UsualRate(bool images) => FindsDistance ? 1 : images ? ImageRates.GetValueOrDefault(Name, DigitsRate * ImageShare) : DigitsRate;

    // The rate is but their authors' factor, 1: with a smaller one the distance takes many epochs to grow, whatever is best after them.
    private bool FindsDistance => Create(1).DeclareComposition().FindsDistance;

    /// <summary>The rule with other hyperparameters.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="assignments">As <c>Beta2=0.99</c>, <c>Nesterov=true</c>, or <c>Inner.Beta1=0.8</c> for an inner rule.</param>
    /// <exception cref="FormatException">There is no such hyperparameter, or the value is invalid.</exception>
    public static Rule With(Rule rule, IEnumerable<string> assignments)
    {
        foreach (string assignment in assignments)
        {
            if (assignment.Split('=', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } path, { Length: > 0 } value])
            {
                throw new FormatException($"--set must hold assignments such as Beta2=0.99, was '{assignment}'.");
            }

            rule = With(rule, path, value, assignment);
        }

        return rule;
    }

    private static Rule With(Rule rule, string path, string value, string assignment)
    {
        var whole = JsonNode.Parse(RuleJson.Write(rule))!.AsObject();
        var owner = whole;
        string[] names = path.Split('.');
        foreach (string name in names[..^1])
        {
            string inner = Known(owner, name, assignment);
            owner = owner[inner] as JsonObject ?? throw new FormatException($"--set {assignment}: '{name}' is a value, with nothing inside it.");
        }

        owner[Known(owner, names[^1], assignment)] = Value(value);
        try
        {
            return RuleJson.Read(whole.ToJsonString(), []);
        }
        catch (FormatException e)
        {
            throw new FormatException($"--set {assignment}: {(e.InnerException is ArgumentException refusal ? Refusals.Text(refusal) : e.Message)}", e);
        }
    }

    private static string Known(JsonObject rule, string name, string assignment)
    {
        string[] known = [.. rule.Select(member => member.Key).Where(key => char.IsAsciiLetterUpper(key[0]))];
        return Array.Find(known, key => key.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"--set {assignment}: there is no hyperparameter '{name}'; {UnknownName.Hint(name, known)}");
    }

    /// <summary>A number, a boolean or a word.</summary>
    private static JsonValue Value(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? JsonValue.Create(whole) : JsonValue.Create(number)
        : bool.TryParse(text, out bool flag) ? JsonValue.Create(flag)
        : JsonValue.Create(text)!;

    /// <summary>Contestants take a number, which the schedule replaces.</summary>
    private static Rule Created(Contestant contestant, Schedule rate) => RuleRegistry.Find(contestant.Name) is { } entry
        ? entry.Create(rate)
        : ((Sgd)contestant.CreateRule(contestant.LearningRate)).WithLearningRate(rate);
}
