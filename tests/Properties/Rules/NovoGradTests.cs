using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>NovoGrad and Adam-mini: second moments that a block shares.</summary>
public class NovoGradTests(ITestOutputHelper output)
{
    [Fact]
    public void NovoGrad_follows_its_textbook() => SetTextbook.Agrees(
        output,
        draw => new NovoGrad
        {
            LearningRate = Textbook.Any(draw, 0, 0.2), Beta1 = Textbook.Any(draw, 0, 0.95), Beta2 = Textbook.Any(draw, 0, 0.99), Epsilon = draw.Of(1e-8, 1e-3),
            WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 0.5)), GradientAveraging = draw.Coin(), AmsGrad = draw.Coin(),
        },
        s => new TextbookNovoGrad((NovoGrad)s.Rule));

    [Fact]
    public void AdamMini_follows_its_textbook() => SetTextbook.Agrees(
        output,
        draw => new AdamMini
        {
            LearningRate = Textbook.Any(draw, 0, 0.2), Beta1 = Textbook.Any(draw, 0, 0.95), Beta2 = Textbook.Any(draw, 0.5, 0.9999), Epsilon = draw.Of(1e-8, 1e-3),
            WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 0.5)), PerTensor = draw.Coin(),
        },
        s => new TextbookAdamMini((AdamMini)s.Rule, s));

    [Fact]
    public void The_first_gradient_is_divided_by_its_own_norm()
    {
        var layout = Layout.Of(new TensorShape("a", 2), new TensorShape("b", 1));
        var rule = new NovoGrad { LearningRate = 1, Epsilon = 0 };
        var state = Optimizer.Init(rule, TensorSet.OfValues<double>(layout, [0, 0, 0])).Step(TensorSet.OfValues<double>(layout, [3, 4, -7])).Item1;
        Same.Close([-0.6, -0.8, 1], state.Parameters.ToArray(), 1e-15);
        Same.Close([5, 7], state.Slots["exp_avg_norm"].ToArray(), 1e-15);
    }

    [Fact]
    public void A_tensor_that_had_no_gradient_begins_with_its_first_one()
    {
        var rule = new NovoGrad { LearningRate = 1 };
        TensorSet<double> start = TensorSet.OfArray([0.0, 0]), none = TensorSet.OfArray([0.0, 0]), first = TensorSet.OfArray([3.0, 4]);
        var state = Optimizer.Fold(Optimizer.Init(rule, start), [none, none, first]);
        Assert.Equal([5.0], state.Slots["exp_avg_norm"].ToArray());
        Same.Close([-0.6, -0.8], state.Parameters.ToArray(), 1e-8);
    }

    [Fact]
    public void AdamMini_with_blocks_of_one_element_is_AdamW() => Law.Check(
        output, Scenario.From(draw => new AdamMini { LearningRate = draw.Fraction(), Beta1 = draw.Fraction(), Beta2 = draw.Fraction(), WeightDecay = draw.Fraction() }, draw => draw.Moderate()), s =>
        {
            var mini = (AdamMini)s.Rule;
            var layout = Layout.Of(new TensorShape("column", s.Start.Length, 1));
            var adam = new AdamW { LearningRate = mini.LearningRate, Beta1 = mini.Beta1, Beta2 = mini.Beta2, Epsilon = mini.Epsilon, WeightDecay = mini.WeightDecay };
            TensorSet<double>[] gradients = [.. s.Gradients.Select(g => TensorSet.OfValues<double>(layout, g))];
            var start = TensorSet.OfValues<double>(layout, s.Start);
            double scale = s.Start.Select(Math.Abs).Append(s.Gradients.Length).Max();
            Same.Close(
                Optimizer.Fold(Optimizer.Init(adam, start), gradients).Parameters.ToArray(),
                Optimizer.Fold(Optimizer.Init(mini, start), gradients).Parameters.ToArray(), 1e-12, scale);
        });

    [Fact]
    public void AdamMini_keeps_one_number_a_row_or_a_tensor()
    {
        var layout = Layout.Of(new TensorShape("matrix", 3, 2), new TensorShape("vector", 4), new TensorShape("kernel", 2, 3, 1, 1), new TensorShape("none", 0, 5));
        var start = TensorSet.Generate(layout, i => (double)i);
        Assert.Equal(3 + 1 + 2 + 0, Optimizer.Init(new AdamMini(), start).Slots["vmean_root"].Length);
        Assert.Equal(4, Optimizer.Init(new AdamMini { PerTensor = true }, start).Slots["vmean_root"].Length);
    }
}
