namespace Optim;

/// <summary>A kind of composition that has no meaning, or another one than it seems to have. What each rule says of itself (<see cref="Composition"/>) decides; this is all that is refused.</summary>
/// <param name="What">What is refused: a heading of docs/composing.md.</param>
/// <param name="Why">Why, and what to do instead.</param>
/// <param name="Find">The sentence that refuses a rule that is composed so, looked at from its outside; null where nothing is wrong with it.</param>
internal sealed record Refusal(string What, string Why, Func<Rule, string?> Find)
{
    /// <summary>All kinds.</summary>
    public static IReadOnlyList<Refusal> All { get; } = Array.AsReadOnly<Refusal>(
    [
        new(
            "A rule that evaluates the objective, inside one that hands on another gradient",
            "Such a rule compares the gradient that it is given with evaluations of its own. Where the rule around it changes the gradient and cannot change the evaluations alike, the two do not fit.",
            WithObjectiveInside),
        new(
            "A rule in front of one that evaluates the objective",
            "What stands in front changes the first gradient of a step, and none of those that the rule evaluates itself. What is to act on SAM's gradient belongs into it: `new Sam(new ClipByGlobalNorm(1).Then(rule))`.",
            InFrontOfObjective),
        new(
            "A rule behind one that keeps a point of its own",
            "An average, slow weights or the pairs of a quasi-Newton method describe where the rule itself has led. What moves the parameters behind it leaves them where they were; and a rule that begins with the length "
            + "or the direction of its last step would begin with those of a step that was not taken. Such a rule comes last; around a rule, it takes the projection inside: `new ParameterEma(rule.Then(new ProjectOntoBox()))`.",
            BehindOwnPoint),
        new(
            "A projection behind a rule whose steps it does not fit",
            "A projection leads to the nearest point. That is the constrained minimum in the end where each element has a rate of its own; not where the elements of a step are mixed, nor where the rule learns from how far its steps have led.",
            ProjectionBehind),
        new(
            "A rule in front of loss scaling",
            "Until the scale is divided out, a gradient is thousands of times too large: clipping would leave next to nothing of it, and a decay would vanish beside it. `DynamicLossScaling` goes around the whole chain.",
            InFrontOfLossScaling),
        new(
            "A rule that keeps a point of its own, rebuilds the parameters or projects, inside one that changes where it leads",
            "Slow weights, averages and sums that the parameters are rebuilt from describe where the rule itself has led, and a projection is to have the last word. Where the rule around them changes the step afterwards, that is not true any more.",
            WithPointInside),
        new(
            "A rule that does not step on every gradient, inside one that learns from every step",
            "Accumulation, guards and conditions leave gradients out. A rule around them that looks at the gradient and at the step that is made of it, or weighs steps, would look at the two of different steps.",
            WithRestInside),
        new(
            "Loss scaling inside a rule that looks at the gradient",
            "The gradient is looked at before its scale is divided out: a norm is thousands of times too large, and an overflow is taken for a failure. `DynamicLossScaling` goes around.",
            WithScaledGradientsInside),
        new(
            "A rule that finds its distance itself, inside another",
            "Each measures how far its own steps have led. What the one around makes of a step, the one inside does not see.",
            WithDistanceInside),
        new(
            "A rule that ascends, inside one that measures descent",
            "`Maximize` turns the sign of the gradient inside. The rule around sees the gradient as it was given, and every step as one in the wrong direction.",
            WithAscentInside),
        new(
            "A whole optimizer inside one that hands gradients on",
            "At the steps at which the optimizer rests, the gradient itself would be the step, at a rate of 1. What hands it on is for pieces of a chain: clipping, noise, a direction.",
            WithOptimizerInside),
    ]);

    /// <summary>Refuses a composition, looked at from its outside.</summary>
    /// <exception cref="ArgumentException">It is of one of the kinds.</exception>
    public static void Require(Rule rule)
    {
        foreach (var refusal in All)
        {
            if (refusal.Find(rule) is { } sentence)
            {
                throw new ArgumentException(sentence);
            }
        }
    }

    private static string? WithObjectiveInside(Rule rule) => Inside(rule, says => says.KeepsObjectiveOut, part => EvaluatesObjective(part) ? "which evaluates the objective itself" : null);

    private static string? WithPointInside(Rule rule) => Inside(
        rule, says => says.KeepsPointOut,
        part => part.DeclareComposition() is { Projects: true } ? "which projects"
            : part.DeclareComposition() is { OwnPoint: { Length: > 0 } point } ? $"which keeps {point}"
            : part.DeclareComposition() is { RebuildsParameters: true } ? "which rebuilds the parameters from sums of its own" : null);

    private static string? WithRestInside(Rule rule) => Inside(
        rule, says => says.KeepsRestOut, part => part.DeclareComposition().MayRest ? "which does not step on every gradient" : null);

    private static string? WithScaledGradientsInside(Rule rule) => Inside(
        rule, says => says.KeepsScaledGradientsOut, part => part.DeclareComposition().TakesScaledGradients ? "which divides the gradient by a scale" : null);

    private static string? WithDistanceInside(Rule rule) => Inside(
        rule, says => says.FindsDistance ? "each would measure by steps that the other has scaled; take one of the two" : "", part => part.DeclareComposition().FindsDistance ? "which finds its distance itself" : null);

    private static string? WithAscentInside(Rule rule) => Inside(rule, says => says.KeepsAscentOut, part => part.DeclareComposition().Ascends ? "which ascends" : null);

    private static string? WithOptimizerInside(Rule rule) => Inside(
        rule, says => says.HandsGradientOn ? "where it rests the gradient would be the step, at a rate of 1; let it rest without a step, or put pieces of a chain inside" : "",
        part => EvaluatesObjective(part) || RuleTree.HasOtherRateThanOne(part) ? "which steps at a rate of its own" : null);

    /// <summary>The sentence about a rule that keeps others out, and the first inside it that is one of them; null where there is none.</summary>
    private static string? Inside(Rule rule, Func<Composition, string> reason, Func<Rule, string?> what) =>
        reason(rule.DeclareComposition()) is { Length: > 0 } why && FirstInside(rule, part => what(part) is not null) is { } inside ? $"{Name(rule)} cannot hold {Name(inside)}, {what(inside)}: {why}." : null;

    private static string? InFrontOfObjective(Rule rule) => InChain(
        rule, Changing, next => First(next, EvaluatesObjective),
        (front, evaluating) => $"{Name(front)} must not stand in front of {Name(evaluating)}, which evaluates the objective itself: it would change the first gradient of a step and none of the others; "
            + (evaluating.DeclareInner().Count > 0 ? $"put it inside, new {Name(evaluating)}(new Chain(...))." : "leave it out, or let the objective do it."));

    private static string? InFrontOfLossScaling(Rule rule) => InChain(
        rule, Changing, next => First(next, part => part.DeclareComposition().TakesScaledGradients),
        (front, scaling) => $"{Name(front)} must not stand in front of {Name(scaling)}: it would see gradients that the scale has not been divided out of; put it inside, new {Name(scaling)}(new Chain(...)).");

    private static string? BehindOwnPoint(Rule rule) => InChain(
        rule, before => First(before, part => part.DeclareComposition().OwnPoint.Length > 0), Changing,
        (before, behind) => $"{Name(behind)} must not stand behind {Name(before)}, which keeps {before.DeclareComposition().OwnPoint} and would {(EvaluatesObjective(before) ? "know nothing of another step" : "not move along")}: "
            + (before.DeclareInner().Count > 0 ? $"put it inside, new {Name(before)}(rule.Then(...))." : $"{Name(before)} comes last in a chain."));

    private static string? ProjectionBehind(Rule rule) => InChain(
        rule, before => First(before, part => part.DeclareComposition().KeepsProjectionOut.Length > 0), next => First(next, part => part.DeclareComposition().Projects),
        (before, projection) => $"{Name(projection)} must not stand behind {Name(before)}: {before.DeclareComposition().KeepsProjectionOut}.");

    /// <summary>The sentence about two rules of a chain, of which one stands somewhere before the other; null where there are none.</summary>
    private static string? InChain(Rule rule, Func<Rule, Rule?> before, Func<Rule, Rule?> behind, Func<Rule, Rule, string> sentence)
    {
        Rule? first = null;
        foreach (var part in rule is Chain chain ? chain.Rules : [])
        {
            if (first is not null && behind(part) is { } second)
            {
                return sentence(first, second);
            }

            first ??= before(part);
        }

        return null;
    }

    /// <summary>The rule, unless it hands the update on as it is.</summary>
    private static Rule? Changing(Rule rule) => rule.DeclareComposition().OnlyWatches ? null : rule;

    private static bool EvaluatesObjective(Rule rule) => rule.DeclareComposition().EvaluatesObjective;

    /// <summary>The rule itself or the first one inside it that fits.</summary>
    private static Rule? First(Rule rule, Func<Rule, bool> fits) => fits(rule) ? rule : FirstInside(rule, fits);

    private static Rule? FirstInside(Rule rule, Func<Rule, bool> fits) => rule.DeclareInner().Select(inner => First(inner.Rule, fits)).FirstOrDefault(found => found is not null);

    private static string Name(Rule rule) => rule.GetType().Name;
}
