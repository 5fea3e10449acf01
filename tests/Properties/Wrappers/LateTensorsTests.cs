using System.Numerics;
using Optim.CSharp;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Law 58: tensors that join, thaw or are loaded late.</summary>
public class LateTensorsTests(ITestOutputHelper output)
{
    /// <summary>Not rules around others: what those count, as the period of a Lookahead, stays the run's.</summary>
    public static TheoryData<string> Rules => [.. RuleNames.OfGradient.Where(entry => entry.IsElementwise && entry.Create().DeclareInner().Count == 0).Select(entry => entry.Name)];

    public static TheoryData<string> Parts => [.. RuleNames.OfGradient.Where(entry => entry.Create().DeclareInner().Count == 0).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Law_58_a_tensor_that_joins_is_stepped_as_in_a_run_of_its_own(string name) => Check(name, draw => AnyRule.Elementwise(draw, RuleRegistry.Find(name)!), c =>
    {
        Joins<float>(c);
        Joins<double>(c);

        static void Joins<T>(Case c)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var early = c.Run(Optimizer.Init(c.Rule, c.Early(c.Start<T>())), c.Gradients<T>()[..c.Step].Select(c.Early));
            c.Agrees(c.Run(early.AddTensors(c.Late(c.Start<T>())), c.Gradients<T>()[c.Step..]), c.Run(Optimizer.Init(c.Rule, c.Early(c.Start<T>())), c.Gradients<T>().Select(c.Early)));
        }
    });

    [Fact]
    public void Law_58_chains_too() => Check("chains", draw => new Chain([.. Enumerable.Range(0, draw.Integer(1, 3)).Select(_ => AnyRule.Elementwise(draw, RuleRegistry.Find(draw.Of("adam", "scale_by_momentum", "scale_by_adam", "nadam", "laprop", "scale", "yogi", "radam"))!))]), c =>
    {
        var early = c.Run(Optimizer.Init(c.Rule, c.Early(c.Start<double>())), c.Gradients<double>()[..c.Step].Select(c.Early));
        c.Agrees(c.Run(early.AddTensors(c.Late(c.Start<double>())), c.Gradients<double>()[c.Step..]), c.Run(early, c.Gradients<double>()[c.Step..].Select(c.Early)));
    });

    [Theory]
    [MemberData(nameof(Rules))]
    public void Law_58_a_tensor_that_thaws_is_stepped_as_in_a_run_of_its_own(string name) => Check(name, draw => AnyRule.Elementwise(draw, RuleRegistry.Find(name)!), c =>
    {
        Thaws<float>(c);
        Thaws<double>(c);

        static void Thaws<T>(Case c)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            if (c.SetsParameters || !c.Start<T>().Layout.Any(c.Tensors.Takes))
            {
                return;
            }

            var frozen = c.Run(Optimizer.Init(new Freeze(c.Rule, c.Tensors), c.Start<T>()), c.Gradients<T>()[..c.Step]);
            c.Agrees(c.Run(frozen.Thaw(), c.Gradients<T>()[c.Step..]), c.Run(Optimizer.Init(c.Rule, c.Early(c.Start<T>())), c.Gradients<T>().Select(c.Early)));
        }
    });

    [Theory]
    [MemberData(nameof(Rules))]
    public void Law_58_a_tensor_that_the_file_lacks_joins_at_its_step(string name) => Check(name, draw => AnyRule.Elementwise(draw, RuleRegistry.Find(name)!), c =>
    {
        string path = Path.GetTempFileName();
        try
        {
            var early = c.Run(Optimizer.Init(c.Rule, c.Early(c.Start<double>())), c.Gradients<double>()[..c.Step].Select(c.Early));
            Checkpoint.Save(path, early, saveRule: false);
            var loaded = Checkpoint.LoadInto(path, Optimizer.Init(c.Rule, c.Start<double>()), partial: true).Item1;
            c.Agrees(c.Run(loaded, c.Gradients<double>()[c.Step..]), c.Run(early, c.Gradients<double>()[c.Step..].Select(c.Early)));

            // And the clocks are saved.
            Checkpoint.Save(path, loaded);
            Assert.Equal(loaded, Checkpoint.Load<double>(path));
            Assert.Equal(loaded, Checkpoint.Load<double>(path, c.Rule));
            Assert.Equal(loaded, Checkpoint.LoadInto(path, Optimizer.Init(c.Rule, c.Start<double>())).Item1);
        }
        finally
        {
            File.Delete(path);
        }
    }, 10);

    [Theory]
    [MemberData(nameof(Rules))]
    public void Law_58_in_place_and_donated_the_bits_are_those_of_pure_steps(string name) => Check(name, draw => AnyRule.Elementwise(draw, RuleRegistry.Find(name)!), c =>
    {
        if (name == "sophia")
        {
            return;
        }

        var joined = Optimizer.Fold(Optimizer.Init(c.Rule, c.Early(c.Start<float>())), c.Gradients<float>()[..c.Step].Select(c.Early)).AddTensors(c.Late(c.Start<float>()));
        TensorSet<float>[] gradients = [.. c.Gradients<float>()[c.Step..].Select(g => c.Like(g, joined.Parameters))];
        var pure = c.Run(joined, gradients);
        Same.Bits(pure, Optimizer.Fold(joined, gradients));
        float[][] arrays = [.. joined.Parameters.Select(tensor => tensor.Span.ToArray())];
        Parameter<float>[] parameters = [.. joined.Parameters.Layout.Select((shape, i) => new Parameter<float>(shape, arrays[i], new float[shape.Length]))];
        using var optimizer = new InPlaceOptimizer<float>(c.Rule, parameters);
        optimizer.Load(joined);
        foreach (var gradient in gradients)
        {
            for (int i = 0; i < parameters.Length; i++)
            {
                gradient[i].Span.CopyTo(parameters[i].Gradient.Span);
            }

            optimizer.Step();
        }

        for (int i = 0; i < arrays.Length; i++)
        {
            Same.Bits<float>(pure.Parameters[i].Span, arrays[i], pure.Parameters.Layout[i].Name);
        }
    });

    [Theory]
    [MemberData(nameof(Parts))]
    public void A_rule_that_counts_no_steps_does_the_same_at_any(string name) => Check(name, draw => AnyRule.Of(draw, RuleRegistry.Find(name)!), c =>
    {
        // With schedules that stand still: what is left of the clock is what the rule counts.
        var rule = RuleProperty.Of(c.Rule).Where(h => h.IsSchedule && h.IsSet(c.Rule)).Aggregate(c.Rule, (r, h) => h.WithNumber(r, ((Schedule)h.Value(r)).At(0)));
        if (rule.CountsSteps())
        {
            return;
        }

        var first = Optimizer.Init(rule, c.Start<double>());
        var later = Optimizer.Restore(rule, 1000, first.Parameters, first.Slots, first.Scalars);
        Same.Bits(c.Run(first, c.Gradients<double>()).Parameters, c.Run(later, c.Gradients<double>()).Parameters);
    });

    [Fact]
    public void Adam_steps_a_tensor_that_joins_at_100_000_at_its_rate_and_not_at_3_times_it()
    {
        var start = TensorSet.OfTensors(Given.Vector("w", 1.0));
        var state = Optimizer.Restore(new Adam { LearningRate = 0.001, Epsilon = 0 }, 100_000, start, Slots(start, "exp_avg", "exp_avg_sq"), new Dictionary<string, double>());
        var joined = state.AddTensors(TensorSet.OfTensors(Given.Vector("head", 1.0)));
        var after = joined.Step(TensorSet.Filled(joined.Parameters.Layout, 2.0)).Item2;
        Assert.Equal(0.001, 1 - after["head"].Span[0], 1e-12);

        // What the run's clock gives it: (1 - b1) / sqrt(1 - b2) times the rate, as the other tensor, whose slots are new, shows.
        Assert.Equal(0.00316, 1 - after["w"].Span[0], 1e-5);
    }

    [Fact]
    public void Where_clocks_do_not_differ_or_nothing_is_counted_there_is_no_wrapper()
    {
        TensorSet<double> start = TensorSet.OfTensors(Given.Vector("w", 1.0)), head = TensorSet.OfTensors(Given.Vector("head", 1.0));
        Assert.Equal(new Adam(), Optimizer.Init(new Adam(), start).AddTensors(head).Rule);
        foreach (var rule in new Rule[] { new Lion(), new Sgd { Momentum = 0.9 }, new ClipByGlobalNorm(1).Then(new Sgd()), new ProjectOntoBall() })
        {
            Assert.Equal(rule, Optimizer.Init(rule, start).Step(start).Item1.AddTensors(head).Rule);
        }

        var chain = Optimizer.Init(new ClipByGlobalNorm(1).Then(new AdamW()), start).Step(start).Item1.AddTensors(head).Rule;
        Assert.Equal(new ClipByGlobalNorm(1).Then(new LateTensors(new AdamW(), ["head"], [1])), chain);
    }

    [Fact]
    public void Several_clocks_each_have_their_own_scalars_and_another_rule_keeps_them()
    {
        var gradient = Given.Vector("a", 3.0);
        var state = Optimizer.Init(new NAdam(), TensorSet.OfTensors(Given.Vector("a", 1.0)));
        state = state.Step(Ones(state)).Item1.AddTensors(TensorSet.OfTensors(Given.Vector("b", 1.0)));
        state = state.Step(Ones(state)).Item1.AddTensors(TensorSet.OfTensors(Given.Vector("c", 1.0), Given.Vector("d", 1.0)));
        Assert.Equal(["mu_product", "mu_product.2", "mu_product.3"], state.Scalars.Keys);
        state = state.WithRule(new NAdam());
        Assert.Equal(new LateTensors(new NAdam(), ["b", "c", "d"], [1, 2, 2]), state.Rule);
        state = state.Step(Ones(state)).Item1;
        var alone = Optimizer.Init(new NAdam(), TensorSet.OfTensors(Given.Vector("c", 1.0), Given.Vector("d", 1.0)));
        alone = alone.Step(Ones(alone)).Item1;
        Assert.Equal(alone.Parameters["d"], state.Parameters["d"]);
        Assert.Equal(alone.Scalars["mu_product"], state.Scalars["mu_product.3"]);

        static TensorSet<double> Ones(OptimizerState<double> state) => TensorSet.Filled(state.Parameters.Layout, 1.0);
    }

    [Fact]
    public void Within_groups_wrappers_and_exemptions_the_rule_that_counts_has_the_clocks()
    {
        TensorSet<double> start = TensorSet.OfTensors(Given.Vector("w", 1.0)), head = TensorSet.OfTensors(Given.Vector("head.w", 1.0));
        var adam = new AdamW();
        var groups = new Partition(new ParameterGroup(TensorSelector.Named("head.*").OrNone(), adam), new ParameterGroup(TensorSelector.All, adam));
        Assert.Equal(
            new Partition(new ParameterGroup(TensorSelector.Named("head.*").OrNone(), new LateTensors(adam, ["head.w"], [1])), new ParameterGroup(TensorSelector.All, adam)), Joined(groups));
        Assert.Equal(adam.NoDecayOn("w").ReplaceInner([new LateTensors(adam, ["head.w"], [1])]), Joined(adam.NoDecayOn("w")));
        Assert.Equal(new LateTensors(adam, ["head.w"], [1]).NoDecayOn("w"), Joined(adam).NoDecayOn("w"));

        // Of accumulation the rule inside has its own count of steps.
        Assert.Equal(new Accumulate(adam, 1), Optimizer.Init(new Accumulate(adam, 1), start).AddTensors(head).Rule);
        var twice = Optimizer.Init(new Accumulate(adam, 2), start).Step(start).Item1.Step(start).Item1;
        Assert.Equal(new Accumulate(new LateTensors(adam, ["head.w"], [1]), 2), twice.AddTensors(head).Rule);

        Rule Joined(Rule rule) => Optimizer.Init(rule, start).Step(start).Item1.AddTensors(head).Rule;
    }

    [Fact]
    public void Thawing_some_leaves_the_others_frozen_and_what_is_not_frozen_is_refused()
    {
        var start = TensorSet.OfTensors(Given.Vector("a", 1.0), Given.Vector("b", 1.0), Given.Vector("c", 1.0));
        var ones = TensorSet.Filled(start.Layout, 1.0);
        var state = Optimizer.Init(new Freeze(new Adam(), TensorSelector.Named("a", "b")), start).Step(ones).Item1.Thaw(TensorSelector.Named("b"));
        Assert.Equal(["b"], ((LateTensors)((Freeze)state.Rule).Inner).Names);
        state = state.Step(ones).Item1;
        Assert.Equal(1.0, state.Parameters["a"].Span[0]);
        Assert.Equal(1 - 0.001, state.Parameters["b"].Span[0], 1e-9);
        state = state.Thaw();
        Assert.Equal(new LateTensors(new Adam(), ["b", "a"], [1, 2]), state.Rule);
        Refused.With<ArgumentException>("tensors must hold a tensor that a Freeze in the rule holds still, was 'all'; frozen are: none", () => state.Thaw());
        Refused.With<ArgumentException>("was 'c'; frozen are: a, b", () => Optimizer.Init(new Freeze(new Adam(), TensorSelector.Named("a", "b")), start).Thaw(TensorSelector.Named("c")));
    }

    [Fact]
    public void What_cannot_have_several_clocks_is_refused_in_one_sentence()
    {
        TensorSet<double> start = TensorSet.OfTensors(Tensor.OfSpan<double>(new("w", 2, 2), [1, 2, 3, 4])), head = TensorSet.OfTensors(Given.Vector("head", 1.0));
        foreach (var rule in new Rule[] { new Lamb(), new Shampoo(), new Soap(), new AdamMini(), new Adafactor(), new Swats(), new AdamW { Cautious = true } })
        {
            var state = Optimizer.Init(rule, start).Step(start).Item1;
            Refused.With<InvalidOperationException>($"{rule.GetType().Name} counts its steps and works on whole tensors, so that none can join late", () => state.AddTensors(head));
        }

        var after = Optimizer.Init(new Adam(), start);
        Refused.With<ArgumentException>("added must have tensors of other names than the state's, had 'w'", () => after.AddTensors(start));
        Refused.With<ArgumentException>("LateTensors must be around a rule without others inside, was around Chain", () => Optimizer.Init(new LateTensors(new Adam().Then(new Scale(2)), ["w"], [3]), start));
        Refused.With<ArgumentException>("JoinedAt must have one step for each of Names, 1, had 0", () => Optimizer.Init(new LateTensors(new Adam(), ["w"], []), start));
        Refused.With<ArgumentException>("Names must have each tensor once, had 'w' twice", () => Optimizer.Init(new LateTensors(new Adam(), ["w", "w"], [1, 2]), start));
        Refused.With<ArgumentException>("LateTensors cannot hold Lbfgs", () => Optimizer.Init(new LateTensors(new Lbfgs(), ["w"], [1]), start));
    }

    [Fact]
    public void A_schedule_that_watches_the_loss_is_the_run_s()
    {
        var rule = new NAdam { LearningRate = Schedule.ReduceOnPlateau(0.25, patience: 0) };
        var state = Optimizer.Init(rule, TensorSet.OfTensors(Given.Vector("a", 1.0)));
        for (int i = 0; i < 6; i++)
        {
            state = Optimizer.Step(state, TensorSet.Filled(state.Parameters.Layout, 1.0), loss: 1).Item1;
        }

        var joined = state.AddTensors(TensorSet.OfTensors(Given.Vector("b", 1.0)));
        double rate = 0;
        for (int i = 0; i < 3; i++)
        {
            state = Optimizer.Step(state, TensorSet.Filled(state.Parameters.Layout, 1.0), loss: 1).Item1;
            var before = joined;
            joined = Optimizer.Step(joined, TensorSet.Filled(joined.Parameters.Layout, 1.0), loss: 1).Item1;
            Assert.Equal(state.Parameters["a"].Span[0], joined.Parameters["a"].Span[0]);
            Assert.Equal(state.Scalars.Values, joined.Scalars.Values.Take(state.Scalars.Count));
            rate = i == 0 ? before.Parameters["b"].Span[0] - joined.Parameters["b"].Span[0] : rate;
        }

        Assert.InRange(rate, 1e-9, 0.125);
    }

    private static Dictionary<string, TensorSet<double>> Slots(TensorSet<double> start, params string[] names) => names.ToDictionary(name => name, _ => Given.Zeros<double>(start.Layout));

    private void Check(string name, Func<Draw, Rule> rule, Action<Case> law, int count = 30) => Law.Check(
        output, Scenario.From(draw => new ExemptFromDecay(rule(draw), AnyRule.Tensors(draw)), AnyRule.ShrinkInside),
        s => law(new(s with { Rule = ((ExemptFromDecay)s.Rule).Inner, Needs = name == "sophia" ? StepNeeds.HessianDiagonal : StepNeeds.None }, ((ExemptFromDecay)s.Rule).Tensors)), count, name: name);

    /// <summary>A run that some tensors are in from the start and others join halfway.</summary>
    private sealed record Case(Scenario S, TensorSelector Selector)
    {
        public Rule Rule => S.Rule;

        public int Step => S.Gradients.Length / 2;

        public TensorSelector Tensors { get; } = Selector.OrNone();

        /// <summary>Whether it sets parameters, which within a Freeze become a difference and round.</summary>
        public bool SetsParameters => Rule is MadGrad or Ftrl or Cocob or ScheduleFreeRAdam or Adan or ScheduleFreeSgd or ScheduleFreeAdamW or ProjectOntoBox or Sgd { LookAhead: true };

        public TensorSet<T> Start<T>()
            where T : unmanaged, IFloatingPointIeee754<T> => S.StartOf<T>();

        public TensorSet<T>[] Gradients<T>()
            where T : unmanaged, IFloatingPointIeee754<T> => [.. S.GradientsOf<T>()];

        public TensorSet<T> Early<T>(TensorSet<T> set)
            where T : unmanaged, IFloatingPointIeee754<T> => TensorSet.OfTensors(set.Where(tensor => !Selector.Takes(tensor.Shape)).ToArray());

        public TensorSet<T> Late<T>(TensorSet<T> set)
            where T : unmanaged, IFloatingPointIeee754<T> => TensorSet.OfTensors(set.Where(tensor => Selector.Takes(tensor.Shape)).ToArray());

        public TensorSet<T> Like<T>(TensorSet<T> set, TensorSet<T> order)
            where T : unmanaged, IFloatingPointIeee754<T> => TensorSet.OfTensors(order.Layout.Select(shape => set[shape.Name]).ToArray());

        public OptimizerState<T> Run<T>(OptimizerState<T> state, IEnumerable<TensorSet<T>> gradients)
            where T : unmanaged, IFloatingPointIeee754<T> => S.Fold(state, gradients.Select(gradient => Like(gradient, state.Parameters)));

        /// <summary>Those that joined as in a run of their own from halfway, its schedules where the run's are; the others as without those that joined.</summary>
        public void Agrees<T>(OptimizerState<T> joined, OptimizerState<T> early)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var late = Run(Optimizer.Init(From(Rule), Late(Start<T>())), Gradients<T>()[Step..].Select(Late));
            foreach (var own in new[] { early, late })
            {
                foreach (var tensor in own.Parameters)
                {
                    string name = tensor.Shape.Name;
                    Same.Bits<T>(tensor.Span, joined.Parameters[name].Span, name);
                    Same.Bits<T>(own.EvaluationParameters[name].Span, joined.EvaluationParameters[name].Span, $"evaluated {name}");
                    foreach (var (slot, values) in own.Slots)
                    {
                        Same.Bits<T>(values[name].Span, joined.Slots[slot][name].Span, $"{slot} of {name}");
                    }
                }
            }
        }

        private Rule From(Rule rule)
        {
            // What a rate is relative to is the run's, too.
            rule = rule.WithReferencesFixed();
            var inner = rule.DeclareInner();
            var own = inner.Count == 0 ? rule : rule.ReplaceInner([.. inner.Select(i => From(i.Rule))]);
            return RuleProperty.Of(own).Where(h => h.IsSchedule && h.IsSet(own) && h.Value(own) is not ConstantSchedule).Aggregate(own, (r, h) => h.With(
                r, Schedule.Table([.. Enumerable.Range(0, S.Gradients.Length + 3).Select(i => ((Schedule)h.Value(r)).At(Step + i))])));
        }
    }
}
