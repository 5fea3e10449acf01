namespace Optim;

/// <summary>The valid range of a hyperparameter. On a partial property of a <see cref="RuleAttribute"/> record, a <see cref="Schedule"/> or a <see cref="double"/>, whose setter is then generated and rejects all other values, NaN included.</summary>
/// <example><code>[Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;</code></example>
/// <param name="bounds">The values.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeAttribute(Bounds bounds) : Attribute
{
    /// <summary>The values.</summary>
    public Bounds Bounds => bounds;
}

/// <summary>The minimum of an integer hyperparameter. On a partial property of a <see cref="RuleAttribute"/> record, an <see cref="int"/> or a <see cref="long"/>, whose setter is then generated.</summary>
/// <example><code>[AtLeast(1)] public partial int SyncPeriod { get; init; } = 5;</code></example>
/// <param name="least">The value.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AtLeastAttribute(int least) : Attribute
{
    /// <summary>The value.</summary>
    public int Least => least;
}

/// <summary>The range of a <see cref="RangeAttribute"/>; each member names the <see cref="Constraint"/> that checks it.</summary>
public enum Bounds
{
    /// <summary>In [0, 1): decay rates and momentum. See <see cref="Constraint.UnitInterval"/>.</summary>
    UnitInterval,

    /// <summary>0 or more, and finite: learning rates, weight decay, epsilon. See <see cref="Constraint.NonNegative"/>.</summary>
    NonNegative,

    /// <summary>More than 0, and finite: limits. See <see cref="Constraint.Positive"/>.</summary>
    Positive,

    /// <summary>In [0, 1]: fractions that may be 1. See <see cref="Constraint.Fraction"/>.</summary>
    Fraction,

    /// <summary>In (0, 1]: fractions that may not be 0. See <see cref="Constraint.PositiveFraction"/>.</summary>
    PositiveFraction,

    /// <summary>1 or more, and finite: growth. See <see cref="Constraint.AtLeastOne"/>.</summary>
    AtLeastOne,

    /// <summary>1 or more, infinity included: limits of growth. See <see cref="Constraint.Growth"/>.</summary>
    Growth,

    /// <summary>Finite: factors. See <see cref="Constraint.Finite"/>.</summary>
    Finite,

    /// <summary>Any number, or minus infinity. See <see cref="Constraint.LowerBound"/>.</summary>
    LowerBound,

    /// <summary>Any number, or infinity. See <see cref="Constraint.UpperBound"/>.</summary>
    UpperBound,
}
