using System.Numerics;
using Optim.CSharp;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Law 66: tensors left out of a step, having no gradient.</summary>
public class LeftOutTests(ITestOutputHelper output)
{
    public static TheoryData<string> Rules => [.. RuleNames.OfGradient.Select(entry => entry.Name)];

    /// <summary>Not rules around others: what those count stays the run's.</summary>
    public static TheoryData<string> Elementwise => [.. RuleNames.OfGradient.Where(entry => entry.IsElementwise && entry.Create().DeclareInner().Count == 0).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Law_66_those_left_out_stay_as_they_are_and_the_others_step_as_if_they_were_not_there(string name) => Check(name, draw => AnyRule.Of(draw, RuleRegistry.Find(name)!), c =>
    {
        Holds<float>(c);
        Holds<double>(c);

        static void Holds<T>(Case c)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var before = c.S.Fold(Optimizer.Init(c.S.Rule, c.S.StartOf<T>()), c.S.GradientsOf<T>().Take(c.Step));
            var gradient = c.S.GradientsOf<T>().ElementAt(c.Step);
            string[] leftOut = c.LeftOut(before.Parameters.Layout);
            OptimizerState<T> after;
            try
            {
                after = c.Without(before, gradient, leftOut);
            }
            catch (InvalidOperationException refused) when (refused.Message.Contains("left out", StringComparison.Ordinal))
            {
                return;
            }

            Assert.Equal(before.StepCount + 1, after.StepCount);
            var alone = c.S.Fold(
                Optimizer.Restore(before.Rule, before.StepCount, c.Present(before.Parameters), before.Slots.ToDictionary(slot => slot.Key, slot => c.Present(slot.Value)), before.Scalars), [c.Present(gradient)]);
            Same.Bits(alone.Parameters, c.Present(after.Parameters));
            Same.Bits(c.Absent(before.Parameters), c.Absent(after.Parameters));
            foreach (var (slot, values) in after.Slots)
            {
                Same.Bits(alone.Slots[slot], c.Present(values));
                Same.Bits(c.Absent(before.Slots[slot]), c.Absent(values));
            }

            // Donated, the bits are the same; the state before is gone.
            var copy = c.S.Fold(Optimizer.Init(c.S.Rule, c.S.StartOf<T>()), c.S.GradientsOf<T>().Take(c.Step));
            Assert.Equal(after, c.Without(copy.Donate(), gradient, leftOut));
            Assert.Throws<InvalidOperationException>(() => copy.Parameters);
            Assert.Equal(c.S.Fold(before, [gradient]), c.Without(before, gradient, []));
        }
    });

    [Theory]
    [MemberData(nameof(Elementwise))]
    public void Law_66_a_tensor_takes_the_steps_at_which_it_has_a_gradient_and_no_others(string name) => Check(name, draw => AnyRule.Elementwise(draw, RuleRegistry.Find(name)!), c =>
    {
        // Where x lies between y and z, mu says: that of the last step, which must be the same for all tensors.
        c = c.S.Rule.GetType().Name.StartsWith("ScheduleFree", StringComparison.Ordinal) ? c with { S = c.S with { Rule = At(c.S.Rule, [0]) } } : c;
        TensorSet<double>[] gradients = [.. c.S.GradientsOf<double>()];
        var state = Optimizer.Init(c.S.Rule, c.S.StartOf<double>());
        foreach (var (i, gradient) in gradients.Index())
        {
            state = c.Without(state, gradient, c.IsOut(i) ? c.LeftOut(gradient.Layout) : []);
        }

        // Its own run: the gradients it had, its schedules where the run was at these steps.
        int[] taken = [.. Enumerable.Range(0, gradients.Length).Where(i => !c.IsOut(i))];
        var own = c.S.Fold(Optimizer.Init(At(c.S.Rule, taken), c.Absent(c.S.StartOf<double>())), taken.Select(i => c.Absent(gradients[i])));
        var others = c.S.Fold(Optimizer.Init(c.S.Rule, c.Present(c.S.StartOf<double>())), gradients.Select(c.Present));
        foreach (var run in new[] { own, others })
        {
            foreach (var tensor in run.Parameters)
            {
                Same.Bits<double>(tensor.Span, state.Parameters[tensor.Name].Span, tensor.Name);
                foreach (var (slot, values) in run.Slots)
                {
                    Same.Bits<double>(values[tensor.Name].Span, state.Slots[slot][tensor.Name].Span, $"{slot} of {tensor.Name}");
                }
            }
        }

        string path = Path.GetTempFileName();
        Checkpoint.Save(path, state);
        Assert.Equal(state, Checkpoint.Load<double>(path));
        File.Delete(path);
    });

    [Theory]
    [MemberData(nameof(Rules))]
    public void Law_66_in_place_the_bits_are_those_of_pure_steps(string name) => Check(name, draw => AnyRule.Of(draw, RuleRegistry.Find(name)!), c =>
    {
        if (name == "sophia")
        {
            return;
        }

        var start = c.S.StartOf<float>();
        float[][] arrays = [.. start.Select(tensor => tensor.Span.ToArray())];
        Parameter<float>[] parameters = [.. start.Layout.Select((shape, i) => new Parameter<float>(shape, arrays[i], new float[shape.Length]))];
        using var optimizer = new InPlaceOptimizer<float>(c.S.Rule, parameters);
        var pure = Optimizer.Init(c.S.Rule, start);
        string[] leftOut = c.LeftOut(start.Layout);
        foreach (var (i, gradient) in c.S.GradientsOf<float>().Index())
        {
            for (int p = 0; p < parameters.Length; p++)
            {
                gradient[p].Span.CopyTo(parameters[p].Gradient.Span);
            }

            string[] without = c.IsOut(i) ? leftOut : [];
            try
            {
                pure = c.Without(pure, gradient, without);
            }
            catch (InvalidOperationException refused) when (without.Length > 0)
            {
                Assert.Equal(refused.Message, Assert.Throws<InvalidOperationException>(() => optimizer.StepWithout(without)).Message);
                break;
            }

            optimizer.StepWithout(without);
        }

        Assert.Equal(pure, optimizer.Snapshot());
    });

    [Fact]
    public void AdamW_without_a_gradient_neither_decays_nor_counts()
    {
        var start = TensorSet.OfTensors(Given.Vector("w", 1.0), Given.Vector("v", 1.0));
        var state = Optimizer.Init(new AdamW { LearningRate = 0.1, WeightDecay = 0.5, Epsilon = 0 }, start);
        var ones = TensorSet.Filled(start.Layout, 1.0);
        for (int i = 0; i < 5; i++)
        {
            state = Optimizer.StepWithout(state, ones, ["v"]).Item1;
        }

        Assert.Equal(1.0, state.Parameters["v"].Span[0]);
        Assert.Equal(0.0, state.Slots["exp_avg"]["v"].Span[0]);
        Assert.Equal(new LateTensors(new AdamW { LearningRate = 0.1, WeightDecay = 0.5, Epsilon = 0 }, ["v"], [5]), state.Rule);

        // Its first step is a first step: the rate, and the decay.
        state = state.Step(ones).Item1;
        Assert.Equal(1 - 0.05 - 0.1, state.Parameters["v"].Span[0], 1e-15);
    }

    [Fact]
    public void Each_tensor_has_the_scalars_of_the_steps_it_has_taken()
    {
        var start = TensorSet.OfTensors(Given.Vector("a", 1.0), Given.Vector("b", 1.0), Given.Vector("c", 1.0));
        var ones = TensorSet.Filled(start.Layout, 1.0);
        var state = Optimizer.Init(new NAdam(), start);
        string[][] without = [["a"], ["a", "b"], ["c"], ["b", "c"], []];
        foreach (string[] leftOut in without)
        {
            state = Optimizer.StepWithout(state, ones, leftOut).Item1;
        }

        foreach (string name in new[] { "a", "b", "c" })
        {
            var alone = Optimizer.Init(new NAdam(), TensorSet.OfTensors(Given.Vector(name, 1.0)));
            alone = Optimizer.Fold(alone, without.Where(leftOut => !leftOut.Contains(name)).Select(_ => TensorSet.Filled(alone.Parameters.Layout, 1.0)));
            Assert.Equal(alone.Parameters[name].Span[0], state.Parameters[name].Span[0]);
        }

        // a and c have taken 3 steps each, b 3: one clock for all of them.
        Assert.Equal(new LateTensors(new NAdam(), ["a", "b", "c"], [2, 2, 2]), state.Rule);
        Assert.Equal(["mu_product", "mu_product.2"], state.Scalars.Keys);
    }

    [Fact]
    public void A_norm_over_all_tensors_is_taken_without_those_left_out_and_periods_are_the_run_s()
    {
        var start = TensorSet.OfTensors(Given.Vector("a", 0.0), Given.Vector("b", 0.0));
        var gradient = TensorSet.OfTensors(Given.Vector("a", 3.0), Given.Vector("b", 4.0));
        var clipped = Optimizer.StepWithout(Optimizer.Init(new ClipByGlobalNorm(1).Then(new Sgd { LearningRate = 1 }), start), gradient, ["b"]).Item1;
        Assert.Equal(-1.0, clipped.Parameters["a"].Span[0], 1e-6);
        Assert.Equal(0.0, clipped.Parameters["b"].Span[0]);

        // What a tensor has gathered waits for a step at which it is there.
        var gathering = Optimizer.Init(new Accumulate(new Sgd { LearningRate = 1 }, 2), start);
        gathering = Optimizer.StepWithout(gathering.Step(gradient).Item1, gradient, ["b"]).Item1;
        Assert.Equal([-3.0, 0.0], gathering.Parameters.Span.ToArray());
        Assert.Equal([0.0, 4.0], gathering.Slots["accumulated"].Span.ToArray());
    }

    [Fact]
    public void Rules_on_the_objective_see_all_tensors_and_move_those_present()
    {
        var start = TensorSet.OfTensors(Given.Vector("a", 1.0), Given.Vector("b", 2.0));
        var sam = new Sam(new Sgd { LearningRate = 0.1 });
        var state = Optimizer.StepWithout(Optimizer.Init(sam, start), Objective(start).Item2, ["b"], loss: 5, objective: Objective).Item1;
        var alone = TensorSet.OfTensors(Given.Vector("a", 1.0));
        var expected = Optimizer.StepOn(Optimizer.Init(sam, alone), at => Tuple.Create(at["a"].Span[0], TensorSet.OfTensors(Given.Vector("a", 2 * at["a"].Span[0])))).Item1;
        Assert.Equal(expected.Parameters["a"].Span[0], state.Parameters["a"].Span[0]);
        Assert.Equal(2.0, state.Parameters["b"].Span[0]);

        double[] a = [1.0], b = [2.0], ga = [0.0], gb = [7.0];
        using var optimizer = InPlaceOptimizer.Create(sam, Parameter.Over("a", a, ga), Parameter.Over("b", b, gb));
        optimizer.StepOn(
            () =>
            {
                Assert.Equal(2.0, b[0]);
                ga[0] = 2 * a[0];
                return (a[0] * a[0]) + 4;
            },
            () => ["b"]);
        Assert.Equal(state.Parameters.ToArray(), new[] { a[0], b[0] });

        static Tuple<double, TensorSet<double>> Objective(TensorSet<double> at) => Tuple.Create(
            (at["a"].Span[0] * at["a"].Span[0]) + (at["b"].Span[0] * at["b"].Span[0]), at.Scale(2));
    }

    [Fact]
    public void What_cannot_be_left_out_is_said()
    {
        var start = TensorSet.OfTensors(Tensor.OfSpan<double>(new("w", 2, 2), [1, 2, 3, 4]), Given.Vector("v", 1.0));
        Refused.With<ArgumentException>("leftOut must name tensors of the parameters, was 'x'; they are: w [2, 2], v [1]", () => Optimizer.StepWithout(Optimizer.Init(new Sgd(), start), start, ["v", "x"]));
        foreach (var rule in new Rule[] { new Lamb(), new Soap(), new Adafactor(), new AdamW { Cautious = true } })
        {
            var state = Optimizer.Init(rule, start);
            Refused.With<InvalidOperationException>(
                $"{rule.GetType().Name} counts its steps and works on whole tensors, so that none can join late, nor be left out of a step", () => Optimizer.StepWithout(state, start, ["v"]));
        }

        // Muon counts nothing, and its fallback is a rule of its own.
        var muon = Optimizer.StepWithout(Optimizer.Init(new Muon { Fallback = new AdamW() }, start), start, ["v"]).Item1;
        Assert.Equal(1.0, muon.Parameters["v"].Span[0]);
        Assert.Equal(["LearningRate"], muon.Hyperparameters.Keys.Intersect(["LearningRate"]));
        Assert.Equal(Optimizer.Init(new Muon { Fallback = new AdamW() }, start).Hyperparameters.Keys, muon.Hyperparameters.Keys);
        Assert.Equal(0.125, muon.Adjust("fallback.Beta1", 0.125).Hyperparameters["fallback.Beta1"]);
    }

    [Fact]
    public void A_set_is_filled_where_it_lies()
    {
        var layout = Layout.Of(new TensorShape("a", 2), new TensorShape("b", 1));
        var set = TensorSet.Create<float>(layout, (span, shapes) =>
        {
            Assert.Same(layout, shapes);
            Assert.Equal(new[] { 0f, 0, 0 }, span.ToArray());
            span[shapes.OffsetOf(1)] = 5;
        });
        Assert.Equal([0f, 0, 5], set.ToArray());
    }

    private static Rule At(Rule rule, int[] steps)
    {
        // What a rate is relative to is the run's, too.
        rule = rule.WithReferencesFixed();
        return RuleProperty.Of(rule).Where(h => h.IsSchedule && h.IsSet(rule) && h.Value(rule) is not ConstantSchedule).Aggregate(
            rule, (r, h) => h.With(r, Schedule.Table([.. steps.DefaultIfEmpty(0).Select(step => ((Schedule)h.Value(r)).At(step))])));
    }

    private void Check(string name, Func<Draw, Rule> rule, Action<Case> law, int count = 25) => Law.Check(
        output, Scenario.From(draw => new ExemptFromDecay(rule(draw), AnyRule.Tensors(draw)), AnyRule.ShrinkInside),
        s => law(new(s with { Rule = ((ExemptFromDecay)s.Rule).Inner, Needs = name == "sophia" ? StepNeeds.HessianDiagonal : s.Needs }, ((ExemptFromDecay)s.Rule).Tensors)), count, name: name);

    /// <summary>A run in which some tensors have no gradient at every third step from the second on.</summary>
    private sealed record Case(Scenario S, TensorSelector Tensors)
    {
        public int Step => Math.Min(S.Gradients.Length - 1, S.Gradients.Length / 2);

        public bool IsOut(int step) => step % 3 != 0;

        public OptimizerState<T> Without<T>(OptimizerState<T> state, TensorSet<T> gradient, string[] leftOut)
            where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.StepWithout(state, gradient, leftOut, S.LossFor(state.StepCount), S.HessianDiagonalFor(gradient)).Item1;

        public string[] LeftOut(Layout layout) => [.. layout.Where(Tensors.Takes).Select(shape => shape.Name)];

        public TensorSet<T> Present<T>(TensorSet<T> set)
            where T : unmanaged, IFloatingPointIeee754<T> => TensorSet.OfTensors(set.Where((_, i) => !Tensors.Takes(S.Layout[i])).ToArray());

        public TensorSet<T> Absent<T>(TensorSet<T> set)
            where T : unmanaged, IFloatingPointIeee754<T> => TensorSet.OfTensors(set.Where((_, i) => Tensors.Takes(S.Layout[i])).ToArray());
    }
}
