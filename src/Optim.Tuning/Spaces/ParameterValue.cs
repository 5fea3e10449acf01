using System.Globalization;

namespace Optim.Tuning;

/// <summary>The value of one parameter: a number or a choice.</summary>
public readonly record struct ParameterValue
{
    private ParameterValue(double number, string? choice)
    {
        Number = number;
        Choice = choice;
    }

    /// <summary>The number; NaN for a choice.</summary>
    public double Number { get; }

    /// <summary>The choice; null for a number.</summary>
    public string? Choice { get; }

    /// <summary>A number.</summary>
    /// <param name="number">The number.</param>
    public static ParameterValue Of(double number) => new(number, null);

    /// <summary>A choice.</summary>
    /// <param name="choice">The choice.</param>
    public static ParameterValue OfChoice(string choice)
    {
        ArgumentNullException.ThrowIfNull(choice);
        return new(double.NaN, choice);
    }

    /// <summary>The number, in full precision, or the choice.</summary>
    public override string ToString() => Choice ?? Number.ToString(CultureInfo.InvariantCulture);
}
