using MathNet.Numerics.LinearAlgebra;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.States;

/// <summary>Rules written as functions of whole tensors: their numbers, what they compose with, and what is refused.</summary>
public class TensorRuleTests(ITestOutputHelper output)
{
    private static readonly TensorRule Normalized = new("normalized", t => t.Update(t.LearningRate * t.Gradient / (t.Norm + 1e-12))) { LearningRate = 0.1 };

    /// <summary>LAMB without its clipping: a mean of gradients, the parameters' norm over the update's.</summary>
    private static readonly TensorRule Trusting = new("trusting", ["mean"], hyper: [("Beta1", 0.9)], t =>
    {
        double beta = t.Hyper("Beta1");
        var mean = (beta * t["mean"]) + ((1 - beta) * t.Gradient);
        double norm = mean.Norm;
        return t.Update((norm > 0 ? t.LearningRate * t.Parameter.Norm / norm : 0) * mean).Keep("mean", mean);
    })
    {
        LearningRate = 0.01,
    };

    private static readonly TensorRule Clipped = TensorRule.OverAllTensors(
        "clipped", Array.Empty<string>(), all => all.Norm + 1e-6 is var norm && norm > 1 ? all.Each(t => t.Update(t.Gradient / norm)) : all.Each(t => t.Update(t.Gradient)));

    /// <summary>Shampoo's left half: a slot that is a square matrix of the rows, the gradient divided by its root.</summary>
    private static readonly TensorRule Rows = new("rows", [new SlotDeclaration("left") { Dimensions = shape => shape.Dimensions.Count == 2 ? [shape.Dimensions[0], shape.Dimensions[0]] : [], OnDiagonal = true, Initial = 1 }], t =>
    {
        if (t.Gradient.Rank != 2)
        {
            return t.Update(0.1 * t.Gradient).Keep("left", t.Norm);
        }

        Matrix<double> g = t.Gradient.ToMatrix(), left = t["left"].ToMatrix() + (g * g.Transpose());
        return t.Update(0.1 * left.Inverse() * g).Keep("left", left);
    });

    [Fact]
    public void Each_tensor_goes_by_its_own_norm_in_both_precisions()
    {
        var set = TensorSet.OfTensors(Tensor.Of("w", Matrix<double>.Build.DenseOfArray(new[,] { { 3.0, 0 }, { 0, -4 } })), Tensor.Of("b", Vector<double>.Build.Dense([0.5])));
        var next = Optimizer.Init(Normalized, set).Step(set).Item1.Parameters;
        double by = 5 + 1e-12;
        Assert.Equal([3 - (0.1 * 3.0 / by), 0, 0, -4 + (0.1 * 4.0 / by), 0.5 - (0.1 * 0.5 / (0.5 + 1e-12))], next.Span.ToArray());
        var single = TensorSet.OfArray([3f, -4f]);
        Assert.Equal([3 - (float)(0.1 * 3 / by), -4 + (float)(0.1 * 4 / by)], Optimizer.Init(Normalized, single).Step(single).Item1.Parameters.Span.ToArray());
    }

    [Fact]
    public void Over_all_tensors_it_is_the_librarys_clipping() => Law.Check(output, Scenario.From(_ => new ClipByGlobalNorm(), draw => draw.Moderate()), s =>
    {
        var (own, shipped) = (s.Run<double>(Clipped), s.Run<double>());
        Assert.True((own.Parameters - shipped.Parameters).Norm() <= 1e-12 * (1 + shipped.Parameters.Norm()), "clipped otherwise");
    }, 60);

    [Fact]
    public void They_keep_the_laws()
    {
        LawSuite.For(Normalized, new() { Cases = 15, IsOdd = true }).Assert();
        LawSuite.For(Trusting, new() { Cases = 15, IsOdd = true, VaryHyperparameters = true }).Assert();
        LawSuite.For(Clipped.Then(new Scale(0.1)), new() { Cases = 15, IsOdd = true }).Assert();
        LawSuite.For(Rows, new() { Cases = 15, Size = 20, Laws = [1, 4, 5, 6, 8, 15] }).Assert();
    }

    [Fact]
    public void Inside_every_wrapper_a_run_may_be_cut_and_resumed()
    {
        var start = TensorSet.OfTensors(Tensor.Of("w", Matrix<double>.Build.Dense(2, 3, (i, j) => 1 + i - j)), Tensor.Of("b", Vector<double>.Build.Dense([0.5, -1])));
        var wrappers = RuleRegistry.All.Where(entry => entry.IsWrapper && !entry.NeedsObjective && !entry.NeedsLoss && !entry.NeedsHessianDiagonal).Select(entry => entry.Create()).ToList();
        Assert.NotEmpty(wrappers);
        foreach (var wrapper in wrappers.Append(new Lookahead(new ClipByGlobalNorm(1).Then(Trusting))))
        {
            var rule = wrapper is Lookahead ? wrapper : wrapper.ReplaceInner([.. wrapper.DeclareInner().Select(_ => Trusting)]);
            var half = Run(Optimizer.Init(rule, start), 3);
            var own = new List<Rule> { Trusting.WithLearningRate(7) };
            var resumed = Optimizer.Restore(RuleJson.Read(RuleJson.Write(rule), own), half.StepCount, half.Parameters, half.Slots, half.Scalars);
            Assert.Equal(Run(half, 4), Run(resumed, 4));
        }

        static OptimizerState<double> Run(OptimizerState<double> state, int steps) => Optimizer.Fold(state, steps, p => p);
    }

    [Fact]
    public void A_slot_may_have_a_shape_of_its_own()
    {
        var set = TensorSet.OfTensors(Tensor.Of("w", Matrix<double>.Build.DenseOfArray(new[,] { { 2.0, 0, 0 }, { 0, 1, 0 } })), Tensor.Of("b", Vector<double>.Build.Dense([3.0, 4])));
        var next = Optimizer.Init(Rows, set).Step(set).Item1;
        Assert.Equal([5.0, 0, 0, 2], next.Slots["left"]["w"].ToArray());
        Assert.Equal([5.0], next.Slots["left"]["b"].ToArray());
        Assert.Equal([2 - (0.1 * (1 / 5.0) * 2), 1 - (0.1 * 0.5)], [next.Parameters["w"].Span[0], next.Parameters["w"].Span[4]], (x, y) => Math.Abs(x - y) < 1e-15);
    }

    [Fact]
    public void What_a_function_returns_is_checked_and_what_it_may_read_ends_with_it()
    {
        var state = TensorSet.OfTensors(Tensor.Of("w", Matrix<double>.Build.Dense(1, 2, 1)), Tensor.Of("b", Vector<double>.Build.Dense([0.5])));
        Refused.With<InvalidOperationException>("The function of the rule 'none' must return an update, was null.", () => Step(new TensorRule("none", _ => null!)));
        Refused.With<ArgumentException>(
            "The update of the rule 'flat' for tensor 'w' must have shape [1, 2], had [2].", () => Step(new TensorRule("flat", t => t.Update(t.Gradient.ToVector()))));
        Refused.With<ArgumentException>("Slot 'm' of the rule 'long' for tensor 'w' must have shape [1, 2], had [3]",
            () => Step(new TensorRule("long", ["m"], t => t.Update(t.Gradient).Keep("m", Vector<double>.Build.Dense(3)))));
        Refused.With<KeyNotFoundException>("The rule 'lost' has no slot 'nowhere'; there are: m.", () => Step(new TensorRule("lost", ["m"], t => t.Update(t["nowhere"]))));
        Refused.With<KeyNotFoundException>("The rule 'lost' has no hyperparameter 'Beta'; there are: none.", () => Step(new TensorRule("lost", t => t.Update(t.Hyper("Beta") * t.Gradient))));
        Refused.With<ArgumentException>("Both sides of + must have one shape, were [1, 2] and [2].",
            () => Step(new TensorRule("sum", t => t.Update(t.Gradient + TensorValues.Of(t.Gradient.ToVector())))));
        Refused.With<ArgumentException>("polyak needs the loss", () => Step(new TensorRule("polyak", t => t.Update(t.Loss * t.Gradient))));
        Refused.With<InvalidOperationException>("has shape [1]: ask its Rank first", () => Step(new TensorRule("square", t => t.Update(t.Gradient.ToMatrix()))));
        Refused.With<InvalidOperationException>("must return an update for each of the 2 tensors, in their order, returned 1",
            () => Step(TensorRule.OverAllTensors("few", Array.Empty<string>(), all => [all.Tensors[0].Update(all.Tensors[0].Gradient)])));
        TensorStep? kept = null;
        Step(new TensorRule("hoarder", t => (kept = t).Update(t.Gradient)));
        Refused.With<InvalidOperationException>("valid while the rule's function runs", () => kept!.Parameter);
        TensorUpdate? first = null;
        Refused.With<InvalidOperationException>("must return for tensor 'b' the update that it made of it, t.Update(...), was one of 'w'",
            () => Step(new TensorRule("mixed", t => first ??= t.Update(t.Gradient))));

        object Step(Rule rule) => Optimizer.Init(rule, state).Step(state);
    }

    [Fact]
    public void A_failed_step_has_no_effect()
    {
        bool fails = false;
        var rule = new TensorRule("failing", ["m"], t => fails && t.Name == "b" ? throw new InvalidOperationException("no") : t.Update(t.Gradient).Keep("m", t.Gradient));
        var set = TensorSet.OfTensors(Tensor.Of("a", Vector<double>.Build.Dense([1.0])), Tensor.Of("b", Vector<double>.Build.Dense([2.0])));
        var state = Optimizer.Init(rule, set).Step(set).Item1.Donate();
        var (parameters, slot) = (state.Parameters.ToArray(), state.Slots["m"].ToArray());
        fails = true;
        Refused.With<InvalidOperationException>("no", () => state.Step(set));
        Assert.Equal(parameters, state.Parameters.ToArray());
        Assert.Equal(slot, state.Slots["m"].ToArray());
    }

    [Fact]
    public void Values_have_the_arithmetic_of_numbers()
    {
        var x = TensorValues.Of(Vector<double>.Build.Dense([3.0, -4]));
        Assert.Equal((5, 4, -0.5, -1, 5 / Math.Sqrt(2)), (x.Norm, x.MaxNorm, x.Mean, x.Sum, x.Rms));
        Assert.Equal([1.0, -1], TensorValues.Sign(x).Span.ToArray());
        Assert.Equal([3.0, 4], TensorValues.Abs(x).Span.ToArray());
        Assert.Equal([3.0, 0], TensorValues.Max(x, 0 * x).Span.ToArray());
        Assert.Equal([1 - (3.0 * 3 / 2), 1 - (4.0 * 4 / 2)], (1 - (x * x / 2)).Span.ToArray());
        Assert.Equal((25, x, -(-x)), (x.Dot(x), x.Map(v => v), x));
        var huge = TensorValues.Of(Vector<double>.Build.Dense([1e308, 1e308, 1e308, 1e308]));
        Assert.InRange(huge.Rms, 0.999999e308, 1.000001e308);
        Assert.InRange(huge.Mean, 0.999999e308, 1.000001e308);
    }
}
