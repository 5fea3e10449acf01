using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>The piece of every preset: its direction, then the rate.</summary>
public class DirectionTests(ITestOutputHelper output)
{
    private static readonly double[] Rates = [0.01, 0.3, 0, 0.05];

    /// <summary>Each rounding of an optimizer that folds its rate into another number: a few units in the last place.</summary>
    private const double Rounding = 1e-13;

    [Theory]
    [MemberData(nameof(RuleNames.Presets), MemberType = typeof(RuleNames))]
    public void Direction_then_rate_is_the_preset_or_it_says_why_it_has_none(string name) =>
        Law.Check(output, Scenario.From(draw => AnyRule.Of(draw, RuleRegistry.Find(name)!), draw => draw.Moderate(), (4, 12)), s =>
        {
            if (WithoutDecay(s.Rule) is not { } rule || !rule.HyperparametersAt(0).ContainsKey("LearningRate"))
            {
                return;
            }

            Rule direction;
            try
            {
                direction = rule.AsDirection();
            }
            catch (ArgumentException refused)
            {
                Assert.StartsWith("rule must step by a multiple of its learning rate, was ", refused.Message, StringComparison.Ordinal);
                return;
            }

            var rate = Schedule.Table([.. Enumerable.Range(0, s.Gradients.Length).Select(i => Rates[i % Rates.Length])]);
            var preset = Optimizer.Init(rule.Adjust(".LearningRate", rate), s.StartOf<double>());
            var pieces = Optimizer.Init(direction.Then(new ScaleByLearningRate(rate)), s.StartOf<double>());
            foreach (var gradient in s.GradientsOf<double>())
            {
                // From the same point each time: what a step is, not what rounding leads to.
                var before = preset.Parameters;
                preset = preset.Step(gradient).Item1;
                pieces = Optimizer.Restore(pieces.Rule, pieces.StepCount, before, pieces.Slots, pieces.Scalars).Step(gradient).Item1;
                for (int i = 0; i < before.Length; i++)
                {
                    double scale = Math.Max(Math.Abs(before.Span[i]), Math.Abs(preset.Parameters.Span[i]));
                    Same.Close(preset.Parameters.Span[i], pieces.Parameters.Span[i], Rounding, scale, name, i);
                }
            }
        }, 40, name: name);

    [Fact]
    public void Every_preset_has_a_direction_unless_it_declares_why_not() => Assert.All(RuleRegistry.All.Where(entry => entry.IsPreset), entry =>
    {
        var rule = entry.Create();
        var says = rule.DeclareComposition();
        if (says.WhyNoDirection.Length > 0 || says.OwnPoint.Length > 0 || says.EvaluatesObjective || rule.DeclareInner().Count > 0)
        {
            Refused.With<ArgumentException>($"rule must step by a multiple of its learning rate, was {rule.GetType().Name}: ", () => rule.AsDirection());
            return;
        }

        var direction = rule.AsDirection().HyperparametersAt(0);
        Assert.Equal(1, direction.GetValueOrDefault("LearningRate", 1));
        Assert.Equal(0, direction.GetValueOrDefault("WeightDecay"));
    });

    [Fact]
    public void With_decoupled_decay_between_them_the_bits_are_the_presets() => Law.Check(
        output,
        Scenario.From(draw => draw.Coin()
            ? new AdamW { LearningRate = Any(draw), WeightDecay = Any(draw), Maximize = draw.Coin() }
            : new Lion { LearningRate = Any(draw), WeightDecay = Any(draw) }),
        s =>
        {
            var (rate, decay) = s.Rule is AdamW adam ? (adam.LearningRate, adam.WeightDecay) : (((Lion)s.Rule).LearningRate, ((Lion)s.Rule).WeightDecay);
            Same.Bits(s.Run<float>().Parameters, s.Run<float>(s.Rule.AsDirection().Then(new AddDecayedWeights(decay)).Then(new ScaleByLearningRate(rate))).Parameters);
        });

    [Fact]
    public void Of_a_chain_the_last_rule_is_the_optimizer()
    {
        Assert.Equal(new ClipByGlobalNorm(1).Then(new Lion { LearningRate = 1, WeightDecay = 0 }), new ClipByGlobalNorm(1).Then(new Lion { LearningRate = 0.5, WeightDecay = 0.1 }).AsDirection());
        Assert.Equal(new Scale(2), new Scale(2).AsDirection());
        Refused.With<ArgumentException>("rule must have its learning rate in the last rule of the chain, had one in Adam", () => new Adam().Then(new ClipByGlobalNorm(1)).AsDirection());
    }

    [Fact]
    public void What_has_no_direction_says_why()
    {
        Refused.With<ArgumentException>("was Lookahead: it keeps slow weights", () => new Lookahead().AsDirection());
        Refused.With<ArgumentException>("was Sam: it evaluates the objective itself", () => new Sam().AsDirection());
        Refused.With<ArgumentException>("was ApplyIfFinite: it holds another rule", () => new ApplyIfFinite().AsDirection());
        Refused.With<ArgumentException>("was Muon: it steps some tensors by its fallback, AdamW, at a rate of that rule's own; set its rates themselves", () => new Muon().AsDirection());
        Refused.With<ArgumentException>("was Prodigy: ", () => new Prodigy().AsDirection());
        Refused.With<ArgumentException>("was Sgd: ", () => new Sgd { Momentum = 0.9, LearningRateInVelocity = true }.AsDirection());
    }

    private static Schedule Any(Draw draw) => draw.Fraction();

    private static Rule? WithoutDecay(Rule rule) => rule.HyperparametersAt(0).ContainsKey("WeightDecay") ? rule.Adjust(".WeightDecay", 0) : rule;
}
