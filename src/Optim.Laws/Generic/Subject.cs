using FsCheck;

namespace Optim.Laws;

/// <summary>The rule under test: its inputs, and which laws apply to it.</summary>
internal sealed class Subject
{
    private readonly LawOptions options;

    public Subject(Rule rule, LawOptions options)
    {
        Rule = rule;
        this.options = options;
        (Needs, WhyNotSteppedOn) = Find(rule);
    }

    public Rule Rule { get; }

    /// <summary>A step's inputs besides the gradient.</summary>
    public StepNeeds Needs { get; }

    /// <summary>Why no law about gradient steps applies to it; null if they do.</summary>
    public string? WhyNotSteppedOn { get; }

    public Rule Draw(Draw draw) => options.VaryHyperparameters ? AnyRule.Varied(draw, Rule) : Rule;

    public Arbitrary<Scenario> Scenarios(Func<Draw, double>? number = null, (int Least, int Most)? steps = null) => Scenario.From(
        Draw, rule => options.VaryHyperparameters ? AnyRule.ShrinkTowards(Rule, rule) : [], number, steps, Needs, shrinkNumbers: true);

    /// <summary>Tries a step with fewer and with more inputs, guided by the rule's errors.</summary>
    private static (StepNeeds Needs, string? WhyNot) Find(Rule rule)
    {
        var needs = StepNeeds.None;
        while (true)
        {
            var one = new Scenario(rule, [1], [1], [[2]]) { Needs = needs };
            try
            {
                one.Run<double>();
                return (needs, null);
            }
            catch (ArgumentException e) when (e.ParamName == "loss" && !needs.HasFlag(StepNeeds.Loss))
            {
                needs |= StepNeeds.Loss;
            }
            catch (ArgumentException e) when (e.ParamName == "hessianDiagonal" && !needs.HasFlag(StepNeeds.HessianDiagonal))
            {
                needs |= StepNeeds.HessianDiagonal;
            }
            catch (ArgumentException e) when (e.ParamName == "objective")
            {
                return (needs, "it evaluates the objective itself, which the laws about gradients do not give it");
            }
            catch (Exception)
            {
                // The laws will say where.
                return (needs, null);
            }
        }
    }
}
