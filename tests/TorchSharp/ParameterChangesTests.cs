using BridgeTests.Checking;
using Optim;
using Optim.TorchSharp;
using TorchSharp;
using Xunit;
using Xunit.Abstractions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace BridgeTests;

/// <summary>Parameters without a gradient; those that are frozen, thawed, added, replaced, converted, disposed during a run.</summary>
public class ParameterChangesTests(ITestOutputHelper output)
{
    [TorchFact]
    public void Without_a_gradient_values_slots_decay_and_clock_stay()
    {
        var (trunk, a, b, all) = Given.TwoHeads();
        using var optimizer = TorchOptimizer.For(all, new AdamW { LearningRate = 0.01, WeightDecay = 0.5 });
        float[] before = Given.Values(Given.Named(all, "b.weight"));
        for (int i = 0; i < 3; i++)
        {
            optimizer.zero_grad();
            Given.Loss(Sequential(trunk, a)).backward();
            optimizer.step();
        }

        Assert.Equal(before, Given.Values(Given.Named(all, "b.weight")));
        Assert.All(optimizer.state<float>().Slots["exp_avg"]["b.weight"].ToArray(), value => Assert.Equal(0, value));
        Assert.Equal(new LateTensors(new AdamW { LearningRate = 0.01, WeightDecay = 0.5 }, ["b.weight", "b.bias"], [3, 3]), optimizer.rule);
        output.WriteLine(optimizer.ToString());

        // The same path as before, for our schedules and TorchSharp's.
        Assert.Equal(0.01, optimizer.hyperparameters["LearningRate"]);
        optimizer.ParamGroups.Single().LearningRate = 0.02;
        Assert.Equal(0.02, optimizer.hyperparameters["LearningRate"]);
    }

    [TorchFact]
    public void A_gradient_of_zeros_is_a_gradient()
    {
        var (trunk, a, b, all) = Given.TwoHeads();
        using var optimizer = TorchOptimizer.For(all, new AdamW { LearningRate = 0.01, WeightDecay = 0.5 }, new() { MissingGradient = MissingGradient.Zero });
        float[] before = Given.Values(Given.Named(all, "b.weight"));
        Given.Loss(Sequential(trunk, a)).backward();
        optimizer.step();
        Assert.Equal(before.Select(value => value - (value * 0.005f)), Given.Values(Given.Named(all, "b.weight")), (one, other) => Math.Abs(one - other) < 1e-7);

        // So does zero_grad(set_to_none: false).
        using var other = TorchOptimizer.For(all, new AdamW { LearningRate = 0.01, WeightDecay = 0.5 });
        (Given.Loss(Sequential(trunk, a)) + Given.Loss(Sequential(trunk, b))).backward();
        other.zero_grad(set_to_none: false);
        Assert.All(all.parameters(), p => Assert.Equal(0, p.grad!.abs().sum().item<float>()));
        other.zero_grad();
        Assert.All(all.parameters(), p => Assert.Null(p.grad));
    }

    [TorchFact]
    public void A_step_may_insist_on_gradients()
    {
        var (trunk, a, _, all) = Given.TwoHeads();
        using var optimizer = TorchOptimizer.For(all, new AdamW(), new() { MissingGradient = MissingGradient.Throw });
        Given.Loss(Sequential(trunk, a)).backward();
        string message = Assert.Throws<InvalidOperationException>(() => optimizer.step()).Message;
        Assert.Equal("Parameter 'b.weight' must have a gradient, has none: it took no part in the loss, or backward() was not called.", message);
        Assert.Equal(0, optimizer.step_count);
    }

    [TorchFact]
    public void Where_none_has_a_gradient_a_step_does_nothing()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new AdamW());
        optimizer.zero_grad();
        optimizer.step();
        Assert.Equal(0, optimizer.step_count);
    }

    [TorchFact]
    public void A_rule_on_whole_tensors_leaves_out_too_unless_it_counts_its_steps()
    {
        var (trunk, a, _, all) = Given.TwoHeads();
        using var muon = TorchOptimizer.For(all, new ClipByGlobalNorm(1).Then(new Muon { Fallback = new AdamW { WeightDecay = 0.1 } }));
        float[] before = Given.Values(Given.Named(all, "b.weight")), trained = Given.Values(Given.Named(all, "a.weight"));
        Given.Loss(Sequential(trunk, a)).backward();
        muon.step();
        Assert.Equal(before, Given.Values(Given.Named(all, "b.weight")));
        Assert.NotEqual(trained, Given.Values(Given.Named(all, "a.weight")));

        using var soap = TorchOptimizer.For(all, new Soap());
        string message = Assert.Throws<InvalidOperationException>(() => soap.step()).Message;
        Assert.StartsWith("Soap counts its steps and works on whole tensors", message, StringComparison.Ordinal);
        using var zero = TorchOptimizer.For(all, new Soap(), new() { MissingGradient = MissingGradient.Zero });
        zero.step();
        Assert.Equal(1, zero.step_count);
    }

    [TorchFact]
    public void Frozen_parameters_keep_no_slots_and_join_when_they_require_a_gradient()
    {
        using var model = Given.Cnn();
        Given.Named(model, "conv1.weight").requires_grad = false;
        Given.Named(model, "conv1.bias").requires_grad = false;
        using var optimizer = TorchOptimizer.For(model, new AdamW { LearningRate = 3e-3, WeightDecay = 0.5 });
        float[] frozen = Given.Values(Given.Named(model, "conv1.weight"));
        Given.Fit(model, optimizer, 10);
        Assert.Equal(frozen, Given.Values(Given.Named(model, "conv1.weight")));
        Assert.Equal(4, optimizer.parameters().Count());

        // Frozen later: left out. Thawed: from where it was.
        Given.Named(model, "conv2.bias").requires_grad = false;
        float[] rests = Given.Values(Given.Named(model, "conv2.bias"));
        Given.Fit(model, optimizer, 10, skip: 10);
        Assert.Equal(rests, Given.Values(Given.Named(model, "conv2.bias")));
        foreach (string name in new[] { "conv1.weight", "conv1.bias", "conv2.bias" })
        {
            Given.Named(model, name).requires_grad = true;
        }

        Given.Fit(model, optimizer, 5, skip: 20);
        Assert.Equal(6, optimizer.parameters().Count());
        Assert.NotEqual(frozen, Given.Values(Given.Named(model, "conv1.weight")));
        Assert.Equal(new LateTensors(new AdamW { LearningRate = 3e-3, WeightDecay = 0.5 }, ["conv2.bias", "conv1.weight", "conv1.bias"], [10, 20, 20]), optimizer.rule);
        Assert.Equal(25, optimizer.step_count);
    }

    [TorchFact]
    public void A_selector_says_which_parameters_are_the_optimizer_s()
    {
        using var model = Given.Cnn();
        using var optimizer = TorchOptimizer.For(model, new AdamW { LearningRate = 3e-3 }, new() { Tensors = TensorSelector.Named("head.*") });
        float[] before = Given.Values(Given.Named(model, "conv1.weight"));
        Given.Fit(model, optimizer, 3);
        Assert.Equal(before, Given.Values(Given.Named(model, "conv1.weight")));
        Assert.Equal(2, optimizer.parameters().Count());
    }

    [TorchFact]
    public void Parameters_that_are_added_follow_the_rule_or_one_of_their_own()
    {
        var (trunk, a, b, all) = Given.TwoHeads();
        var adam = new AdamW { LearningRate = 0.01 };
        using var optimizer = TorchOptimizer.For(Sequential(("trunk", trunk), ("a", a)), adam);
        Step();
        optimizer.add_param_group(b.named_parameters().Select(p => ("b." + p.name, p.parameter)));
        Assert.Equal(["b.weight", "b.bias"], optimizer.state<float>().Parameters.Layout.Select(shape => shape.Name).Skip(4));
        Step();
        Assert.Equal(new LateTensors(adam, ["b.weight", "b.bias"], [1, 1]), optimizer.rule);
        string twice = Assert.Throws<ArgumentException>(() => optimizer.add_param_group([("again", b.parameters().First())])).Message;
        Assert.Contains("Parameter 'again' must not be the optimizer's already; it has 'b.weight'.", twice, StringComparison.Ordinal);

        // With a rule of its own: TorchSharp's schedulers see another rate, those they have keep theirs.
        var extra = new TorchParameter(tensor(new[] { 1f, 2f }));
        var rate = optimizer.ParamGroups.Single();
        var momentum = optimizer.state<float>().Slots["exp_avg"]["a.weight"].ToArray();
        optimizer.add_param_group([("extra", extra)], new Sgd { LearningRate = 0.5, Momentum = 0.9 });
        Assert.Equal([0.01, 0.5], optimizer.ParamGroups.Select(group => group.LearningRate));
        rate.LearningRate = 0.02;
        Assert.Equal(0.02, optimizer.hyperparameters["group[1].LearningRate"]);
        var state = optimizer.state<float>();
        Assert.Equal(momentum, state.Slots["exp_avg"]["a.weight"].ToArray());
        Assert.Equal(2, state.StepCount);
        optimizer.zero_grad();
        extra.sum().backward();
        optimizer.step();
        Assert.Equal([0.5f, 1.5f], Given.Values(extra));

        // A third, and TorchSharp's own form.
        optimizer.add_param_group([("more", new TorchParameter(ones(2)))], new Lion());
        Assert.Equal(3, optimizer.ParamGroups.Count());
        Assert.Equal(0.02, rate.LearningRate);
        Assert.Equal(0.02, optimizer.hyperparameters["group[2].LearningRate"]);
        Assert.Throws<ArgumentException>(() => optimizer.add_param_group(new TorchSharp.Modules.ParamGroup { Parameters = [new TorchParameter(ones(1))] }));

        void Step()
        {
            optimizer.zero_grad();
            (Given.Loss(Sequential(trunk, a)) + Given.Loss(Sequential(trunk, b))).backward();
            optimizer.step();
        }
    }

    [TorchFact]
    public void A_module_s_own_parameters_are_added_without_names()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new Sgd(), new() { Tensors = TensorSelector.Named("hidden.*") });
        optimizer.add_param_group(new TorchSharp.Modules.ParamGroup { Parameters = [Given.Named(model, "head.bias")] });
        Assert.Equal(["hidden.weight", "hidden.bias", "head.bias"], optimizer.state<float>().Parameters.Layout.Select(shape => shape.Name));
    }

    [TorchTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_parameter_that_is_replaced_keeps_its_slots(bool disposesTheOld)
    {
        // TorchSharp's own layers dispose of a parameter that is replaced; a module of one's own may not.
        using var model = new Scaled();
        using var optimizer = TorchOptimizer.For(model, new Sgd { LearningRate = 1, Momentum = 0.5 });
        Step();
        Assert.Equal([0f, 0f], Given.Values(model.Factors));
        var old = model.Factors;
        model.Factors = new TorchParameter(ones(2));
        if (disposesTheOld)
        {
            old.Dispose();
        }

        Step();
        Assert.Equal([-0.5f, -0.5f], Given.Values(model.Factors));
        Assert.Equal(2, optimizer.step_count);
        Assert.True(disposesTheOld || Given.Values(old).All(value => value == 0));

        model.Factors = new TorchParameter(ones(3));
        string message = Assert.Throws<InvalidOperationException>(Step).Message;
        Assert.Equal("Parameter 'factors' must keep its shape while an optimizer has it, was factors [2] and is now factors [3]: make a new optimizer.", message);

        void Step()
        {
            optimizer.zero_grad();
            model.Factors.sum().backward();
            optimizer.step();
        }
    }

    [TorchFact]
    public void A_module_that_changes_its_type_goes_on()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new AdamW { LearningRate = 3e-3 });
        Given.Fit(model, optimizer, 5);
        Assert.Equal(4, optimizer.in_place_count);
        model.to(ScalarType.BFloat16);
        Given.Fit(model, optimizer, 60, skip: 5, type: ScalarType.BFloat16);
        double loss = Given.LossOf(model, ScalarType.BFloat16);
        Assert.True(loss < 1.2, FormattableString.Invariant($"{loss}"));
        Assert.Equal((65, 0), (optimizer.step_count, optimizer.in_place_count));
        model.to(ScalarType.Float32);
        Given.Fit(model, optimizer, 1);
        Assert.Equal(4, optimizer.in_place_count);

        // TorchSharp's own optimizers are left with disposed parameters.
        using var same = Given.Mlp();
        using var theirs = optim.AdamW(same.parameters(), 3e-3);
        same.to(ScalarType.BFloat16);
        Assert.NotNull(Record.Exception(() => Given.Fit(same, theirs, 1, type: ScalarType.BFloat16)));
    }

    [TorchFact]
    public void A_module_that_is_disposed_is_named_and_the_optimizer_can_be_disposed()
    {
        var model = Given.Mlp();
        var optimizer = TorchOptimizer.For(model, new AdamW());
        Given.Fit(model, optimizer, 1);
        model.Dispose();
        string message = Assert.Throws<InvalidOperationException>(() => optimizer.step()).Message;
        Assert.Equal("Parameter 'hidden.weight' has been disposed, and there is no other of that name in its place.", message);
        Assert.Equal(1, optimizer.step_count);
        optimizer.Dispose();
        optimizer.Dispose();
    }

    [TorchFact]
    public void An_optimizer_outlives_the_dispose_scope_it_was_made_in()
    {
        using var model = Given.Mlp();
        model.to(ScalarType.BFloat16);
        TorchOptimizer optimizer;
        using (NewDisposeScope())
        {
            optimizer = TorchOptimizer.For(model, new AdamW());
            Given.Fit(model, optimizer, 2, type: ScalarType.BFloat16);
        }

        Given.Fit(model, optimizer, 2, type: ScalarType.BFloat16);
        Assert.Equal(4, optimizer.step_count);
        optimizer.Dispose();
    }

    /// <summary>A module whose parameter can be replaced.</summary>
    private sealed class Scaled : Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>
    {
        private TorchParameter factors = new(ones(2));

        public Scaled()
            : base(nameof(Scaled)) => register_parameter("factors", factors);

        public TorchParameter Factors
        {
            get => factors;
            set
            {
                factors = value;
                ConditionallyRegisterParameter("factors", value);
            }
        }

        public override TorchSharp.torch.Tensor forward(TorchSharp.torch.Tensor input) => input * factors;
    }
}
