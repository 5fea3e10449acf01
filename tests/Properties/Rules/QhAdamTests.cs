using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 25, 30 and 51, and the trap of the misplaced parenthesis.</summary>
public class QhAdamTests(ITestOutputHelper output)
{
    [Fact]
    public void QHAdam_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new QhAdam
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = Textbook.Any(draw, 0, 0.999), Beta2 = Textbook.Any(draw, 0.5, 0.9999),
            Nu1 = draw.Of<Schedule>(0, 1, Textbook.Any(draw, 0, 1)), Nu2 = draw.Of<Schedule>(1, Textbook.Any(draw, 0.1, 1)),
            Epsilon = draw.Of(0, 1e-8, 1e-3), WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 0.1)), DecoupledWeightDecay = draw.Coin(),
        },
        rule => new TextbookQhAdam((QhAdam)rule));

    [Fact]
    public void Law_51_with_both_nu_of_1_it_is_Adam_or_AdamW() => Law.Check(output, Plain(), s =>
    {
        var q = ((QhAdam)s.Rule).WithNu1(1).WithNu2(1);
        Rule adam = q.DecoupledWeightDecay
            ? new AdamW { LearningRate = q.LearningRate, Beta1 = q.Beta1, Beta2 = q.Beta2, Epsilon = q.Epsilon, WeightDecay = q.WeightDecay }
            : new Adam { LearningRate = q.LearningRate, Beta1 = q.Beta1, Beta2 = q.Beta2, Epsilon = q.Epsilon, WeightDecay = q.WeightDecay };
        Same.Close(s.Run<double>(adam).Parameters.ToArray(), s.Run<double>(q).Parameters.ToArray(), 1e-11, 10);
    });

    [Fact]
    public void Law_30_with_nu1_of_0_it_is_bias_corrected_RMSprop() => Law.Check(output, Plain(), s =>
    {
        var q = ((QhAdam)s.Rule).WithNu1(0).WithNu2(1).WithWeightDecay(0);
        var adam = new Adam { LearningRate = q.LearningRate, Beta1 = 0, Beta2 = q.Beta2, Epsilon = q.Epsilon };
        Same.Close(s.Run<double>(adam).Parameters.ToArray(), s.Run<double>(q).Parameters.ToArray(), 1e-11, 10);
    });

    [Fact]
    public void Law_25_the_means_of_a_constant_are_the_constant() => Law.Check(output, Cases.Of(draw => (G: draw.Moderate(), B1: draw.Fraction(), B2: draw.Fraction())), c =>
    {
        var rule = new QhAdam { Beta1 = c.B1, Beta2 = Schedule.Table([0.5, c.B2]) };
        foreach (var state in Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([0.0])), Enumerable.Repeat(TensorSet.OfArray([c.G]), 60)).Skip(1))
        {
            Same.Close(c.G, state.Slots["exp_avg"].Span[0], 1e-13);
            Same.Close(c.G * c.G, state.Slots["exp_avg_sq"].Span[0], 1e-13);
        }
    });

    [Fact]
    public void Without_both_moments_only_the_sign_of_the_gradient_is_left() => Law.Check(output, Plain(), s =>
    {
        var q = ((QhAdam)s.Rule).WithNu1(0).WithNu2(0).WithEpsilon(0).WithWeightDecay(0).WithLearningRate(0.25);
        var one = s with { Rule = q, Start = new double[s.Start.Length] };
        foreach (var (before, after, gradient) in Optimizer.Scan(one.Begin<double>(), one.GradientsOf<double>()).Zip(
            Optimizer.Scan(one.Begin<double>(), one.GradientsOf<double>()).Skip(1), one.GradientsOf<double>()))
        {
            Same.Close([.. before.Parameters.ToArray().Zip(gradient.ToArray(), (p, g) => p - (0.25 * Math.Sign(g)))], after.Parameters.ToArray(), 1e-14, 1);
        }
    });

    [Fact]
    public void The_second_moment_is_a_mean_of_squares_that_unit_gradients_cannot_tell_from_other_sums()
    {
        var rule = new QhAdam { Beta1 = 0.5, Beta2 = 0.75, Nu1 = 0.5, Nu2 = 0.5, LearningRate = 1, Epsilon = 0 };
        var state = Optimizer.Fold(Optimizer.Init(rule, TensorSet.OfArray([0.0])), [TensorSet.OfArray([3.0]), TensorSet.OfArray([-5.0])]);
        double mean = ((0.5 * 3) - 5) / 1.5, square = ((0.75 * 9) + 25) / 1.75;
        Same.Close(square, state.Slots["exp_avg_sq"].Span[0], 1e-15);
        Same.Close(-1 - (0.5 * (-5 + mean) / Math.Sqrt(0.5 * (25 + square))), state.Parameters.Span[0], 1e-15);
    }

    private static FsCheck.Arbitrary<Scenario> Plain() => Scenario.From(
        draw => new QhAdam
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = draw.Of(0, 0.9, 0.99 * draw.Fraction()), Beta2 = 0.5 + (0.499 * draw.Fraction()),
            Epsilon = draw.Of(1e-8, 1e-3), WeightDecay = draw.Of(0, 0.1), DecoupledWeightDecay = draw.Coin(),
        },
        draw => draw.Moderate());
}
