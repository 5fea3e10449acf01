using BridgeTests.Checking;
using Optim;
using Optim.TorchSharp;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace BridgeTests;

/// <summary>TorchSharp's schedulers drive our optimizers as they drive TorchSharp's own.</summary>
public class SchedulerTests
{
    private static readonly Dictionary<string, Func<optim.Optimizer, optim.lr_scheduler.LRScheduler>> Schedulers = new()
    {
        ["StepLR"] = o => optim.lr_scheduler.StepLR(o, 5, 0.5),
        ["MultiStepLR"] = o => optim.lr_scheduler.MultiStepLR(o, [3, 9], 0.1),
        ["CosineAnnealingLR"] = o => optim.lr_scheduler.CosineAnnealingLR(o, 20),
        ["LinearLR"] = o => optim.lr_scheduler.LinearLR(o, 0.1, 1, 10),
        ["OneCycleLR"] = o => optim.lr_scheduler.OneCycleLR(o, 0.01, total_steps: 25),
        ["CyclicLR"] = o => optim.lr_scheduler.CyclicLR(o, 1e-4, 1e-2, 5, cycle_momentum: false),
        ["SequentialLR"] = o => optim.lr_scheduler.SequentialLR(o, [optim.lr_scheduler.ConstantLR(o, 0.1, 5), optim.lr_scheduler.ExponentialLR(o, 0.9)], [5]),
    };

    public static TheoryData<string> Names => [.. Schedulers.Keys];

    [TorchTheory]
    [MemberData(nameof(Names))]
    public void The_rates_and_momenta_are_those_of_TorchSharp_s_own(string name)
    {
        using var ours = Given.Mlp();
        using var theirs = Given.Mlp();
        using var optimizer = TorchOptimizer.For(ours, new AdamW { LearningRate = 1e-3 });
        using var peer = optim.AdamW(theirs.parameters(), 1e-3);
        var (one, other) = (Schedulers[name](optimizer), Schedulers[name](peer));
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(peer.ParamGroups.First().LearningRate, optimizer.ParamGroups.First().LearningRate);
            Assert.Equal(optimizer.ParamGroups.First().LearningRate, optimizer.hyperparameters["LearningRate"]);
            Assert.Equal(((TorchSharp.Modules.AdamW.Options)((TorchSharp.Modules.ParamGroup)peer.ParamGroups.First()).Options).beta1, optimizer.hyperparameters["Beta1"]);
            Given.Fit(ours, optimizer, 1);
            one.step();
            other.step();
        }
    }

    [TorchFact]
    public void Each_rate_of_a_rule_is_a_group_and_ours_need_no_scheduler()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new Partition(
            new ParameterGroup(TensorSelector.Named("head.*"), new Sgd { LearningRate = 0.5, Momentum = 0.9 }),
            new ParameterGroup(TensorSelector.All, new AdamW { LearningRate = Schedule.Cosine(0.25, 10) })));
        Assert.Equal([0.5, 0.25], optimizer.ParamGroups.Select(group => group.LearningRate));
        var scheduler = optim.lr_scheduler.LambdaLR(optimizer, step => 1.0 / (1 + step));
        Given.Fit(model, optimizer, 1);
        scheduler.step();
        Assert.Equal([0.25, 0.125], optimizer.ParamGroups.Select(group => group.LearningRate));
        Assert.Equal(0.25, optimizer.hyperparameters["group[0].LearningRate"]);

        // Its own schedule, without a scheduler.
        using var other = Given.Mlp();
        using var cosine = TorchOptimizer.For(other, new AdamW { LearningRate = Schedule.Cosine(0.25, 10) });
        Given.Fit(other, cosine, 5);
        Assert.Equal(0.125, cosine.hyperparameters["LearningRate"], 1e-15);
        cosine.adjust("LearningRate", 0.5);
        Assert.Equal(0.5, cosine.ParamGroups.Single().LearningRate);
        cosine.continue_with(new AdamW { LearningRate = 0.75 });
        Assert.Equal(0.75, cosine.ParamGroups.Single().LearningRate);
    }

    [TorchFact]
    public void A_rule_without_momentum_says_so()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new AdaGrad());
        string message = Assert.Throws<InvalidOperationException>(() => ((optim.IMomentum)optimizer).Momentum).Message;
        Assert.EndsWith("has no momentum.", message, StringComparison.Ordinal);
    }
}
