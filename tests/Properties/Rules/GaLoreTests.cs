using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

public class GaLoreTests(ITestOutputHelper output)
{
    // A vector's sign is anybody's choice: what the rule inside remembers of one basis means something else in the next, so there is momentum where the first basis stays.
    [Fact]
    public void GaLore_follows_its_textbook() => TensorTextbook.Agrees(
        output,
        draw => draw.Coin()
            ? Drawn(draw) with { ProjectionPeriod = 1000, Inner = new Sgd { LearningRate = Textbook.Any(draw, 0.01, 0.2), Momentum = Textbook.Any(draw, 0, 0.95), WeightDecay = draw.Of<Schedule>(0, 0.1) } }
            : Drawn(draw) with { ProjectionPeriod = draw.Integer(1, 7), Inner = new Sgd { LearningRate = Textbook.Any(draw, 0.01, 0.2), WeightDecay = draw.Of<Schedule>(0, 0.1) } },
        (rule, dimensions) => new TextbookGaLore((GaLore)rule, dimensions), tolerance: 1e-6, single: double.PositiveInfinity, count: 40);

    [Fact]
    public void What_is_without_arguments_is_AdamW_without_decay_on_128_vectors_for_200_steps()
    {
        Assert.Equal(new AdamW { WeightDecay = 0 }, new GaLore().Inner);
        Assert.Equal((128, 200, 0.25, GaLoreSide.Smaller), (new GaLore().Rank, new GaLore().ProjectionPeriod, new GaLore().ProjectedScale.At(0), new GaLore().Side));
        Refused.With<ArgumentNullException>("Inner", () => new GaLore((Rule)null!));
    }

    [Fact]
    public void Slots_have_the_projected_shapes()
    {
        var layout = Layout.Of(new TensorShape("tall", 6, 3), new TensorShape("wide", 3, 6), new TensorShape("vector", 4), new TensorShape("none", 0, 3));
        var state = Optimizer.Init(new GaLore(new Sgd { Momentum = 0.9 }) { Rank = 2 }, TensorSet.Filled(layout, 1.0));
        Assert.Equal([12, 12, 4, 0], state.Slots["momentum_buffer"].Layout.Select(shape => shape.Length));
        Assert.Equal([6, 6, 0, 0], state.Slots["projection"].Layout.Select(shape => shape.Length));
        state = Optimizer.Init(new GaLore(new Sgd { Momentum = 0.9 }) { Rank = 2, Side = GaLoreSide.Larger }, TensorSet.Filled(layout, 1.0));
        Assert.Equal([6, 6, 4, 0], state.Slots["momentum_buffer"].Layout.Select(shape => shape.Length));
        Assert.Equal([12, 12, 0, 0], state.Slots["projection"].Layout.Select(shape => shape.Length));
    }

    private static GaLore Drawn(Draw draw) => new()
    {
        Rank = draw.Of(1, 2, 128), Side = draw.Of(GaLoreSide.Smaller, GaLoreSide.Larger, GaLoreSide.Left, GaLoreSide.Right), ProjectedScale = Textbook.Any(draw, 0, 2),
    };
}
