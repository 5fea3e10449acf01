namespace Optim.Generators;

/// <summary>All of a rule that its generated part depends on; two of the same text are equal.</summary>
internal sealed record RuleModel(
    Declared Type,
    EquatableArray<CheckedProperty> Checked,
    EquatableArray<CopiedProperty> Copied,
    EquatableArray<Construction> Constructions,
    DocComment Documentation,
    Registration? Registration,
    EquatableArray<Problem> Problems);

/// <summary>A property whose setter is generated, and its value at a step where it is a schedule.</summary>
/// <param name="Modifiers">As declared: <c>public partial</c>.</param>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its name.</param>
/// <param name="Check">The expression that returns <c>value</c> or refuses it.</param>
/// <param name="At">The constraint by which a schedule's value is checked at a step; null where it is no schedule.</param>
internal sealed record CheckedProperty(string Modifiers, string Type, string Name, string Check, string? At);

/// <summary>A property that gets a <c>With...</c>.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its name.</param>
/// <param name="Reference">How documentation refers to it.</param>
internal sealed record CopiedProperty(string Type, string Name, string Reference);

/// <summary>A constructor that gets a twin with one parameter more, which nobody gives.</summary>
/// <param name="Parameters">The parameters of the constructor, as C#; empty for none.</param>
/// <param name="Arguments">Their names.</param>
/// <param name="IsDeclared">Whether the author has written it; if not, it is generated, too.</param>
internal sealed record Construction(string Parameters, string Arguments, bool IsDeclared);

/// <summary>A row of the registry.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Title">The name in tables.</param>
/// <param name="StartingRate">Of a whole optimizer, as C#; null for a piece of one.</param>
/// <param name="AtRate">Whether the rule makes itself at a rate.</param>
/// <param name="Facts">The other columns, as C#: <c>IsElementwise = false</c>.</param>
internal sealed record Registration(string Name, string Title, string? StartingRate, bool AtRate, EquatableArray<string> Facts);
