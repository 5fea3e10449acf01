using System.Globalization;

namespace Optim;

/// <content>Rules with other hyperparameters.</content>
internal static partial class RuleTree
{
    /// <summary>The rule with another value of the hyperparameter of a path or, where there is none, of all whose paths end so; of a rate or a decay by its name alone, all of them, in their ratios.</summary>
    /// <exception cref="ArgumentException">There is none of that path, or it cannot have that value.</exception>
    public static Rule Adjusted(Rule rule, string path, Schedule value)
    {
        var paths = Paths(rule);
        if (path is LearningRate or WeightDecay && paths.Any(full => full == path || full.EndsWith("." + path, StringComparison.Ordinal)))
        {
            return InRatio(rule, path, value);
        }

        // A dot in front: that one alone, where a name means more than one.
        string exact = path.StartsWith('.') ? path[1..] : path;
        var chosen = paths.Contains(exact) ? [exact] : paths.Where(full => full.EndsWith("." + path, StringComparison.Ordinal)).ToHashSet();
        return chosen.Count > 0
            ? Map(rule, (full, property, own) => chosen.Contains(full) ? Converted(property, value, full) : own)
            : throw new ArgumentException($"{nameof(path)} must end as one of {string.Join(", ", paths)}, was '{path}'.", nameof(path));
    }

    /// <summary>The rule with every learning rate in it times a factor.</summary>
    public static Rule AtScaledRates(Rule rule, double factor) => Map(
        Each(rule, part => part.WithReferencesFixed()), (_, property, own) => property.Name == LearningRate && own is Schedule rate ? rate.Scale(factor) : own);

    /// <summary>The rule with all hyperparameters of a name changed: the rule's own, or the first that is not 0, to the value; the others so that their ratios to it stay.</summary>
    private static Rule InRatio(Rule rule, string name, Schedule value)
    {
        var all = new List<(string Path, Schedule Own)>();
        Map(rule, (path, property, own) =>
        {
            if (property.Name == name)
            {
                all.Add((path, own as Schedule ?? Convert.ToDouble(own, CultureInfo.InvariantCulture)));
            }

            return own;
        });

        var leading = all[LeadingOf([.. all.Select(each => each.Own)], hasOwn: all[0].Path == name)];
        return Map(rule, (path, property, own) => all.Find(each => each.Path == path) is { Path: not null } each ? Converted(property, Beside(each), path) : own);

        Schedule Beside((string Path, Schedule Own) each) => each.Path == leading.Path || each.Own.Equals(leading.Own) ? value
            : IsZero(each.Own) ? each.Own
            : Ratio(each.Own, leading.Own) is not { } ratio ? throw new ArgumentException(
                $"The ratio of {each.Path}, {each.Own}, to {leading.Path}, {leading.Own}, must be a number for {name} to change both; change each by its path, .{leading.Path} and .{each.Path}.", nameof(value))
            : value is ConstantSchedule { Value: var number } ? number * ratio : value.Scale(ratio);
    }

    /// <summary>Which of several numbers of a name the others follow: the rule's own, or the first that is not 0.</summary>
    /// <param name="all">Those in the rule and in the rules inside it, in order; at least one.</param>
    /// <param name="hasOwn">Whether the first is the rule's own.</param>
    private static int LeadingOf(List<Schedule> all, bool hasOwn) => hasOwn ? 0 : Math.Max(0, all.FindIndex(each => !IsZero(each)));

    private static bool IsZero(Schedule schedule) => schedule is ConstantSchedule { Value: 0 };

    /// <summary>What one schedule is, as a multiple of another; null where that is not a number that can be read off them.</summary>
    private static double? Ratio(Schedule schedule, Schedule other)
    {
        var ((body, factor), (otherBody, otherFactor)) = (Parts(schedule), Parts(other));
        return otherFactor != 0 && Equals(body, otherBody) ? factor / otherFactor : null;

        static (Schedule? Body, double Factor) Parts(Schedule schedule) => schedule switch
        {
            ConstantSchedule constant => (null, constant.Value),
            ProductSchedule { Right: ConstantSchedule { Value: var right } } product when Parts(product.Left) is var (body, factor) => (body, factor * right),
            ProductSchedule { Left: ConstantSchedule { Value: var left } } product when Parts(product.Right) is var (body, factor) => (body, factor * left),
            _ => (schedule, 1),
        };
    }

    /// <summary>The rule with each rule in it changed, from the outside in.</summary>
    private static Rule Each(Rule rule, Func<Rule, Rule> change)
    {
        var changed = change(rule);
        var inner = changed.DeclareInner();
        return inner.Count == 0 ? changed : changed.ReplaceInner([.. inner.Select(i => Each(i.Rule, change))]);
    }

    /// <summary>The rule with every weight decay in it 0.</summary>
    public static Rule WithoutDecay(Rule rule) => Map(rule, (path, property, own) => property.Name == WeightDecay ? Converted(property, 0, path) : own);

    private static Rule Map(Rule rule, Func<string, RuleNumber, object, object> change)
    {
        return Visit(rule, "");

        Rule Visit(Rule part, string prefix)
        {
            var changed = part;
            foreach (var property in NumbersOf(part))
            {
                if (property.Value(part) is { } own && change(prefix + property.Name, property, own) is var other && !other.Equals(own))
                {
                    changed = property.With(changed, other);
                }
            }

            var inner = part.DeclareInner();
            return inner.Count == 0 ? changed : changed.ReplaceInner([.. inner.Select(i => Visit(i.Rule, Inside(part, prefix, i)))]);
        }
    }

    private static List<string> Paths(Rule rule)
    {
        var paths = new List<string>();
        Map(rule, (path, _, own) =>
        {
            paths.Add(path);
            return own;
        });
        return paths;
    }

    private static object Converted(RuleNumber property, Schedule value, string path)
    {
        var type = Nullable.GetUnderlyingType(property.Type) ?? property.Type;
        if (type == typeof(Schedule))
        {
            return value;
        }

        if (value is not ConstantSchedule { Value: var number })
        {
            throw new ArgumentException($"{path} must be a number, not a schedule, was {value}.", nameof(value));
        }

        return type == typeof(double) ? (object)number
            : number != Math.Floor(number) || Math.Abs(number) > int.MaxValue
                ? throw new ArgumentException($"{path} must be a whole number, was {value}.", nameof(value))
            : type == typeof(int) ? (object)(int)number
            : (long)number;
    }
}
