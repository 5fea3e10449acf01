using System.Numerics;
using System.Text.RegularExpressions;
using Optim.CSharp;
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Composing;

/// <summary>Law 53: what has no meaning is refused when it is composed.</summary>
public partial class RefusalTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([1.0, 2]);

    [Fact]
    public void Law_53_what_does_not_go_together_is_refused_in_one_sentence()
    {
        var kinds = new Dictionary<string, int>();
        Law.Check(output, Cases.Of(AnyRule.Refused), rule =>
        {
            string sentence = Assert.Throws<ArgumentException>(rule.Validate).Message;
            Assert.Matches(Sentence(), sentence);
            Assert.DoesNotContain(". ", sentence, StringComparison.Ordinal);
            kinds[Sentence().Match(sentence).Groups["kind"].Value] = 1;
            Refused.With<ArgumentException>(sentence, () => Optimizer.Init(rule, Start));
            Refused.With<ArgumentException>(sentence, () => Optimizer.Restore(rule, 0, Start, new Dictionary<string, TensorSet<double>>(), new Dictionary<string, double>()));
            var state = Optimizer.Init(new Identity(), Start);
            Refused.With<ArgumentException>(sentence, () => state.WithRule(rule));
            using var inPlace = new InPlaceState<double>(new Identity(), Start.Layout, [new double[2]], [new double[2]]);
            Refused.With<ArgumentException>(sentence, () =>
            {
                inPlace.Continue(rule);
                return null;
            });
            Refused.With<ArgumentException>(sentence, () => new InPlaceState<double>(rule, Start.Layout, [new double[2]], [new double[2]]));
            Refused.With<ArgumentException>(sentence, () => OptimizerBuilder.For(rule).Build([Parameter.Of("p", new double[] { 1 })]));
        }, 400);
        Assert.Equal(3, kinds.Count);
    }

    [Fact]
    public void What_goes_together_is_not_refused() => Law.Check(output, Cases.Of(draw => draw.Coin() ? AnyRule.TreeOnObjective(draw) : AnyRule.Tree(draw)), rule =>
    {
        rule.Validate();
        Assert.NotNull(Optimizer.Init(rule, Start));
    }, 200);

    [Fact]
    public void The_sentences_name_both_rules_and_say_what_to_do()
    {
        var sam = new Sam(new Sgd());
        Says(
            new Accumulate(sam, 2),
            "Accumulate cannot hold Sam, which evaluates the objective itself: at the step it would see the last of 2 micro-batches alone; leave Accumulate out and give the step an objective that is the mean over the micro-batches.");
        Says(
            new Accumulate(new ApplyIfFinite(new Lookahead(new Lbfgs())), 2), "Accumulate cannot hold Lbfgs, which evaluates the objective itself: ");
        Says(
            new ClipByGlobalNorm(1).Then(sam),
            "ClipByGlobalNorm must not stand in front of Sam, which evaluates the objective itself: it would change the first gradient of a step and none of the others; put it inside, new Sam(new Chain(...)).");
        Says(new Scale(2).Then(new DynamicLossScaling(new Lbfgs())), "Scale must not stand in front of Lbfgs, which evaluates the objective itself: ");
        Says(
            new Lbfgs().Then(new ProjectOntoBox()),
            "ProjectOntoBox must not stand behind Lbfgs, which keeps how the gradient has changed along its own steps and would know nothing of another step: Lbfgs comes last in a chain.");
        Says(
            new GradientDescent().Then(new ProjectOntoBox()),
            "ProjectOntoBox must not stand behind GradientDescent, which keeps how far its own last step went and would know nothing of another step: GradientDescent comes last in a chain.");
        Says(
            new ApplyIfFinite(new NonlinearConjugateGradient()).Then(new Scale(0.5)),
            "Scale must not stand behind NonlinearConjugateGradient, which keeps the direction of its own last step and would know nothing of another step: NonlinearConjugateGradient comes last in a chain.");
        Says(
            new ParameterEma(new Adam()).Then(new ProjectOntoBox()),
            "ProjectOntoBox must not stand behind ParameterEma, which keeps an average of the parameters and would not move along: put it inside, new ParameterEma(rule.Then(...)).");
        Says(new Muon().Then(new ProjectOntoBall()), "ProjectOntoBall must not stand behind Muon: its step mixes the elements of a matrix, and ");
        Says(new Freeze(sam, TensorSelector.None), "Freeze cannot hold Sam, which evaluates the objective itself: the objective takes all tensors, and ");
        Says(new Sam(new Lbfgs()), "Sam cannot hold Lbfgs, which evaluates the objective itself: ");
        Says(new ClipByGlobalNorm(1).Then(new DynamicLossScaling()), "ClipByGlobalNorm must not stand in front of DynamicLossScaling: it would see gradients that the scale has not been divided out of; ");

        Says(
            new ScheduleFree(new Accumulate(new Sgd(), 2)),
            "ScheduleFree cannot hold Accumulate, which does not step on every gradient: a step at which it rests would weigh in the average; put that rule around ScheduleFree.");
        Says(new Cautious(new ClipByGlobalNorm(1).Then(new ApplyIfFinite())), "Cautious cannot hold ApplyIfFinite, which does not step on every gradient: ");
        Says(new DAdaptation(new RollbackOnDivergence(new Sgd())), "DAdaptation cannot hold RollbackOnDivergence, which does not step on every gradient: ");
        Says(new Mechanic(new DynamicLossScaling()), "Mechanic cannot hold DynamicLossScaling, which does not step on every gradient: ");
        Says(new SkipLargeUpdates(new DynamicLossScaling()), "SkipLargeUpdates cannot hold DynamicLossScaling, which divides the gradient by a scale: it would see gradients that the scale has not been divided out of; ");
        Says(new ApplyIfFinite(new DynamicLossScaling()), "ApplyIfFinite cannot hold DynamicLossScaling, which divides the gradient by a scale: it would skip or take back the overflow ");
        Says(new Partition(new ParameterGroup(TensorSelector.All, new DynamicLossScaling())), "Partition cannot hold DynamicLossScaling, which divides the gradient by a scale: the loss has one scale, ");
        Says(new DynamicLossScaling(new DynamicLossScaling()), "DynamicLossScaling cannot hold DynamicLossScaling, which divides the gradient by a scale: ");
        Says(new ScheduleFree(new MadGrad()), "ScheduleFree cannot hold MadGrad, which rebuilds the parameters from sums of its own: ");
        Says(new Cautious(new Cocob()), "Cautious cannot hold Cocob, which rebuilds the parameters from sums of its own: ");
        Says(new Trac(new Lookahead()), "Trac cannot hold Lookahead, which keeps slow weights: its step is scaled afterwards; put that rule around.");
        Says(new Mechanic(new DAdaptation()), "Mechanic cannot hold DAdaptation, which finds its distance itself: each would measure by steps that the other has scaled; take one of the two.");
        Says(new Cautious(new Adam { Maximize = true }), "Cautious cannot hold Adam, which ascends: ");
        Says(new DAdaptation(new Sgd { Maximize = true }), "DAdaptation cannot hold Sgd, which ascends: ");
        Says(new Conditionally(new ClipByValue().Then(new Adam()), Odd), "Conditionally cannot hold Adam, which steps at a rate of its own: where it rests the gradient would be the step, at a rate of 1; ");
        Says(new Conditionally(new Lbfgs(), Odd), "Conditionally cannot hold Lbfgs, which steps at a rate of its own: ");

        static void Says(Rule rule, string text) => Refused.With<ArgumentException>(text, () =>
        {
            rule.Validate();
            return null;
        });
    }

    [Fact]
    public void Every_rule_that_goes_where_the_objective_says_comes_last_and_one_that_searches_is_for_full_batches() => Assert.All(RuleRegistry.All.Where(entry => entry.NeedsObjective), entry =>
    {
        var rule = entry.Create();
        Assert.True(rule.DeclareComposition().EvaluatesObjective);

        // SAM goes where the rule inside it does.
        Assert.Equal(rule is not Wrapper, rule.DeclareComposition().OwnPoint.Length > 0);
        Assert.Equal(rule.GetType().GetProperty("LineSearch") is not null, entry.IsForFullBatches);
    });

    [Fact]
    public void What_only_watches_may_stand_anywhere()
    {
        foreach (var rule in new[] { new Watching().Then(new Sam()), new Lookahead().Then(new Watching()), new Lbfgs().Then(new Watching()), new Watching().Then(new DynamicLossScaling()) })
        {
            var (state, _) = Optimizer.StepOn(Optimizer.Init(rule, Start), Bowl.Objective);
            var (alone, _) = Optimizer.StepOn(Optimizer.Init(((Chain)rule).Rules.Single(part => part is not Watching), Start), Bowl.Objective);
            Same.Close(alone.Parameters.ToArray(), state.Parameters.ToArray(), 1e-14, 2);
        }
    }

    [Fact]
    public void A_rule_that_does_not_say_that_it_evaluates_the_objective_is_refused_at_its_first_step()
    {
        foreach (var (rule, changing) in new (Rule, string)[]
        {
            (new Accumulate(new Silent(), 1 + 1), nameof(Accumulate)), (new Scale(2).Then(new Silent()), nameof(Scale)), (new Sam(new Silent()), nameof(Sam)),
            (new Scaling(new Silent()), nameof(Scaling)), (new ApplyIfFinite(new Scale(2).Then(new Lookahead(new Silent()))), nameof(Scale)),
        })
        {
            var state = Optimizer.Init(rule, Start);
            for (int t = 0; rule is Accumulate && t < 1; t++)
            {
                state = Optimizer.StepOn(state, Bowl.Objective).Item1;
            }

            Refused.With<ArgumentException>($"Silent evaluates the objective itself, and {changing} before it has changed the gradient", () => Optimizer.StepOn(state.Donate(), Bowl.Objective));
            Assert.Equal(Start, state.Parameters);
        }

        var some = Optimizer.Init(new Freeze(new Silent(), TensorSelector.Named("0")), TensorSet.OfTensors(Tensor.OfSpan<double>(new TensorShape("0"), [1]), Tensor.OfSpan<double>(new TensorShape("1"), [1])));
        Refused.With<ArgumentException>("which takes all tensors: it must have them all", () => Optimizer.StepOn(some, Bowl.Objective));

        // Alone, and within guards, it goes.
        Assert.Equal(Start.ToArray().Select(x => x - 1), Optimizer.StepOn(Optimizer.Init(new ApplyIfFinite(new Silent()), Start), Bowl.Objective).Item2.ToArray());
    }

    [Fact]
    public void Law_53_accumulating_is_refused_or_a_step_on_the_mean() => Law.Check(
        output, Scenario.From(draw => new Accumulate(draw.Coin() ? AnyRule.Tree(draw, 2) : AnyRule.TreeOnObjective(draw, 2), draw.Integer(1, 4)), draw => draw.Plain() / 3, (12, 12)), s =>
        {
            var rule = (Accumulate)s.Rule;
            if (rule.Steps > 1 && EvaluatesObjective(rule.Inner))
            {
                Assert.Throws<ArgumentException>(s.Rule.Validate);
                return;
            }

            Check<float>(s, rule);
            Check<double>(s, rule);

            static void Check<T>(Scenario s, Accumulate rule)
                where T : unmanaged, IFloatingPointIeee754<T>
            {
                int k = rule.Steps;
                var targets = s.GradientsOf<T>().Take(3 * k).ToArray();
                var (state, inner) = (s.Begin<T>(), Optimizer.Init(rule.Inner, s.StartOf<T>()));
                for (int t = 0; t + k <= targets.Length; t += k)
                {
                    var batches = targets[t..(t + k)];
                    try
                    {
                        inner = Optimizer.StepOn(inner, p => Mean(batches, p)).Item1;
                    }
                    catch (ArithmeticException)
                    {
                        return;
                    }

                    foreach (var target in batches)
                    {
                        state = Optimizer.StepOn(state, p => Towards(target, p)).Item1;
                    }

                    Same.Bits(inner.Parameters, state.Parameters);
                    Same.Bits(inner.EvaluationParameters, state.EvaluationParameters);
                }

                Tuple<double, TensorSet<T>> Mean(TensorSet<T>[] batches, TensorSet<T> p)
                {
                    var all = batches.Select(target => Towards(target, p)).ToList();
                    var sum = all.Select(x => x.Item2).Aggregate((a, b) => a + b);
                    return Tuple.Create(all.Sum(x => x.Item1) / k, k == 1 ? sum : rule.Sum ? sum : sum.Map(x => x / T.CreateTruncating(k)));
                }
            }

            static Tuple<double, TensorSet<T>> Towards<T>(TensorSet<T> target, TensorSet<T> p)
                where T : unmanaged, IFloatingPointIeee754<T> => Tuple.Create(0.5 * (p - target).Dot(p - target), p - target);
        });

    [Fact]
    public void A_builder_puts_what_changes_gradients_inside_a_rule_that_evaluates_the_objective()
    {
        var built = OptimizerBuilder.For(new Sgd()).ClipGradientNorm(1).Within(rule => new Sam(rule)).SkipNonFinite().AverageParameters(0.9).Rule;
        Assert.Equal(new ApplyIfFinite(new Sam(new Chain(new ClipByGlobalNorm(1), new ParameterEma(new Sgd()) { Decay = 0.9 }))), built);
        built.Validate();
        Refused.With<ArgumentException>("has one place", () => OptimizerBuilder.For(new Sgd()).Within(rule => new Sam(rule)).Within(rule => new Sam(rule)));
    }

    [Fact]
    public void What_the_registry_says_of_the_objective_is_what_the_rules_say() =>
        Assert.All(RuleRegistry.All, entry => Assert.Equal(entry.NeedsObjective, entry.Create().DeclareComposition().EvaluatesObjective));

    [Fact]
    public void What_is_like_a_refused_composition_and_has_a_meaning_is_accepted() => Assert.All(
        new Rule[]
        {
            new Accumulate(new ScheduleFree(), 2), new ApplyIfFinite(new Cautious()), new DynamicLossScaling(new ApplyIfFinite(new DAdaptation())), new Cautious(new Accumulate(new Adam(), 1)),
            new ScheduleFree(new ApplyIfFinite(new Sgd()) { Policy = NonFinitePolicy.Throw }), new ApplyIfFinite(new DynamicLossScaling()) { Policy = NonFinitePolicy.Propagate }, new ScheduleFree(new Sgd { Maximize = true }),
            new Scale(-1).Then(new Cautious(new Adam())), new Conditionally(new Adam().AsDirection(), Odd).Then(new ScaleByLearningRate(0.1)), new Conditionally(new Adam(), Odd) { Otherwise = WhenIdle.Rest },
            new Conditionally(new Adam(), 1), new MadGrad().Then(new ProjectOntoBox()), new Lookahead(new MadGrad()), new Cautious(new Conditionally(new ClipByValue(), 1).Then(new Adam())), new Mechanic(new DAdaptation().Inner),
        },
        rule => rule.Validate());

    private static Schedule Odd => Schedule.OfFunction("odd", t => t % 2);

    private static bool EvaluatesObjective(Rule rule) => rule.DeclareComposition().EvaluatesObjective || rule.DeclareInner().Any(inner => EvaluatesObjective(inner.Rule));

    [GeneratedRegex(@"^[A-Z]\w+ (?<kind>cannot hold|must not stand in front of|must not stand behind) [A-Z]\w+[,:] .{40,}\.$")]
    private static partial Regex Sentence();

    /// <summary>Keeps nothing and changes nothing.</summary>
    private sealed record Watching : Rule
    {
        public override Composition DeclareComposition() => new() { OnlyWatches = true };

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(0, context => Assert.True(context.IsFinite));
    }

    /// <summary>Steps by 1, having asked the objective, without saying that it does.</summary>
    private sealed record Silent : Rule
    {
        public override void Prepare<T>(Plan<T> plan)
        {
            var objective = plan.RequireObjective(nameof(Silent));
            plan.ApplyToTensors(0, context =>
            {
                Assert.NotNull(objective(TensorSet.OfValues(context.Layout, context.Parameters)));
                context.ChangeUpdate().Fill(T.One);
            });
        }
    }

    /// <summary>Changes the gradient and not the objective.</summary>
    private sealed record Scaling(Rule Rule) : Wrapper(Rule)
    {
        public override void Prepare<T>(Plan<T> plan)
        {
            plan.Apply(new ScaleFormula<T>(2));
            plan.Prepare(Inner);
        }
    }
}
