using Optim.Lanes;

namespace Optim;

/// <summary>What every function that is a rule may ask for at a step: the step's number, the rule's hyperparameters, the loss.</summary>
public abstract class FunctionStep
{
    private readonly FunctionRule rule;
    private readonly Func<double> loss;

    private protected FunctionStep(FunctionRule rule, long clock, Func<double> loss)
    {
        this.rule = rule;
        this.loss = loss;
        Clock = clock;
    }

    /// <summary>The number of steps taken before this one: where schedules are evaluated.</summary>
    public long Clock { get; }

    /// <summary>This step's number, from 1: the exponent of bias corrections.</summary>
    public long Step => Clock + 1;

    /// <summary>The rule's <see cref="FunctionRule.LearningRate"/> at this step.</summary>
    /// <exception cref="InvalidOperationException">The rule has none.</exception>
    public double LearningRate => rule.LearningRate is { } rate
        ? Constraint.NonNegative.At(rate, Clock, nameof(LearningRate))
        : throw new InvalidOperationException($"The rule '{rule.Name}' asks for its learning rate and has none: set {nameof(FunctionRule.LearningRate)}.");

    /// <summary>The loss at the parameters.</summary>
    /// <exception cref="ArgumentException">The step was not given one.</exception>
    public double Loss => loss();

    internal FunctionRule Rule => rule;

    /// <summary>The value of a hyperparameter at this step.</summary>
    /// <param name="name">The name the rule was given.</param>
    /// <exception cref="KeyNotFoundException">The rule has no such hyperparameter.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A schedule's value is out of the hyperparameter's range.</exception>
    public double Hyper(string name) => rule.HyperAt(name, Clock);

    /// <summary><c>1 - beta^t</c>, t this step's number: the divisor of a mean that started at 0. Exact at any step, also late ones.</summary>
    /// <param name="beta">The mean's factor, in [0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    public double BiasCorrection(double beta)
    {
        Constraint.UnitInterval.Check(beta, nameof(beta));
        return Exact.OneMinusPower(beta, Step);
    }

    /// <summary>A schedule's value at this step.</summary>
    /// <param name="schedule">The schedule.</param>
    public double At(Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return schedule.At(Clock);
    }
}
