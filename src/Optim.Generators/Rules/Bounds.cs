using System;
using System.Collections.Generic;
using System.Globalization;

namespace Optim.Generators;

/// <summary>What <c>Optim.Bounds</c> means, for defaults to be checked when a rule is compiled. <c>Optim.Constraint</c> has the same, for values when it runs.</summary>
internal static class Bounds
{
    private static readonly Dictionary<string, (string Text, Func<double, bool> Holds)> All = new(StringComparer.Ordinal)
    {
        ["UnitInterval"] = ("in [0, 1)", x => x >= 0 && x < 1),
        ["NonNegative"] = ("0 or more, and finite", x => x >= 0 && x <= double.MaxValue),
        ["Positive"] = ("more than 0, and finite", x => x > 0 && x <= double.MaxValue),
        ["Fraction"] = ("in [0, 1]", x => x >= 0 && x <= 1),
        ["PositiveFraction"] = ("in (0, 1]", x => x > 0 && x <= 1),
        ["AtLeastOne"] = ("1 or more, and finite", x => x >= 1 && x <= double.MaxValue),
        ["Growth"] = ("1 or more", x => x >= 1),
        ["Finite"] = ("finite", x => x >= double.MinValue && x <= double.MaxValue),
        ["LowerBound"] = ("finite, or -Infinity", x => x <= double.MaxValue),
        ["UpperBound"] = ("finite, or Infinity", x => x >= double.MinValue),
    };

    /// <summary>What a default must be, if it is not; null if it is, or if the bounds are not known here.</summary>
    public static string? Broken(string bounds, double value) => All.TryGetValue(bounds, out var known) && !known.Holds(value) ? known.Text : null;

    public static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
