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

    private static readonly Composition Ascending = new() { Ascends = true };

    /// <summary>A rule that goes with any other, and may ascend.</summary>
    internal static Composition Of(bool ascends) => ascends ? Ascending : Free;

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

    /// <summary>Why the rule's step is no multiple of its learning rate, so that it has no direction (<see cref="Directions.AsDirection"/>): a clause that ends a sentence. Empty, the default, where it is one.</summary>
    public string WhyNoDirection { get; init; } = "";

    /// <summary>Why no rule inside this one may keep a point of its own, rebuild the parameters or project, and what to do instead: a clause that ends a sentence. Empty, the default, where one may.</summary>
    public string KeepsPointOut { get; init; } = "";

    /// <summary>
    /// Whether the rule makes the new parameters of sums of its own rather than of those it is given, so that a step that is changed afterwards is undone by its next one. Default false; one that has an
    /// <see cref="OwnPoint"/> need not say it.
    /// </summary>
    public bool RebuildsParameters { get; init; }

    /// <summary>Whether there are gradients on which the rule inside this one does not step, since they are gathered, skipped or taken back. Default false.</summary>
    public bool MayRest { get; init; }

    /// <summary>Why no rule inside this one may rest (<see cref="MayRest"/>), and what to do instead: a clause that ends a sentence. Empty, the default, where one may.</summary>
    public string KeepsRestOut { get; init; } = "";

    /// <summary>Why gradients must not be multiplied by a scale (<see cref="TakesScaledGradients"/>) that a rule inside this one divides by, and what to do instead: a clause that ends a sentence. Empty, the default, where they may.</summary>
    public string KeepsScaledGradientsOut { get; init; } = "";

    /// <summary>Whether the rule finds by itself how far to step, from how far its steps have led. Default false; no such rule may be inside another.</summary>
    public bool FindsDistance { get; init; }

    /// <summary>Whether the rule turns the sign of the gradient, and so ascends. Default false.</summary>
    public bool Ascends { get; init; }

    /// <summary>Why no rule inside this one may ascend, and what to do instead: a clause that ends a sentence. Empty, the default, where one may.</summary>
    public string KeepsAscentOut { get; init; } = "";

    /// <summary>Whether there are steps at which the rule hands on the gradient it is given instead of what the rule inside it makes of it. Default false; a whole optimizer must not be inside.</summary>
    public bool HandsGradientOn { get; init; }

    /// <summary>A copy with another <see cref="RebuildsParameters"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithRebuildsParameters(bool value) => this with { RebuildsParameters = value };

    /// <summary>A copy with another <see cref="MayRest"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithMayRest(bool value) => this with { MayRest = value };

    /// <summary>A copy with another <see cref="KeepsRestOut"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithKeepsRestOut(string value) => this with { KeepsRestOut = value };

    /// <summary>A copy with another <see cref="KeepsScaledGradientsOut"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithKeepsScaledGradientsOut(string value) => this with { KeepsScaledGradientsOut = value };

    /// <summary>A copy with another <see cref="FindsDistance"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithFindsDistance(bool value) => this with { FindsDistance = value };

    /// <summary>A copy with another <see cref="Ascends"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithAscends(bool value) => this with { Ascends = value };

    /// <summary>A copy with another <see cref="KeepsAscentOut"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithKeepsAscentOut(string value) => this with { KeepsAscentOut = value };

    /// <summary>A copy with another <see cref="HandsGradientOn"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithHandsGradientOn(bool value) => this with { HandsGradientOn = value };

    /// <summary>A copy with another <see cref="WhyNoDirection"/>.</summary>
    /// <param name="value">The value.</param>
    public Composition WithWhyNoDirection(string value) => this with { WhyNoDirection = value };

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
