using System.Globalization;

namespace Optim;

/// <summary>What the wrappers share that scale another rule's way from the start: numbers for each of several rates of forgetting.</summary>
internal static class DistanceScales
{
    private const int Most = 16;

    /// <summary>The rates of forgetting that both papers take.</summary>
    public static IReadOnlyList<double> Usual { get; } = Array.AsReadOnly([0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999]);

    /// <summary>What they are to the rules around and inside.</summary>
    public static Composition Composition { get; } = new()
    {
        OwnPoint = "the point that it scales its steps from",
        KeepsObjectiveOut = "it scales the way that the other leads, which the other's evaluations do not see; give that rule its rate by hand",
        KeepsPointOut = "its step is scaled afterwards; put that rule around",
        KeepsRestOut = "it learns from every gradient and scales what has been walked so far at every step; put that rule around",
        KeepsScaledGradientsOut = ScaledGradients.KeepOut,
        KeepsAscentOut = "it measures what steps against the gradient would have won; turn the sign of the gradient in front, new Scale(-1)",
        FindsDistance = true,
        NeedsWholeSet = true,
    };

    /// <summary>A number whose square is finite; NaN stays.</summary>
    public static double Bounded(double number) => Math.Clamp(number, -1e150, 1e150);

    /// <summary>The name of a number of one rate.</summary>
    public static string Name(string name, int beta) => string.Create(CultureInfo.InvariantCulture, $"{name}[{beta}]");

    /// <summary>A number for each rate.</summary>
    public static IEnumerable<ScalarDeclaration> Declare(string name, int count, double initial = 0) =>
        Enumerable.Range(0, count).Select(beta => new ScalarDeclaration(Name(name, beta), initial));

    /// <summary>Copies rates, each in [0, 1).</summary>
    public static ValueList<double> Checked(IReadOnlyList<double> values, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        return values.Count is > 0 and <= Most
            ? new(values.Select(beta => Constraint.UnitInterval.Check(beta, name)))
            : throw new ArgumentException(FormattableString.Invariant($"{name} must hold 1 to {Most} numbers, held {values.Count}."), name);
    }
}
