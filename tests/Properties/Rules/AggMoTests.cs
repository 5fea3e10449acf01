using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 23 and 51, and a list as a hyperparameter.</summary>
public class AggMoTests(ITestOutputHelper output)
{
    [Fact]
    public void AggMo_follows_its_textbook_with_1_to_8_betas() => Textbook.Agrees(
        output,
        draw => new AggMo
        {
            LearningRate = Textbook.Any(draw, 0, 0.1), Betas = draw.Numbers(draw.Integer(1, AggMo.MaxBetas), () => draw.Of(0, 0.99 * draw.Fraction())),
            WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 0.1)),
        },
        rule => new TextbookAggMo((AggMo)rule));

    [Fact]
    public void Law_51_with_one_beta_it_is_momentum() => Law.Check(output, Scenario.From(
        draw => new AggMo { LearningRate = draw.Fraction(), Betas = [draw.Fraction()], WeightDecay = draw.Of(0, draw.Fraction()) }), s =>
    {
        var rule = (AggMo)s.Rule;
        var momentum = new Sgd { LearningRate = rule.LearningRate, Momentum = Schedule.Table([rule.Betas[0]]), WeightDecay = rule.WeightDecay };
        Same.Bits(s.Run<float>(momentum).Parameters, s.Run<float>().Parameters);
        Same.Bits(s.Run<double>(momentum).Parameters, s.Run<double>().Parameters);
        Same.Bits(s.Run<double>(momentum).Slots.Values.Single(), s.Run<double>().Slots.Values.Single());
    });

    [Fact]
    public void It_is_the_mean_of_its_momenta() => Law.Check(output, Scenario.From(
        draw => new AggMo { LearningRate = 1, Betas = draw.Numbers(draw.Integer(1, AggMo.MaxBetas), draw.Fraction) }, draw => draw.Moderate()), s =>
    {
        var zero = s with { Start = new double[s.Start.Length] };
        var betas = ((AggMo)s.Rule).Betas;
        double[][] alone = [.. betas.Select(beta => zero.Run<double>(new Sgd { LearningRate = 1, Momentum = Schedule.Table([beta]) }).Parameters.ToArray())];
        double scale = s.Gradients.SelectMany(g => g).Select(Math.Abs).DefaultIfEmpty().Max() * 1000;
        Same.Close([.. s.Start.Select((_, i) => alone.Average(p => p[i]))], zero.Run<double>().Parameters.ToArray(), 1e-13, scale);
    });

    [Fact]
    public void Law_23_the_steps_from_0_are_linear_in_the_gradients() => Law.Check(output, Scenario.From(
        draw => new AggMo { LearningRate = draw.Fraction(), Betas = draw.Numbers(3, draw.Fraction) }, draw => draw.Moderate()), s =>
    {
        var zero = s with { Start = new double[s.Start.Length] };
        var fourfold = zero with { Gradients = [.. s.Gradients.Select(g => Array.ConvertAll(g, x => -4 * x))] };
        Same.Bits(zero.Run<float>().Parameters.Map(x => (-4 * x) + 0), fourfold.Run<float>().Parameters.Map(x => x + 0));
        Same.Bits(zero.Run<double>().Parameters.Map(x => (-4 * x) + 0), fourfold.Run<double>().Parameters.Map(x => x + 0));
    });

    [Fact]
    public void Its_betas_are_its_own_and_compared_by_value()
    {
        double[] betas = [0, 0.5];
        var rule = new AggMo { Betas = betas };
        betas[1] = 0.75;
        Assert.Equal([0, 0.5], rule.Betas);
        Assert.False(rule.Betas is double[], "the betas are the rule's own array");
        Assert.Equal(rule, new AggMo().WithBetas([0, 0.5]));
        Assert.Equal(rule.GetHashCode(), new AggMo().WithBetas([0, 0.5]).GetHashCode());
        Assert.NotEqual(rule, rule.WithBetas([0.5, 0]));
        Assert.NotEqual(rule, rule.WithBetas([0]));
        Assert.NotEqual(rule, rule.WithLearningRate(0.5));
        Assert.NotEqual(rule, rule.WithWeightDecay(0.5));
        Assert.False(rule.Equals(null));
        Assert.Equal("AggMo { LearningRate = 0.01, Betas = [0.0, 0.5], WeightDecay = 0 }", rule.ToString());
    }

    [Fact]
    public void Betas_out_of_range_or_number_are_refused()
    {
        (string Value, double[] Betas)[] wrong = [("1", [0.5, 1]), ("-0.5", [-0.5]), ("NaN", [double.NaN]), ("0.", []), ("9.", new double[9])];
        foreach (var (value, betas) in wrong)
        {
            var error = Refused.With<ArgumentOutOfRangeException>("Betas must be ", () => new AggMo { Betas = betas });
            Assert.Contains("was " + value, error.Message, StringComparison.Ordinal);
            Assert.Equal("Betas", error.ParamName);
        }

        Assert.Throws<ArgumentNullException>(() => new AggMo { Betas = null! });
    }

    [Fact]
    public void Equal_betas_keep_buffers_of_their_own()
    {
        var state = Optimizer.Init(new AggMo { Betas = [0.5, 0.5, 0] }, TensorSet.OfArray([1.0])).Step(TensorSet.OfArray([2.0])).Item1;
        Assert.Equal(["momentum_buffer[0.5]", "momentum_buffer[0.5].2", "momentum_buffer[0.0]"], state.Slots.Keys);
        Assert.All(state.Slots.Values, slot => Assert.Equal(2, slot.Span[0]));
    }
}
