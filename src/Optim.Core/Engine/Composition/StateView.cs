using System.Numerics;
using System.Runtime.CompilerServices;

namespace Optim;

/// <summary>What one rule sees of a state between two steps: the parameters, its own slots and scalars, and its own clock.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class StateView<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly IReadOnlyList<ScalarDeclaration> declarations;
    private readonly IReadOnlyList<double> scalars;

    internal StateView(Rule rule, TensorSet<T> parameters, IReadOnlyList<TensorSet<T>> slots, IReadOnlyList<double> scalars, long step)
    {
        declarations = rule.AllScalars();
        this.scalars = scalars;
        Parameters = parameters;
        Slots = slots;
        Step = step;
    }

    /// <summary>The iterate, at which gradients are taken.</summary>
    public TensorSet<T> Parameters { get; }

    /// <summary>The rule's slots, in the order declared; those of the rules inside it included.</summary>
    public IReadOnlyList<TensorSet<T>> Slots { get; }

    /// <summary>The number of steps that the rule has taken.</summary>
    public long Step { get; }

    /// <summary>One of the rule's scalars.</summary>
    /// <param name="name">The name the rule declared.</param>
    public double Scalar(string name) => ScalarDeclaration.Find(declarations, name) is var i and >= 0
        ? scalars[i]
        : throw new InvalidOperationException($"No rule declares a scalar '{name}'.");

    /// <summary>A schedule's value at the next step, as far as it is known before that step's loss is.</summary>
    /// <param name="schedule">One of the rule's own hyperparameters.</param>
    /// <param name="name">The hyperparameter's name; by default the expression given for <paramref name="schedule"/>.</param>
    public double Value(Schedule schedule, [CallerArgumentExpression(nameof(schedule))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(schedule);
        int first = 0;
        while (first < declarations.Count && !(declarations[first].IsOfSchedule && declarations[first].Name.StartsWith(name + ".", StringComparison.Ordinal)))
        {
            first++;
        }

        return schedule.At(Step, ScheduleScalars.AtRest(scalars).From(first));
    }

    /// <summary>The parameters that a rule inside this one would evaluate a model with.</summary>
    /// <param name="rule">The rule inside.</param>
    /// <param name="firstSlot">Which of <see cref="Slots"/> is its first.</param>
    /// <param name="firstScalar">Which of the rule's scalars, in the order declared, is its first.</param>
    /// <param name="step">The number of steps it has taken.</param>
    /// <param name="parameters">What it sees as the iterate; by default what this rule sees.</param>
    public TensorSet<T> EvaluationParameters(Rule rule, int firstSlot, int firstScalar, long step, TensorSet<T>? parameters = null)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.EvaluationParameters(new StateView<T>(
            rule, parameters ?? Parameters, [.. Slots.Skip(firstSlot).Take(rule.DeclareSlots().Count)],
            [.. scalars.Skip(firstScalar).Take(rule.AllScalars().Count)], step));
    }
}
