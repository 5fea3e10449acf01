using System.Numerics;
using Optim.Lanes;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>Law 5: a preset is the chain of its pieces, with every option. Law 50: maximizing g is minimizing -g.</summary>
public class PresetTests(ITestOutputHelper output)
{
    private const int MostSteps = 30;

    /// <summary>The optimizers that can ascend.</summary>
    public static TheoryData<string> Maximizing =>
        [.. RuleNames.OfGradient.Where(entry => RuleProperty.Of(entry.Create()).Any(h => h.Name == "Maximize")).Select(entry => entry.Name)];

    [Theory]
    [InlineData("sgd")]
    [InlineData("sgdw")]
    [InlineData("adagrad")]
    [InlineData("rmsprop")]
    [InlineData("adam")]
    [InlineData("adamw")]
    [InlineData("adamax")]
    [InlineData("adadelta")]
    [InlineData("nadam")]
    [InlineData("nadamw")]
    [InlineData("radam")]
    [InlineData("rprop")]
    [InlineData("asgd")]
    [InlineData("sparse_adam")]
    public void A_preset_equals_the_chain_of_its_pieces(string rule) =>
        Law.Check(output, Scenario.From(draw => Plain(AnyRule.Of(draw, RuleRegistry.Find(rule)!)), null, (1, MostSteps)), s =>
        {
            Check<float>(s);
            Check<double>(s);

            static void Check<T>(Scenario s)
                where T : unmanaged, IFloatingPointIeee754<T>
            {
                var preset = s.Run<T>();
                var chain = s.Run<T>(new Chain([.. Pieces(s.Rule)!]));
                Same.Bits(preset.Parameters, chain.Parameters, "parameters");
                Assert.Equal(preset.Slots.Keys, chain.Slots.Keys);
                foreach (var (name, slot) in preset.Slots)
                {
                    Same.Bits(slot, chain.Slots[name], name);
                }
            }
        }, 100);

    [Theory]
    [MemberData(nameof(Maximizing))]
    public void Maximizing_g_is_minimizing_minus_g(string rule) => Law.Check(output, Scenario.Of(rule), new MaximizeLaw().Holds, 60);

    /// <summary>Without what has no pieces: the look-ahead form is a change of variables (SgdTests), caution sees whole tensors (CautionTests).</summary>
    private static Rule Plain(Rule rule) => rule switch
    {
        Sgd sgd => sgd.WithLookAhead(false),
        // A step that is skipped skips the decay too.
        RAdam { SkipUnrectified: true } radam => radam.WithDecoupledWeightDecay(false),
        AdamW adamW => adamW.WithCautious(false),
        _ => rule,
    };

    /// <summary>What a preset is made of; null for one that is no chain of shipped rules.</summary>
    private static IEnumerable<Rule>? Pieces(Rule rule) => rule switch
    {
        Sgd r => Of(r),
        Sgdw r => Of(r),
        AdaGrad r => Of(r),
        RmsProp r => Of(r),
        Adam r => Of(r),
        AdamW r => Of(r),
        AdaMax r => Of(r.Maximize, r.WeightDecay, r with { Maximize = false, WeightDecay = 0, LearningRate = 1 }, 0, r.LearningRate),
        AdaDelta r => Of(r.Maximize, r.WeightDecay, r with { Maximize = false, WeightDecay = 0, LearningRate = 1 }, 0, r.LearningRate),
        NAdam r => Of(
            r.Maximize, r.DecoupledWeightDecay ? 0 : r.WeightDecay, r with { Maximize = false, WeightDecay = 0, LearningRate = 1 },
            r.DecoupledWeightDecay ? r.WeightDecay : 0, r.LearningRate),
        NAdamW r => Of(r.Maximize, 0, r with { Maximize = false, WeightDecay = 0, LearningRate = 1 }, r.WeightDecay, r.LearningRate),
        RAdam r => Of(
            r.Maximize, r.DecoupledWeightDecay ? 0 : r.WeightDecay, r with { Maximize = false, WeightDecay = 0, LearningRate = 1 },
            r.DecoupledWeightDecay ? r.WeightDecay : 0, r.LearningRate),
        RProp r => [Sign(r.Maximize), r with { Maximize = false }],
        Asgd r =>
        [
            Sign(r.Maximize), new AddDecayedWeights(EachStep(t => r.WeightDecay.At(t) + r.Lambda.At(t))),
            new Asgd { AveragingStart = r.AveragingStart, Lambda = 0, LearningRate = EachStep(t => Eta(r, t)) },
        ],
        SparseAdam r => Of(r.Maximize, 0, r with { Maximize = false, LearningRate = 1 }, 0, r.LearningRate),
        _ => null,
    };

    private static IEnumerable<Rule> Of(Sgd r)
    {
        yield return Sign(r.Maximize);
        yield return new AddDecayedWeights(r.WeightDecay);
        var momentum = new ScaleByMomentum { Momentum = r.Momentum, Dampening = r.Dampening, Nesterov = r.Nesterov };
        Rule[] pair = [r.Momentum.Equals(Schedule.Constant(0)) ? new Identity() : momentum, new ScaleByLearningRate(r.LearningRate)];
        foreach (var rule in r.LearningRateInVelocity ? pair.Reverse() : pair)
        {
            yield return rule;
        }
    }

    private static Rule[] Of(Sgdw r) =>
    [
        Sign(r.Maximize),
        r.Momentum.Equals(Schedule.Constant(0)) ? new Identity() : new ScaleByMomentum { Momentum = r.Momentum, Dampening = r.Dampening, Nesterov = r.Nesterov },
        new AddDecayedWeights(r.WeightDecay), new ScaleByLearningRate(r.LearningRate),
    ];

    private static Rule[] Of(AdaGrad r) =>
    [
        Sign(r.Maximize), new AddDecayedWeights(r.WeightDecay), new ScaleByAdaGrad { Epsilon = r.Epsilon, InitialAccumulator = r.InitialAccumulator },
        new ScaleByLearningRate(EachStep(t => r.LearningRate.At(t) / (1 + (t * r.LearningRateDecay.At(t))))),
    ];

    private static IEnumerable<Rule> Of(RmsProp r)
    {
        yield return Sign(r.Maximize);
        yield return r.DecoupledWeightDecay ? new Identity() : new AddDecayedWeights(r.WeightDecay);
        yield return new ScaleByRmsProp
        {
            Alpha = r.Alpha, Epsilon = r.Epsilon, EpsilonInsideRoot = r.EpsilonInsideRoot, Centered = r.Centered, InitialAccumulator = r.InitialAccumulator,
        };
        var momentum = new ScaleByMomentum { Momentum = r.Momentum };
        Rule[] pair = [r.Momentum.Equals(Schedule.Constant(0)) ? new Identity() : momentum, new ScaleByLearningRate(r.LearningRate)];
        foreach (var rule in r.LearningRateInVelocity ? pair.Reverse() : pair)
        {
            yield return rule;
        }

        if (r.DecoupledWeightDecay)
        {
            // A decay of exactly 0 is left out even where the rate times a tiny decay would be 0.
            yield return new DecayByProduct(r.LearningRate, r.WeightDecay);
        }
    }

    private static Rule[] Of(Adam r) =>
    [
        Sign(r.Maximize), new AddDecayedWeights(r.WeightDecay),
        new ScaleByAdam { Beta1 = r.Beta1, Beta2 = r.Beta2, Epsilon = r.Epsilon, AmsGrad = r.AmsGrad }, new ScaleByLearningRate(r.LearningRate),
    ];

    private static Rule[] Of(AdamW r) =>
    [
        Sign(r.Maximize), new ScaleByAdam { Beta1 = r.Beta1, Beta2 = r.Beta2, Epsilon = r.Epsilon, AmsGrad = r.AmsGrad },
        new AddDecayedWeights(r.WeightDecay), new ScaleByLearningRate(r.LearningRate),
    ];

    /// <summary>An optimizer without pieces of its own: the sign, the decay and the rate are taken out of it.</summary>
    private static Rule[] Of(bool maximize, Schedule l2, Rule direction, Schedule decoupled, Schedule learningRate) =>
        [Sign(maximize), new AddDecayedWeights(l2), direction, new AddDecayedWeights(decoupled), new ScaleByLearningRate(learningRate)];

    private static double Eta(Asgd r, long t) =>
        r.LearningRate.At(t) / Exact.Power(1 + (r.Lambda.At(t) * r.LearningRate.At(t) * t), r.Power.At(t));

    private static Rule Sign(bool maximize) => maximize ? new Scale(-1) : new Identity();

    private static Schedule EachStep(Func<long, double> value) =>
        Schedule.Table(Enumerable.Range(0, MostSteps).Select(t => value(t)));

    private sealed record DecayByProduct(Schedule LearningRate, Schedule WeightDecay) : Rule
    {
        public override void Prepare<T>(Execution.Plan<T> plan) =>
            new AddDecayedWeights(LearningRate.At(plan.Clock) * WeightDecay.At(plan.Clock)).Prepare(plan);
    }
}
