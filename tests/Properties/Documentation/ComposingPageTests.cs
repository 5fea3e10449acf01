using System.Text;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>docs/composing.md is written from what the rules say of themselves and from what is refused. OPTIM_UPDATE_DOCS=1 writes it anew.</summary>
public class ComposingPageTests
{
    private static readonly string Path = System.IO.Path.Combine(Repository.Root, "docs", "composing.md");

    /// <summary>From the outside in: where each kind of rule stands, an example of it, and why there.</summary>
    private static readonly (string What, string Rules, Func<Rule, Rule> Around, string Why)[] Order =
    [
        ("gathers gradients", "`Accumulate`", inner => new Accumulate(inner), "Everything inside sees the mean, and takes one step for several gradients."),
        ("undoes loss scaling", "`DynamicLossScaling`", inner => new DynamicLossScaling(inner), "Everything inside sees gradients, losses and evaluations as they are."),
        ("guards", "`ApplyIfFinite`, `RollbackOnDivergence`", inner => new ApplyIfFinite(new RollbackOnDivergence(inner)), "A step that is skipped or taken back is so for everything inside, and every evaluation that a rule inside makes is looked at."),
        ("evaluates the objective", "`Sam`", inner => new Sam(inner), "It finds its point with the gradient as it is; what is inside sees the gradient at that point. (Not within `Accumulate`.)"),
        ("changes gradients", "`ClipByGlobalNorm`, `ClipByValue`, `CentralizeGradient`, ...", inner => new ClipByGlobalNorm(1).Then(inner), "In front in a chain: the rules behind see what is left."),
        ("averages or synchronises", "`ParameterEma`, `StochasticWeightAveraging`, `Lookahead`", inner => new ParameterEma(new Lookahead(inner)), "It sees where the whole step has led."),
        ("steps", "`AdamW`, `Sgd`, `Muon`, ...; `Partition`, `Freeze`, `NoDecayOn` for some tensors", inner => new AdamW().Then(inner), "One rule, or one for each group of tensors."),
        ("projects", "`ProjectOntoBox`, `ProjectOntoBall`, `ProjectOntoSimplex`", _ => new ProjectOntoBox(), "Behind in a chain: the parameters are in the set after each step."),
    ];

    /// <summary>Compositions that the page quotes the refusal of, one or more a kind.</summary>
    private static readonly Rule[][] Refused =
    [
        [new Accumulate(new Sam()), new Sam(new Lbfgs()), new Freeze(new Sam(), TensorSelector.Named("embedding.*"))],
        [new ClipByGlobalNorm(1).Then(new Sam()), new AddDecayedWeights(0.1).Then(new Lbfgs())],
        [new Lbfgs().Then(new ProjectOntoBox()), new Lookahead().Then(new ProjectOntoBall()), new ScheduleFreeAdamW().Then(new Scale(0.5))],
        [new Muon().Then(new ProjectOntoBox()), new DAdaptAdam().Then(new ProjectOntoBox())],
        [new ClipByGlobalNorm(1).Then(new DynamicLossScaling())],
        [new Cautious(new Lookahead()), new ScheduleFree(new Sgd().Then(new ProjectOntoBox())), new DAdaptation(new MadGrad())],
        [new ScheduleFree(new Accumulate(new Sgd())), new Cautious(new ApplyIfFinite()), new DAdaptation(new RollbackOnDivergence(new Sgd()))],
        [new SkipLargeUpdates(new DynamicLossScaling()), new ApplyIfFinite(new DynamicLossScaling()), new Partition(new ParameterGroup(TensorSelector.All, new DynamicLossScaling()))],
        [new DAdaptation(new Prodigy()), new Mechanic(new Dog())],
        [new Cautious(new Adam { Maximize = true }), new DAdaptation(new Sgd { Maximize = true })],
        [new Conditionally(new Adam(), Schedule.OfFunction("odd", t => t % 2))],
    ];

    [Fact]
    public void The_page_is_what_the_rules_say()
    {
        string page = Page();
        if (Environment.GetEnvironmentVariable("OPTIM_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Path, page);
            return;
        }

        Assert.True(
            File.Exists(Path) && File.ReadAllText(Path).ReplaceLineEndings("\n") == page,
            "docs/composing.md is out of date: OPTIM_UPDATE_DOCS=1 dotnet test tests/Properties --filter ComposingPageTests");
    }

    [Fact]
    public void What_the_page_puts_inside_one_another_goes_together()
    {
        // Gathering and what evaluates the objective exclude each other; all else in one.
        foreach (string left in new[] { "gathers gradients", "evaluates the objective" })
        {
            var rule = Order.Where(place => place.What != left).Reverse().Aggregate((Rule)new Identity(), (inner, place) => place.Around(inner));
            rule.Validate();
            Assert.Equal(0, Optimizer.Init(rule, TensorSet.OfArray([1.0])).StepCount);
        }
    }

    [Fact]
    public void Each_kind_of_refusal_is_on_the_page_by_an_example_of_it()
    {
        Assert.Equal(Refusal.All.Count, Refused.Length);
        Assert.All(Refusal.All.Zip(Refused), pair => Assert.All(pair.Second, rule => Assert.NotNull(pair.First.Find(rule))));
    }

    private static string Page()
    {
        var page = new StringBuilder();
        page.Append(
            """
            # Composing rules

            <!-- Written by ComposingPageTests from what each rule says of itself (Rule.DeclareComposition) and from the table of refusals (Refusal.cs); a test holds it to that. -->

            Rules are put *behind* one another by `Then`, and *around* one another by a constructor. A chain goes from the gradient to the parameters: each rule receives the update of the one before as its
            gradient. A rule around another decides when it steps, on what, or what becomes of its step. What has no meaning is refused where a run begins: by `Optimizer.Init`, an in-place optimizer, `WithRule`,
            or earlier by `rule.Validate()`.

            ```csharp

            """);
        page.Append(Snippet()).Append(
            """
            ```

            ## In which order

            From the outside in. `OptimizerBuilder` puts its parts in this order by itself, whatever the order of the calls.

            | place | rules | why there |
            |---|---|---|

            """);
        foreach (var place in Order)
        {
            page.AppendLine($"| {place.What} | {place.Rules} | {place.Why} |");
        }

        page.Append(
            """

            ## Rules that evaluate the objective


            """);
        string[] evaluating = [.. RuleRegistry.All.Select(entry => entry.Create()).Where(rule => rule.DeclareComposition().EvaluatesObjective).Select(rule => $"`{rule.GetType().Name}`")];
        page.Append($"{string.Join(", ", evaluating.SkipLast(1))} and {evaluating[^1]}").Append(
            """
             evaluate the objective at points of their own, so that a step has several evaluations. What is around them treats every one alike, or is refused.

            | around such a rule | |
            |---|---|

            """);
        foreach (var entry in RuleRegistry.All.Where(entry => entry.Create().DeclareInner().Count > 0))
        {
            var around = entry.Create();
            string reason = around.DeclareComposition().KeepsObjectiveOut;
            page.AppendLine($"| `{around.GetType().Name}` | {(reason.Length > 0 ? "refused: " + reason : Treatment(around))} |");
        }

        page.Append(
            """

            A guard that meets a gradient which is not finite at a *later* evaluation does what it does at a first one: the step ends there, nothing of it remains, and it is taken the guard's other way. A line
            search is no reason for that: a trial point where the loss is not finite is too far out, and the search tries a nearer one by itself; a candidate of `RandomSearch` is worse than any other.

            Under `DynamicLossScaling` an objective returns the scaled loss with the scaled gradient, both multiplied by `state.Scalars["loss_scale"]`; what is inside sees both divided by it.

            ## What each rule asks of its chain

            A rule that is not listed may stand anywhere. A rule inside another asks the same of the chain that the other stands in. `Sgd` with `LookAhead` asks to be last, too.

            | rule | asks to be | since |
            |---|---|---|

            """);
        foreach (var entry in RuleRegistry.All)
        {
            var rule = entry.Create();
            foreach (var (place, reason) in Asks(rule.DeclareComposition()))
            {
                page.AppendLine($"| `{rule.GetType().Name}` | {place} | {reason} |");
            }
        }

        page.Append(
            """

            Behind the optimizers that are not listed, a projection is right: on convex quadratics over a box every one of them ends at the constrained minimum and leaves the box at no step, which a test shows for
            each (with a rate that falls to 0). It shows as well that the optimizers that are to be last, or without a projection, do not. In a ball or a simplex, rules that give each element a rate of its own (Adam) are feasible, but end at another point than
            the constrained minimum, since the nearest point is nearest by one rate for all; SGD ends at the minimum. What `Freeze` holds still, a projection behind it moves into the set once.

            ## What is refused

            """);
        foreach (var (refusal, examples) in Refusal.All.Zip(Refused))
        {
            page.AppendLine().AppendLine($"### {refusal.What}").AppendLine().AppendLine(refusal.Why).AppendLine();
            foreach (var rule in examples)
            {
                page.AppendLine($"- {refusal.Find(rule)}");
            }
        }

        page.Append(
            """

            ## A rule of your own

            Says the same of itself by `DeclareComposition()`: that it evaluates the objective, keeps a point of its own, rebuilds the parameters, projects, ascends, finds its distance, does not step on every gradient,
            only watches (then it may stand anywhere), or keeps some of these out of what is inside it. By default it goes with any other. A rule around others that changes the gradient passes the same change to every evaluation by `plan.Prepare(Inner, clock, loss, evaluation)`; one that
            branches on the gradient looks at every evaluation by `plan.Guard` in place of `plan.Branch`. A rule that evaluates the objective without saying so is refused as well where a rule before it has changed
            the gradient alone, but at the first step only.

            """);
        return page.ToString().ReplaceLineEndings("\n").TrimEnd() + "\n";
    }

    /// <summary>The code, as it stands in the source that is compiled.</summary>
    private static string Snippet()
    {
        string[] lines = File.ReadAllLines(System.IO.Path.Combine(AppContext.BaseDirectory, "documentation", "sources", "ComposingExample.cs"));
        int first = Array.FindIndex(lines, line => line.Contains("// A chain", StringComparison.Ordinal)), last = Array.FindIndex(lines, line => line.Contains("var refused", StringComparison.Ordinal));
        return string.Concat(lines[first..(last + 1)].Select(line => (line.Length > 8 ? line[8..] : "") + "\n"));
    }

    private static string Treatment(Rule around) => around switch
    {
        ApplyIfFinite or SkipLargeUpdates or RollbackOnDivergence => "looks at every evaluation",
        DynamicLossScaling => "divides every evaluation by the scale, and looks at it",
        Lookahead or ParameterEma or StochasticWeightAveraging => "sees where the step has led; leaves evaluations alone",
        Cautious or ScheduleFree => "sees where the step would lead; leaves evaluations alone",
        ExemptFromDecay or Conditionally => "leaves evaluations alone",
        _ => throw new InvalidOperationException($"The page must say what {around.GetType().Name} does with the evaluations of a rule inside it."),
    };

    private static IEnumerable<(string Place, string Reason)> Asks(Composition composition)
    {
        if (composition.EvaluatesObjective)
        {
            yield return ("first", "it evaluates the objective, which what stands in front does not change");
        }

        if (composition.TakesScaledGradients)
        {
            yield return ("first", "gradients arrive multiplied by the scale");
        }

        if (composition.OwnPoint.Length > 0)
        {
            yield return ("last", $"it keeps {composition.OwnPoint}");
        }

        if (composition.KeepsProjectionOut.Length > 0)
        {
            yield return ("without a projection behind it", composition.KeepsProjectionOut);
        }
    }
}
