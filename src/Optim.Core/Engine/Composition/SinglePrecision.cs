using System.Globalization;

namespace Optim;

/// <summary>Hyperparameters are numbers in double precision, and formulas in single precision take them as floats: one that is 0 or infinite as a float is another hyperparameter.</summary>
internal static class SinglePrecision
{
    /// <summary>Rejects a number that stays the same at each step and that a float cannot hold. A schedule may come to 0 on its way, as rates do that decay.</summary>
    /// <typeparam name="T">The elements' type.</typeparam>
    /// <param name="rule">The rule, with the rules inside it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is one, of a rule for <see cref="float"/>.</exception>
    public static void Require<T>(Rule rule)
    {
        if (typeof(T) == typeof(float))
        {
            Require(rule, "");
        }
    }

    private static void Require(Rule rule, string prefix)
    {
        foreach (var property in RuleTree.NumbersOf(rule))
        {
            double number = property.Value(rule) switch { ConstantSchedule constant => constant.Value, double value => value, _ => 0 };
            if (double.IsFinite(number) && number != 0 && ((float)number == 0 || !float.IsFinite((float)number)))
            {
                throw new ArgumentOutOfRangeException(prefix + property.Name, string.Create(CultureInfo.InvariantCulture,
                    $"{prefix}{property.Name} must be 0, or from {float.Epsilon} to {float.MaxValue} in magnitude, for parameters in single precision, was {number}."));
            }
        }

        foreach (var inner in rule.DeclareInner())
        {
            Require(inner.Rule, $"{prefix}{inner.Name}.");
        }
    }
}
