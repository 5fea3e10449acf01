using System.Globalization;

namespace Optim;

/// <summary>A schedule of the user's own: a function of the step, or of the losses, under a name.</summary>
/// <remarks>
/// Compared by name, which stands for the function, as in files: a checkpoint holds the name, and loading it takes the schedule again (<c>ownSchedules</c>). Made by <see cref="Schedule.OfFunction"/> and
/// <see cref="Schedule.OfLosses"/>. The function must be pure. Scalars in the state, where it follows the losses: those declared.
/// </remarks>
public sealed record FunctionSchedule : Schedule
{
    private readonly Func<long, double>? ofStep;
    private readonly Func<LossHistory, LossHistory>? observe;
    private readonly Func<LossHistory, double>? ofLosses;
    private readonly ScalarDeclaration[] kept = [];

    internal FunctionSchedule(string name, Func<long, double> function)
        : this(name)
    {
        ArgumentNullException.ThrowIfNull(function);
        ofStep = function;
    }

    internal FunctionSchedule(string name, IEnumerable<ScalarDeclaration> kept, Func<LossHistory, LossHistory> observe, Func<LossHistory, double> value)
        : this(name)
    {
        ArgumentNullException.ThrowIfNull(kept);
        ArgumentNullException.ThrowIfNull(observe);
        ArgumentNullException.ThrowIfNull(value);
        (this.observe, ofLosses, this.kept) = (observe, value, [.. kept]);
        if (this.kept.Length == 0 || this.kept.Select(scalar => scalar.Name).Distinct(StringComparer.Ordinal).Count() < this.kept.Length)
        {
            throw new ArgumentException($"{nameof(kept)} must be at least one scalar, each with a name of its own, was [{string.Join(", ", this.kept.Select(scalar => scalar.Name))}].", nameof(kept));
        }
    }

    private FunctionSchedule(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The value at a step; where it follows the losses, as before the first of them.</summary>
    /// <param name="step">The number of steps taken before; 0 or more.</param>
    public override double At(long step) => At(step, null);

    /// <summary>Whether both have the same name, and keep the same numbers.</summary>
    /// <param name="other">Another schedule.</param>
    public bool Equals(FunctionSchedule? other) => other is not null && Name == other.Name && kept.AsSpan().SequenceEqual(other.kept);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, kept.Length);

    /// <summary>The name.</summary>
    public override string ToString() => $"OfFunction({Name})";

    internal override IReadOnlyList<ScalarDeclaration> DeclareScalars() => kept;

    internal override double At(long step, ScheduleScalars? scalars)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (ofStep is not null)
        {
            return ofStep(step);
        }

        double[] before = [.. kept.Select((scalar, i) => scalars is null ? scalar.Initial : scalars[i])];
        if (scalars is null || !scalars.Observes)
        {
            return ofLosses!(new(this, step, null, before));
        }

        double loss = scalars.Loss ?? throw new ArgumentException($"{this} needs the loss at each step: Step(state, gradient, loss: ...).", nameof(loss));
        var seen = observe!(new(this, step, loss, before))
            ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"What observes the loss for {this} must return a history, was null at step {step}."));
        for (int i = 0; i < kept.Length; i++)
        {
            scalars[i] = seen[kept[i].Name];
        }

        return ofLosses!(seen);
    }

    internal int IndexOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int i = ScalarDeclaration.Find(kept, name);
        return i >= 0 ? i : throw new KeyNotFoundException($"{this} keeps no '{name}'; it keeps {string.Join(", ", kept.Select(scalar => scalar.Name))}.");
    }
}

/// <summary>What a schedule that follows the losses (<see cref="Schedule.OfLosses"/>) knows at a step: the loss, and the numbers that it has kept. Immutable.</summary>
public sealed class LossHistory
{
    private readonly FunctionSchedule schedule;
    private readonly double? loss;
    private readonly double[] values;

    internal LossHistory(FunctionSchedule schedule, long step, double? loss, double[] values)
    {
        this.schedule = schedule;
        this.loss = loss;
        this.values = values;
        Step = step;
    }

    /// <summary>The number of steps taken before.</summary>
    public long Step { get; }

    /// <summary>The loss at the parameters before this step.</summary>
    /// <exception cref="InvalidOperationException">It is asked for outside a step, by the value: keep it when it is observed.</exception>
    public double Loss => loss ?? throw new InvalidOperationException($"Between two steps there is no loss: the value of {schedule} must follow from what it keeps.");

    /// <summary>A number as it was kept.</summary>
    /// <param name="name">The name the schedule declared.</param>
    /// <exception cref="KeyNotFoundException">The schedule declares no such number.</exception>
    public double this[string name] => values[schedule.IndexOf(name)];

    /// <summary>The same with another number kept.</summary>
    /// <param name="name">The name the schedule declared.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="KeyNotFoundException">The schedule declares no such number.</exception>
    public LossHistory Keep(string name, double value)
    {
        double[] copy = [.. values];
        copy[schedule.IndexOf(name)] = value;
        return new(schedule, Step, loss, copy);
    }
}
