using System.Numerics;
using Optim.CSharp;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Law 54: weight decay that is left out on some tensors of one rule.</summary>
public class DecayExemptionTests(ITestOutputHelper output)
{
    private const string Decay = "WeightDecay";

    public static TheoryData<string> Decaying => [.. RuleNames.OfGradient.Where(entry => Of(entry.Create()) is not null).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Decaying))]
    public void Law_54_exempting_from_a_decay_of_0_is_the_identity(string name) => Check(name, (s, tensors) =>
    {
        var rule = At(s.Rule, 0);
        Equal<float>(s, rule, rule.NoDecayOn(tensors));
        Equal<double>(s, rule, rule.NoDecayOn(tensors));
    });

    [Theory]
    [MemberData(nameof(Decaying))]
    public void Law_54_exempting_none_is_the_rule_and_exempting_all_is_a_decay_of_0(string name) => Check(name, (s, _) =>
    {
        Equal<double>(s, s.Rule, s.Rule.NoDecayOn(TensorSelector.None));
        Equal<double>(s, At(s.Rule, 0), s.Rule.NoDecayOn(TensorSelector.All));
        Equal<float>(s, At(s.Rule, 0), s.Rule.NoDecayOn(TensorSelector.All));
    });

    [Theory]
    [MemberData(nameof(Decaying))]
    public void Law_54_where_tensors_do_not_meet_those_exempt_go_as_without_decay_and_the_others_as_with_it(string name) => Check(name, (s, tensors) =>
    {
        var entry = RuleRegistry.Find(name)!;
        if (s.Rule is Lamb { MaxGradientNorm: not ConstantSchedule { Value: 0 } } || !(entry.IsElementwise || entry.IsPerTensor))
        {
            return;
        }

        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            TensorSet<T> with = s.Run<T>().Parameters, without = s.Run<T>(At(s.Rule, 0)).Parameters, mixed = s.Run<T>(s.Rule.NoDecayOn(tensors)).Parameters;
            for (int i = 0; i < s.Layout.Count; i++)
            {
                Same.Bits<T>((tensors.Takes(s.Layout[i]) ? without : with)[i].Span, mixed[i].Span, s.Layout[i].Name);
            }
        }
    });

    [Fact]
    public void Law_54_DAdaptSgd_with_some_tensors_exempt_follows_its_textbook() =>
        Follows(draw => new DAdaptSgd { WeightDecay = Textbook.Any(draw, 0.01, 0.1), InitialDistance = 0.01 }, (rule, exempt) => new TextbookDAdaptSgd(rule, exempt));

    [Fact]
    public void Law_54_DAdaptAdam_with_some_tensors_exempt_follows_its_textbook() => Follows(
        draw => new DAdaptAdam { WeightDecay = Textbook.Any(draw, 0.01, 0.1), DecoupledWeightDecay = draw.Coin(), InitialDistance = 0.01 },
        (rule, exempt) => new TextbookDAdaptAdam(rule, exempt));

    [Fact]
    public void Law_54_Prodigy_with_some_tensors_exempt_follows_its_textbook() => Follows(
        draw => new Prodigy { WeightDecay = Textbook.Any(draw, 0.01, 0.1), DecoupledWeightDecay = draw.Coin(), InitialDistance = 0.01 },
        (rule, exempt) => new TextbookProdigy(rule, exempt));

    [Fact]
    public void Law_54_Swats_with_some_tensors_exempt_follows_its_textbook() => Follows(
        draw => new Swats { WeightDecay = Textbook.Any(draw, 0.01, 0.1), LearningRate = 0.01, RelativeTolerance = 0.2 }, (rule, exempt) => new TextbookSwats(rule, exempt));

    [Theory]
    [MemberData(nameof(Decaying))]
    public void Law_54_in_place_and_donated_the_bits_are_those_of_pure_steps(string name) => Check(name, (s, tensors) =>
    {
        s = s with { Needs = StepNeeds.None };
        var rule = s.Rule.NoDecayOn(tensors);
        var pure = s.Run<float>(rule);
        Same.Bits(pure, Optimizer.Fold(Optimizer.Init(rule, s.StartOf<float>()), s.GradientsOf<float>()));
        float[][] arrays = [.. s.StartOf<float>().Select(tensor => tensor.Span.ToArray())];
        Parameter<float>[] parameters = [.. s.Layout.Select((shape, i) => new Parameter<float>(shape, arrays[i], new float[shape.Length]))];
        using var optimizer = new InPlaceOptimizer<float>(rule, parameters);
        foreach (var gradient in s.GradientsOf<float>())
        {
            for (int i = 0; i < parameters.Length; i++)
            {
                gradient[i].Span.CopyTo(parameters[i].Gradient.Span);
            }

            optimizer.Step();
        }

        for (int i = 0; i < arrays.Length; i++)
        {
            Same.Bits<float>(pure.Parameters[i].Span, arrays[i], s.Layout[i].Name);
        }
    });

    [Fact]
    public void The_decays_of_rules_inside_and_of_fallbacks_are_left_out_too()
    {
        var start = TensorSet.OfTensors(Tensor.OfSpan<double>(new("w", 2, 2), [2, 1, 1, 2]), Given.Vector("gain", 3.0), Given.Vector("bias", 4.0));
        var muon = new Muon { WeightDecay = 0.5, LearningRate = 0.1, Fallback = new AdamW { LearningRate = 0.1, WeightDecay = 0.5 } };
        var end = Optimizer.Init(new ClipByGlobalNorm(1).Then(muon).NoDecayOn("bias"), start).Step(Given.Zeros<double>(start.Layout)).Item2;
        Assert.Equal([3 - 0.15], end["gain"].Span.ToArray());
        Assert.Equal([4.0], end["bias"].Span.ToArray());
        Assert.Equal(2 - 0.1, end["w"].Span[0], 1e-15);
    }

    [Fact]
    public void Exemptions_add_up_and_an_infinite_parameter_that_is_exempt_is_not_touched()
    {
        var start = TensorSet.OfTensors(Given.Vector("a", 1.0), Given.Vector("b", double.PositiveInfinity), Given.Vector("c", double.NegativeInfinity));
        var rule = new Sgd { LearningRate = 0.1, WeightDecay = 0.5 }.NoDecayOn("b").NoDecayOn("c");
        Assert.Equal([0.95, double.PositiveInfinity, double.NegativeInfinity], Optimizer.Init(rule, start).Step(Given.Zeros<double>(start.Layout)).Item2.ToArray());
    }

    [Fact]
    public void A_rule_that_does_not_say_so_is_made_two_of_and_one_that_does_stays_one()
    {
        var start = TensorSet.OfTensors(Given.Vector("w", 3.0), Given.Vector("bias", 4.0));
        foreach (var own in new Rule[] { new Shrink(), new ShrinkByTensor(), new ShrinkInWork() })
        {
            var rule = own.NoDecayOn("bias");
            Assert.Equal(own.DecaysByTensor() ? typeof(ExemptFromDecay) : typeof(Partition), rule.GetType());
            Assert.Equal([1.5, 4], Optimizer.Init(rule, start).Step(Given.Zeros<double>(start.Layout)).Item2.ToArray());
        }

        Refused.With<ArgumentException>("The weight decay of Shrink must be by tensor (DecaysByTensor)", () => Optimizer.Init(new ExemptFromDecay(new Shrink(), TensorSelector.All), start));
    }

    [Fact]
    public void A_function_of_all_tensors_is_not_made_two_of()
    {
        var own = TensorRule.OverAllTensors(
            "shrinking", Array.Empty<SlotDeclaration>(), [new Hyperparameter("WeightDecay", 0.5)], all => all.Each(t => t.Update((t.Gradient / (1 + all.Norm)) + (all.Hyper("WeightDecay") * t.Parameter))));
        foreach (Rule rule in new Rule[] { own, new ClipByGlobalNorm(1).Then(own), new ApplyIfFinite(own) })
        {
            Refused.With<ArgumentException>(
                "The rule 'shrinking' sees all tensors at once, and two rules with their own would not be the same: let its function decide by name which tensors decay.", () => rule.NoDecayOn("bias"));
        }

        Refused.With<ArgumentException>(
            "Whole sees all tensors at once, and two rules with their own would not be the same: let it decay by tensor (DecaysByTensor, plan.ApplyDecay).", () => new Whole().NoDecayOn("bias"));
    }

    private void Follows<R>(Func<Draw, R> rule, Func<R, Func<int, bool>, SetTextbook> textbook)
        where R : Rule => SetTextbook.Agrees(
            output, draw => new ExemptFromDecay(rule(draw), AnyRule.Tensors(draw)),
            s => textbook((R)((ExemptFromDecay)s.Rule).Inner, i => ((ExemptFromDecay)s.Rule).Tensors.Takes(s.Layout[i])), 1e-7, double.PositiveInfinity);

    private void Check(string name, Action<Scenario, TensorSelector> law)
    {
        var draws = Scenario.From(draw => new ExemptFromDecay(AnyRule.Of(draw, RuleRegistry.Find(name)!), AnyRule.Tensors(draw)), AnyRule.ShrinkInside);
        Law.Check(output, draws, s => law(s with { Rule = ((ExemptFromDecay)s.Rule).Inner, Needs = name == "sophia" ? StepNeeds.HessianDiagonal : StepNeeds.None }, ((ExemptFromDecay)s.Rule).Tensors), 30, name: name);
    }

    private static void Equal<T>(Scenario s, Rule one, Rule other)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        OptimizerState<T> a = s.Run<T>(one), b = s.Run<T>(other);
        Same.Bits(a.Parameters, b.Parameters);
        Assert.Equal(a.Slots.Keys, b.Slots.Keys);
        foreach (var (slot, values) in a.Slots)
        {
            Same.Bits(values, b.Slots[slot], slot);
        }

        Assert.Equal(Own(a.Scalars), Own(b.Scalars));

        // A decay that watches the loss keeps numbers; the number 0 keeps none.
        static IEnumerable<KeyValuePair<string, double>> Own(IReadOnlyDictionary<string, double> scalars) => scalars.Where(scalar => !scalar.Key.StartsWith(Decay, StringComparison.Ordinal));
    }

    private static RuleProperty? Of(Rule rule) => RuleProperty.Of(rule).FirstOrDefault(h => h.Name == Decay);

    private static Rule At(Rule rule, double decay)
    {
        var changed = Of(rule) is { } own ? own.WithNumber(rule, decay) : rule;
        return changed.DeclareInner() is { Count: > 0 } inner ? changed.ReplaceInner([.. inner.Select(i => At(i.Rule, decay))]) : changed;
    }

    private sealed record Shrink : Rule
    {
        public Schedule WeightDecay { get; init; } = 0.5;

        public override void Prepare<T>(Optim.Execution.Plan<T> plan) => plan.Prepare(new AddDecayedWeights(WeightDecay));
    }

    private sealed record Whole : Rule
    {
        public Schedule WeightDecay { get; init; } = 0.5;

        public override Composition DeclareComposition() => new() { NeedsWholeSet = true };

        public override void Prepare<T>(Optim.Execution.Plan<T> plan) => plan.Prepare(new AddDecayedWeights(WeightDecay));
    }

    private sealed record ShrinkByTensor : Rule
    {
        public Schedule WeightDecay { get; init; } = 0.5;

        public override bool DecaysByTensor() => true;

        public override void Prepare<T>(Optim.Execution.Plan<T> plan) => plan.ApplyDecay(WeightDecay.At(plan.Clock));
    }

    private sealed record ShrinkInWork : Rule
    {
        public Schedule WeightDecay { get; init; } = 0.5;

        public override bool DecaysByTensor() => true;

        public override void Prepare<T>(Optim.Execution.Plan<T> plan) => plan.ApplyToTensors(0, context =>
        {
            for (int i = 0; i < context.Layout.Count; i++)
            {
                int start = context.Layout.OffsetOf(i);
                context.ChangeUpdate()[start] = context.Decays(i) ? context.Parameters[start] / T.CreateTruncating(2) : T.Zero;
            }
        });
    }
}
