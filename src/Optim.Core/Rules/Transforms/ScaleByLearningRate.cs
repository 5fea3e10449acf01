namespace Optim;

/// <summary>The update times the learning rate.</summary>
/// <formula>u = lr u</formula>
/// <paper>none</paper>
/// <definition>our own: the sign stays out of the rate, so that every rule descends</definition>
/// <differs>Optax puts the sign into this piece; a chain there without it ascends.</differs>
[RegisteredRule("scale_by_learning_rate", "learning rate")]
public sealed partial record ScaleByLearningRate : Rule
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
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.Apply(new ScaleFormula<T>(at.LearningRate));
    }
}
