using System.Diagnostics;
using BridgeTests.Checking;
using Optim;
using Optim.TorchSharp;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace BridgeTests;

/// <summary>State dictionaries: ours, from which a run resumes to the bit, and PyTorch's.</summary>
public sealed class StateTests : IDisposable
{
    private static readonly Rule Rule = new Lookahead(new AdamW { LearningRate = Schedule.Cosine(3e-3, 60) });

    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [TorchFact]
    public void Twenty_steps_saved_and_twenty_more_have_the_bits_of_forty()
    {
        using var whole = Given.Cnn();
        using var uncut = TorchOptimizer.For(whole, Rule);
        Given.Fit(whole, uncut, 40);
        using var half = Given.Cnn();
        using (var cut = TorchOptimizer.For(half, Rule))
        {
            Given.Fit(half, cut, 20);
            cut.save_state_dict(file);
        }

        // Rule, schedule and step are in the file.
        using var fresh = Given.Cnn(seed: 99);
        using var resumed = TorchOptimizer.For(fresh, new Lookahead(new AdamW()));
        resumed.load_state_dict(file);
        Assert.Equal(20, resumed.step_count);
        Given.Fit(fresh, resumed, 20, skip: 20);
        Assert.Equal(uncut.state<float>(), resumed.state<float>());
        Assert.Equal(0, Given.Difference(whole, fresh));
    }

    [TorchFact]
    public void PyTorch_s_keys_are_read_and_written_whatever_the_order_of_the_file()
    {
        using var model = Given.Cnn();
        using var optimizer = TorchOptimizer.For(model, new AdamW());
        Given.Fit(model, optimizer, 5);
        optimizer.save_state_dict(file, as_torch: true);
        var state = optimizer.state<float>();
        Assert.Equal(state, TorchCheckpoint.Load<float>(file, new AdamW()));

        // By another program, in another order.
        var names = state.Parameters.Layout.Reverse().Select(shape => shape.Name).ToList();
        TensorSet<float> Turned(TensorSet<float> set) => TensorSet.OfTensors(names.Select(name => set[name]).ToArray());
        TorchCheckpoint.Save(file, Optimizer.Restore(state.Rule, state.StepCount, Turned(state.Parameters), state.Slots.ToDictionary(s => s.Key, s => Turned(s.Value)), state.Scalars));
        using var other = Given.Cnn(seed: 99);
        using var loaded = TorchOptimizer.For(other, new AdamW());
        loaded.load_torch_state_dict(file);
        Assert.Equal(state, loaded.state<float>());
        Assert.Equal(0, Given.Difference(model, other));

        using var kept = Given.Cnn(seed: 99);
        float[] before = Given.Values(Given.Named(kept, "conv1.weight"));
        using var moments = TorchOptimizer.For(kept, new AdamW());
        moments.load_torch_state_dict(file, new AdamW { LearningRate = 0.5 }, parameters: false);
        Assert.Equal(before, Given.Values(Given.Named(kept, "conv1.weight")));
        Assert.Equal((5, 0.5), (moments.step_count, moments.hyperparameters["LearningRate"]));
        Assert.Equal(state.Slots["exp_avg"], moments.state<float>().Slots["exp_avg"]);
    }

    [TorchFact]
    public void A_file_of_another_module_is_refused_by_name()
    {
        using var model = Given.Cnn();
        using var optimizer = TorchOptimizer.For(model, new AdamW());
        optimizer.save_state_dict(file);
        using var other = Given.Mlp();
        using var refused = TorchOptimizer.For(other, new AdamW());
        string message = Assert.Throws<ArgumentException>(() => refused.load_state_dict(file)).Message;
        Assert.Contains("tensor 0 is named 'conv1.weight' in the state and 'hidden.weight' in the parameters", message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => optimizer.state<double>());
    }

    [TorchFact]
    public void A_state_goes_on_as_a_fold_and_comes_back()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new AdamW());
        Given.Fit(model, optimizer, 3);
        var state = optimizer.state<float>();
        var (next, parameters) = Optimizer.Step(state, TensorSet.Filled(state.Parameters.Layout, 0.5f));
        optimizer.load(next);
        Assert.Equal(parameters["head.bias"].Span.ToArray(), Given.Values(Given.Named(model, "head.bias")));
        Assert.Equal(next, optimizer.state<float>());
    }

    [TorchFact]
    public void Averages_are_evaluated_and_the_module_then_has_its_own_parameters()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new ParameterEma(new AdamW { LearningRate = 1e-2 }));
        Given.Fit(model, optimizer, 20);
        float[] before = Given.Values(Given.Named(model, "head.weight"));
        float[] averaged = optimizer.evaluate(() => Given.Values(Given.Named(model, "head.weight")));
        Assert.Equal(optimizer.state<float>().EvaluationParameters["head.weight"].Span.ToArray(), averaged);
        Assert.NotEqual(before, averaged);
        Assert.Equal(before, Given.Values(Given.Named(model, "head.weight")));
        Assert.Throws<InvalidTimeZoneException>(() => optimizer.evaluate<int>(() => throw new InvalidTimeZoneException()));
        Assert.Equal(before, Given.Values(Given.Named(model, "head.weight")));
    }
}
