using System.Numerics;
using Optim.Execution;

namespace Optim;

/// <summary>Multiplies the update by the learning rate: <c>u = lr g</c>. Usually the last rule of a chain.</summary>
public sealed record ScaleByLearningRate : Rule
{
    /// <summary>Sets the learning rate, 0.001 at first.</summary>
    public ScaleByLearningRate()
    {
    }

    /// <summary>Sets the learning rate.</summary>
    /// <param name="learningRate">lr; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative or not finite.</exception>
    public ScaleByLearningRate(Schedule learningRate) => LearningRate = learningRate;

    /// <summary>lr; 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    internal static RuleEntry Entry { get; } = new(
        "scale_by_learning_rate", "learning rate", "The update times the learning rate.",
        () => new ScaleByLearningRate())
    {
        Formula = """
            u = lr u
            """,
        Paper = "none",
        Definition = "our own: the sign stays out of the rate, so that every rule descends",
        Disagreements = "Optax puts the sign into this piece; a chain there without it ascends.",
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByLearningRate WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Apply(new ScaleFormula<T>(Constraint.NonNegative.At(LearningRate, plan.Clock)));
    }
}
