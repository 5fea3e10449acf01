using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>SGD with decoupled decay; PresetTests hold it to its pieces.</summary>
public class SgdwTests(ITestOutputHelper output)
{
    [Fact]
    public void Sgdw_follows_its_textbook() => Textbook.Agrees(output, AnySgdw, rule => new TextbookSgdw((Sgdw)rule));

    [Fact]
    public void The_momentum_does_not_depend_on_the_decay() =>
        Law.Check(output, Scenario.From(draw => ((Sgdw)AnySgdw(draw)).WithMomentum(0.5)), s =>
            Same.Bits(s.Run<float>(((Sgdw)s.Rule).WithWeightDecay(0)).Slots["momentum_buffer"], s.Run<float>().Slots["momentum_buffer"]), 50);

    [Fact]
    public void Without_decay_it_is_SGD() => Law.Check(output, Scenario.From(draw => ((Sgdw)AnySgdw(draw)).WithWeightDecay(0)), s =>
    {
        var w = (Sgdw)s.Rule;
        var sgd = new Sgd { LearningRate = w.LearningRate, Momentum = w.Momentum, Dampening = w.Dampening, Nesterov = w.Nesterov, Maximize = w.Maximize };
        Same.Bits(s.Run<float>(sgd), s.Run<float>());
        Same.Bits(s.Run<double>(sgd), s.Run<double>());
    }, 50);

    [Fact]
    public void Nesterov_without_momentum_or_with_dampening_is_refused()
    {
        var start = TensorSet.OfArray([1.0]);
        Refused.With<ArgumentException>("Nesterov needs", () => Optimizer.Init(new Sgdw { Nesterov = true, Momentum = 0 }, start));
        Refused.With<ArgumentException>("Nesterov needs", () => Optimizer.Init(new Sgdw { Nesterov = true, Dampening = 0.5 }, start));
    }

    private static Rule AnySgdw(Draw draw)
    {
        bool nesterov = draw.Coin();
        return new Sgdw
        {
            LearningRate = Textbook.Any(draw, 0, 0.1), Momentum = nesterov ? 0.9 : draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0, 0.95)),
            Dampening = nesterov ? 0 : Textbook.Any(draw, 0, 0.9), WeightDecay = Textbook.Any(draw, 0, 1), Nesterov = nesterov, Maximize = draw.Coin(),
        };
    }
}
