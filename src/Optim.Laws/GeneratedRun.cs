using System.Numerics;

namespace Optim.Laws;

/// <summary>A generated run: a rule, where it starts, and the gradients of its steps. Immutable, compared by value; shrunk and printed as the laws' own cases are.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GeneratedRun<T> : IEquatable<GeneratedRun<T>>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    internal GeneratedRun(Scenario scenario)
    {
        Scenario = scenario;
        Start = scenario.StartOf<T>();
        Gradients = [.. scenario.GradientsOf<T>()];
    }

    /// <summary>The rule.</summary>
    public Rule Rule => Scenario.Rule;

    /// <summary>The parameters before the first step.</summary>
    public TensorSet<T> Start { get; }

    /// <summary>The gradient of each step, of the parameters' layout.</summary>
    public IReadOnlyList<TensorSet<T>> Gradients { get; }

    internal Scenario Scenario { get; }

    /// <summary>The state before the first step.</summary>
    public OptimizerState<T> Begin() => Optimizer.Init(Rule, Start);

    /// <summary>The state after the last step, each step pure.</summary>
    public OptimizerState<T> End() => Gradients.Aggregate(Begin(), (state, gradient) => Optimizer.Step(state, gradient).Item1);

    /// <inheritdoc/>
    public bool Equals(GeneratedRun<T>? other) => other is not null && Rule.Equals(other.Rule) && Start.Equals(other.Start) && Gradients.SequenceEqual(other.Gradients);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GeneratedRun<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rule, Start, Gradients.Count);

    /// <summary>The rule, the layout, the start and the gradients.</summary>
    public override string ToString() => Scenario.ToString();
}
