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
            "A rule that keeps a point of its own, or projects, inside one that changes where it leads",
            "Slow weights and averages describe where the rule itself has led, and a projection is to have the last word. Where the rule around them changes the step afterwards, neither is true any more.",
            WithPointInside),
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

    private static string? WithObjectiveInside(Rule rule) =>
        rule.DeclareComposition().KeepsObjectiveOut is { Length: > 0 } reason && FirstInside(rule, EvaluatesObjective) is { } inside
            ? $"{Name(rule)} cannot hold {Name(inside)}, which evaluates the objective itself: {reason}."
            : null;

    private static string? WithPointInside(Rule rule) =>
        rule.DeclareComposition().KeepsPointOut is { Length: > 0 } reason && FirstInside(rule, part => part.DeclareComposition() is { OwnPoint.Length: > 0 } or { Projects: true }) is { } inside
            ? $"{Name(rule)} cannot hold {Name(inside)}, which {(inside.DeclareComposition() is { Projects: true } ? "projects" : "keeps " + inside.DeclareComposition().OwnPoint)}: {reason}."
            : null;

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
