using System.Reflection;

namespace Optim;

/// <summary>A number or a schedule that a rule has: a property, or a hyperparameter that is data.</summary>
/// <param name="Name">Its name in paths.</param>
/// <param name="Type">Its type: <see cref="Schedule"/>, or that of a number.</param>
/// <param name="Value">From the rule to its value; null where it is not set.</param>
/// <param name="With">The rule with another value.</param>
internal sealed record RuleNumber(string Name, Type Type, Func<Rule, object?> Value, Func<Rule, object?, Rule> With)
{
    public static RuleNumber Of(PropertyInfo property) => new(property.Name, property.PropertyType, property.GetValue, (rule, value) => RuleTree.With(rule, property, value));
}
