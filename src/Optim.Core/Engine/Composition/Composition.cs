namespace Optim;

/// <summary>What a rule is to the rules around, before and behind it. From what all of them say follows which compositions are refused (<see cref="Rule.Validate"/>).</summary>
/// <remarks>
/// The default says that the rule gets by with the gradient it is given, keeps no point of its own, and lets any rule into it. A rule that evaluates the
/// objective without saying so is refused too where its evaluations would not fit its gradient, but at the first step only.
/// </remarks>
public sealed record Composition
{
    /// <summary>A rule that goes with any other: the default.</summary>
    public static Composition Free { get; } = new();

    /// <summary>Whether the rule evaluates the objective itself, by <see cref="Execution.Plan{T}.RequireObjective(string)"/>. Default false.</summary>
    public bool EvaluatesObjective { get; init; }

    /// <summary>Why no rule inside this one may evaluate the objective, and what to do instead: a clause that ends a sentence. Empty, the default, where one may.</summary>
    public string KeepsObjectiveOut { get; init; } = "";

    /// <summary>
    /// The point, or the memory of points or of its own steps, that the rule keeps beside the parameters and that a rule behind it in a chain would not change: <c>its slow weights</c>. Empty, the default,
    /// where there is none; a rule that has one is the last of its chain.
    /// </summary>
    public string OwnPoint { get; init; } = "";

    /// <summary>Why a projection behind the rule would lead to a wrong point: a clause that ends a sentence. Empty, the default, where it does not.</summary>
    public string KeepsProjectionOut { get; init; } = "";

    /// <summary>Whether the rule moves the parameters onto a set. Default false.</summary>
    public bool Projects { get; init; }

    /// <summary>Whether the gradients the rule is given are multiplied by a scale that it divides by. Default false.</summary>
    public bool TakesScaledGradients { get; init; }

    /// <summary>Whether the rule hands the update on as it is, to watch it: it may then stand anywhere in a chain. Default false.</summary>
    public bool OnlyWatches { get; init; }

    /// <summary>
    /// Whether the rule, or its work on tensors, sees the parameters as one vector, beyond norms and sums over all tensors: so that it cannot be stepped in parts (<see cref="StatePartition"/>). Default false.
    /// </summary>
    public bool NeedsWholeSet { get; init; }

    /// <summary>Why the rule's step is no multiple of its learning rate, so that there is no direction to be had from it (<see cref="Directions.AsDirection"/>): a clause that ends a sentence. Empty, the default, where it is one.</summary>
    public string KeepsRateInside { get; init; } = "";

    /// <summary>Why no rule inside this one may keep a point of its own or project, and what to do instead: a clause that ends a sentence. Empty, the default, where one may.</summary>
    public string KeepsPointOut { get; init; } = "";

    /// <summary>A copy with another <see cref="KeepsRateInside"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithKeepsRateInside(string value) => this with { KeepsRateInside = value };

    /// <summary>A copy with another <see cref="KeepsPointOut"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithKeepsPointOut(string value) => this with { KeepsPointOut = value };

    /// <summary>A copy with another <see cref="EvaluatesObjective"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithEvaluatesObjective(bool value) => this with { EvaluatesObjective = value };

    /// <summary>A copy with another <see cref="KeepsObjectiveOut"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithKeepsObjectiveOut(string value) => this with { KeepsObjectiveOut = value };

    /// <summary>A copy with another <see cref="OwnPoint"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithOwnPoint(string value) => this with { OwnPoint = value };

    /// <summary>A copy with another <see cref="KeepsProjectionOut"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithKeepsProjectionOut(string value) => this with { KeepsProjectionOut = value };

    /// <summary>A copy with another <see cref="Projects"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithProjects(bool value) => this with { Projects = value };

    /// <summary>A copy with another <see cref="TakesScaledGradients"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithTakesScaledGradients(bool value) => this with { TakesScaledGradients = value };

    /// <summary>A copy with another <see cref="OnlyWatches"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithOnlyWatches(bool value) => this with { OnlyWatches = value };

    /// <summary>A copy with another <see cref="NeedsWholeSet"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithNeedsWholeSet(bool value) => this with { NeedsWholeSet = value };

    /// <summary>The members, as text.</summary>
    public override string ToString() => InvariantText.Of(nameof(Composition), PrintMembers);
}
