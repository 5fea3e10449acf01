using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>LAMB; law 40.</summary>
public class LambTests(ITestOutputHelper output)
{
    [Fact]
    public void Lamb_follows_its_textbook() => SetTextbook.Agrees(
        output,
        draw => new Lamb
        {
            LearningRate = Textbook.Any(draw, 0, 0.2), Beta1 = Textbook.Any(draw, 0, 0.95), Beta2 = Textbook.Any(draw, 0.5, 0.9999), Epsilon = draw.Of(1e-6, 1e-3),
            WeightDecay = draw.Of<Schedule>(0, 0.01, Textbook.Any(draw, 0.01, 0.5)), MaxGradientNorm = draw.Of<Schedule>(0, 1, Textbook.Any(draw, 0.1, 100)),
            MaxParameterNorm = draw.Of<Schedule>(0, 10, Textbook.Any(draw, 0.1, 100)), BiasCorrection = draw.Coin(), CorrectWholeStep = draw.Coin(),
            GradientAveraging = draw.Coin(), ClipTrust = draw.Coin(), AlwaysAdapt = draw.Coin(),
        },
        s => new TextbookLamb((Lamb)s.Rule));

    [Fact]
    public void Law_40_each_tensor_moves_by_lr_times_its_norm() => Law.Check(
        output, Scenario.From(draw => new Lamb { LearningRate = 0.5, WeightDecay = draw.Of(0, 0.1), AlwaysAdapt = true, Epsilon = 1e-30 }, steps: (1, 5)), s =>
        {
            var state = s.Begin<double>();
            foreach (var gradient in s.GradientsOf<double>())
            {
                var next = state.Step(gradient).Item1;
                for (int i = 0; i < s.Layout.Count; i++)
                {
                    double[] p = state.Parameters[i].ToArray(), u = [.. p.Zip(next.Parameters[i].ToArray(), (a, b) => a - b)];
                    double norm = Layerwise.Norm(p), moved = Layerwise.Norm(u);
                    if (norm > 0 && moved > 0)
                    {
                        Same.Close(0.5 * norm, moved, 1e-12);
                    }
                }

                state = next;
            }
        });

    [Fact]
    public void Law_40_a_norm_of_0_gives_ratio_1()
    {
        var layout = Layout.Of(new TensorShape("zero", 2), new TensorShape("still", 2), new TensorShape("none", 0));
        var lamb = new Lamb { LearningRate = 0.1, WeightDecay = 0, AlwaysAdapt = true };
        var gradient = TensorSet.OfValues<double>(layout, [3, -4, 0, 0]);
        var start = TensorSet.OfValues<double>(layout, [0, 0, 5, 6]);
        double[] next = Optimizer.Init(lamb, start).Step(gradient).Item2.ToArray();
        Same.Close(Optimizer.Init(new Adam { LearningRate = 0.1, Epsilon = 1e-6 }, start).Step(gradient).Item2.ToArray(), next, 1e-15);
        Assert.Equal([5.0, 6], next[2..]);
    }

    [Fact]
    public void Without_decay_and_without_AlwaysAdapt_it_is_Adam() => Law.Check(
        output, Scenario.From(draw => new Lamb { WeightDecay = 0, LearningRate = draw.Fraction(), Beta1 = draw.Fraction(), Beta2 = draw.Fraction() }), s =>
        {
            var lamb = (Lamb)s.Rule;
            var adam = new Adam { LearningRate = lamb.LearningRate, Beta1 = lamb.Beta1, Beta2 = lamb.Beta2, Epsilon = lamb.Epsilon };
            Same.Bits(s.Run<float>(adam), s.Run<float>());
            Same.Bits(s.Run<double>(adam), s.Run<double>());
        });

    [Fact]
    public void A_limit_on_the_gradients_norm_is_clipping_before_it() => Law.Check(
        output, Scenario.From(draw => new Lamb { MaxGradientNorm = draw.Fraction() + 1e-3 }), s =>
        {
            var lamb = (Lamb)s.Rule;
            Same.Bits(s.Run<double>(new ClipByGlobalNorm { MaxNorm = lamb.MaxGradientNorm, Epsilon = 0 }.Then(lamb.WithMaxGradientNorm(0))), s.Run<double>());
        });

    [Fact]
    public void A_norm_that_is_NaN_leaves_the_sound_elements_a_ratio_of_1()
    {
        var state = Optimizer.Init(new Lamb { LearningRate = 0.5, WeightDecay = 0, AlwaysAdapt = true, Epsilon = 0 }, TensorSet.OfArray([4.0, 4]));
        Assert.Equal([3.5, double.NaN], state.Step(TensorSet.OfArray([1.0, double.NaN])).Item2.ToArray());
    }
}
