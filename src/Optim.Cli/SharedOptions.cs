using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Optim.Cli;

/// <summary>Options shared by several commands.</summary>
internal static class SharedOptions
{
    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print a single JSON document on standard output." };

    /// <summary><c>--quiet</c>, for commands that show progress.</summary>
    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress, only results." };

    /// <summary>An option for integers in a range.</summary>
    public static Option<T> WholeNumber<T>(string name, string description, T fallback, T least, T most)
        where T : struct, IBinaryInteger<T>
    {
        string range = string.Create(CultureInfo.InvariantCulture, $"from {least} to {most}");
        return new(name)
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                string text = result.Tokens[^1].Value;
                if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                {
                    return value;
                }

                result.AddError($"{name} must be a whole number {range}, was '{text}'.");
                return fallback;
            },
        };
    }

    /// <summary>An option for positive numbers.</summary>
    public static Option<double> PositiveNumber(string name, string description, string unit, double fallback) => new(name)
    {
        Description = description,
        HelpName = unit,
        DefaultValueFactory = _ => fallback,
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && value > 0)
            {
                return value;
            }

            result.AddError($"{name} must be a number more than 0, and finite, was '{text}'.");
            return fallback;
        },
    };
}
