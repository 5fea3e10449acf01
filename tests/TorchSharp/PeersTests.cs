using BridgeTests.Checking;
using Optim;
using Optim.TorchSharp;
using TorchSharp;
using Xunit;
using Xunit.Abstractions;
using static TorchSharp.torch;
using TorchModule = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace BridgeTests;

/// <summary>Beside each of TorchSharp's own optimizers: 200 steps on the same gradients. Two of its own differ from PyTorch's, and from ours.</summary>
public class PeersTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, (Rule Rule, Func<TorchModule, optim.Optimizer> Theirs, double Most)> Peers = new()
    {
        ["AdamW"] = (new AdamW { LearningRate = 1e-3, WeightDecay = 0.01 }, m => optim.AdamW(m.parameters(), 1e-3, weight_decay: 0.01), 1e-5),
        ["AdamW, amsgrad"] = (new AdamW { LearningRate = 1e-3, WeightDecay = 0.01, AmsGrad = true }, m => optim.AdamW(m.parameters(), 1e-3, weight_decay: 0.01, amsgrad: true), 1e-5),
        ["Adam, L2"] = (new Adam { LearningRate = 1e-3, WeightDecay = 0.01 }, m => optim.Adam(m.parameters(), 1e-3, weight_decay: 0.01), 1e-5),
        ["SGD, momentum"] = (new Sgd { LearningRate = 0.01, Momentum = 0.9 }, m => optim.SGD(m.parameters(), 0.01, 0.9), 1e-5),
        ["SGD, Nesterov, L2"] = (
            new Sgd { LearningRate = 0.01, Momentum = 0.9, Nesterov = true, WeightDecay = 1e-4 }, m => optim.SGD(m.parameters(), 0.01, 0.9, weight_decay: 1e-4, nesterov: true), 1e-5),
        ["RMSprop"] = (new RmsProp { LearningRate = 1e-3 }, m => optim.RMSProp(m.parameters(), 1e-3), 1e-5),
        ["NAdam"] = (new NAdam { LearningRate = 1e-3 }, m => optim.NAdam(m.parameters(), 1e-3), 1e-5),
        ["Adagrad"] = (new AdaGrad { LearningRate = 1e-2 }, m => optim.Adagrad(m.parameters(), 1e-2), 1e-5),
        ["Adadelta"] = (new AdaDelta { LearningRate = 1 }, m => optim.Adadelta(m.parameters(), 1, eps: 1e-6), 1e-5),
        ["Adamax"] = (new AdaMax { LearningRate = 2e-3 }, m => optim.Adamax(m.parameters(), 2e-3), 1e-5),
        ["ASGD"] = (new Asgd { LearningRate = 1e-2 }, m => optim.ASGD(m.parameters(), 1e-2), 1e-5),
        ["clip 1, AdamW"] = (new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = 1e-3, WeightDecay = 0.01 }), m => optim.AdamW(m.parameters(), 1e-3, weight_decay: 0.01), 1e-5),

        // TorchSharp 0.107 multiplies its adapted direction by the rate twice; ours is PyTorch's (tests/golden).
        ["RAdam"] = (new RAdam { LearningRate = 1e-3 }, m => optim.RAdam(m.parameters(), 1e-3), 1),

        // TorchSharp 0.107 multiplies by gradients where PyTorch multiplies by their signs.
        ["Rprop"] = (new RProp { InitialStepSize = 1e-3 }, m => optim.Rprop(m.parameters(), 1e-3), 1),
    };

    public static TheoryData<string> Names => [.. Peers.Keys];

    [TorchTheory]
    [MemberData(nameof(Names))]
    public void On_the_same_gradients_200_steps_end_at_the_same_parameters(string name)
    {
        var (rule, make, most) = Peers[name];
        using var ours = Given.Cnn();
        using var theirs = Given.Cnn();
        using var optimizer = TorchOptimizer.For(ours, rule);
        using var peer = make(theirs);
        double worst = 0;
        foreach (var (x, y) in Digits.All.Batches(32, 5).Take(200))
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            Given.Loss(ours, x, y).backward();
            foreach (var (p, q) in ours.parameters().Zip(theirs.parameters()))
            {
                using var gradient = p.grad!.clone();
                q.grad = gradient;
            }

            if (name.StartsWith("clip", StringComparison.Ordinal))
            {
                nn.utils.clip_grad_norm_(theirs.parameters(), 1);
            }

            optimizer.step();
            peer.step();
            worst = Math.Max(worst, Given.Difference(ours, theirs));
        }

        output.WriteLine(FormattableString.Invariant($"{name}: largest difference after any of 200 steps {worst:0.0e+0}"));
        if (most == 1)
        {
            Assert.True(worst > 1e-3, $"TorchSharp's {name} is no longer wrong: say so in the documentation.");
        }
        else
        {
            Assert.True(worst < most, FormattableString.Invariant($"{worst}"));
        }
    }

    [TorchFact]
    public void Parameters_without_gradients_are_treated_as_TorchSharp_treats_them()
    {
        // Each head has a gradient at every third step only; the trunk at all but every sixth.
        var (ours, a, b, all) = Given.TwoHeads();
        var (theirs, c, d, other) = Given.TwoHeads();
        using var optimizer = TorchOptimizer.For(all, new AdamW { LearningRate = 1e-2, WeightDecay = 0.1 });
        using var peer = optim.AdamW(other.parameters(), 1e-2, weight_decay: 0.1);
        double worst = 0;
        foreach (var (i, (x, y)) in Digits.All.Batches(32, 5).Take(100).Index())
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = (i % 6) switch
            {
                0 => Given.Loss(nn.Sequential(ours, a), x, y),
                1 or 2 => Given.Loss(nn.Sequential(ours, b), x, y),
                3 => Given.Loss(nn.Sequential(ours, a), x, y) + Given.Loss(nn.Sequential(ours, b), x, y),
                4 => (a.parameters().First() * a.parameters().First()).sum(),
                _ => Given.Loss(nn.Sequential(ours, b), x, y),
            };
            loss.backward();
            foreach (var (p, q) in all.parameters().Zip(other.parameters()))
            {
                using var gradient = p.grad?.clone();
                q.grad = gradient;
            }

            optimizer.step();
            peer.step();
            worst = Math.Max(worst, Given.Difference(all, other));
        }

        output.WriteLine(FormattableString.Invariant($"largest difference after any of 100 steps {worst:0.0e+0}; {optimizer.rule}"));
        Assert.True(worst < 1e-5, FormattableString.Invariant($"{worst}"));
    }
}
