using System.Diagnostics;
using System.Globalization;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Checkpoints;

/// <summary>States that PyTorch saved (tests/torch/make_states.py) go on here as they do there, and ours there.</summary>
public class TorchCheckpointTests(ITestOutputHelper output)
{
    private const int Steps = 10;

    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["adam"] = new Adam { LearningRate = 0.05, Beta1 = 0.8, Beta2 = 0.95, WeightDecay = 0.01 },
        ["adamw_amsgrad"] = new AdamW { LearningRate = 0.05, WeightDecay = 0.1, AmsGrad = true },
        ["sgd"] = new Sgd { LearningRate = 0.1, Momentum = 0.9, Nesterov = true, WeightDecay = 0.01 },
        ["rmsprop"] = new RmsProp { LearningRate = 0.01, Alpha = 0.9, Momentum = 0.5 },
        ["nadam"] = new NAdam { LearningRate = 0.02 },
        ["adagrad"] = new AdaGrad { LearningRate = 0.1 },
    };

    public static TheoryData<string> Names => [.. Rules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_state_of_PyTorch_goes_on_as_it_does_there(string name)
    {
        // PyTorch 1.13 keeps NAdam's product of momenta in single precision; all else is double.
        double tolerance = name == "nadam" ? 1e-5 : 1e-12, worst = 0;
        var state = TorchCheckpoint.Load<double>(Golden(name), Rules[name], name == "sgd" ? 7 : null);
        Assert.Equal((7, "weight [3, 4], bias [3]"), (state.StepCount, state.Parameters.Layout.ToString()));
        using var after = SafetensorsFile.Open(Golden(name + ".after"));
        for (int t = 0; t < Steps; t++)
        {
            state = state.Step(Set("gradient", t)).Item1;
            var expected = Set("parameters", t);
            worst = Math.Max(worst, (state.Parameters - expected).ToArray().Max(Math.Abs));
            Same.Close(expected.ToArray(), state.Parameters.ToArray(), tolerance, 1);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {Steps} steps on from PyTorch's state, worst {worst:0.###E+0}"));
        Assert.True(Set("parameters", 0).Dot(Set("parameters", 9)) != Set("parameters", 9).Dot(Set("parameters", 9)), "nothing moved");

        TensorSet<double> Set(string what, int t) => TensorSet.OfTensors([.. new[] { "weight", "bias" }.Select(tensor =>
            after.Read<double>(string.Create(CultureInfo.InvariantCulture, $"{what}/{t}/{tensor}"))).Select((read, i) => Tensor.OfSpan(
                new TensorShape(i == 0 ? "weight" : "bias", [.. read.Shape.Dimensions]), read.Span))]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_written_is_read(string name)
    {
        using TemporaryFolder folder = new();
        var state = TorchCheckpoint.Load<double>(Golden(name), Rules[name], 7);
        TorchCheckpoint.Save(folder["a"], state);
        Assert.Equal(state, TorchCheckpoint.Load<double>(folder["a"], Rules[name]));
        var late = Optimizer.Restore(state.Rule, (1L << 24) + 1, state.Parameters, state.Slots, state.Scalars);
        TorchCheckpoint.Save(folder["a"], late);
        Assert.Equal(late, TorchCheckpoint.Load<double>(folder["a"], Rules[name]));
    }

    /// <summary>PyTorch writes <c>state.NAME.exp_avg</c> whatever the parameter's group; so do we, and read it into any groups.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Law_59_PyTorchs_files_do_not_show_groups(string name)
    {
        using TemporaryFolder folder = new();
        var plain = TorchCheckpoint.Load<double>(Golden(name), Rules[name], 7);
        foreach (var grouped in (Rule[])[new Partition(new ParameterGroup(TensorSelector.Named("bias"), Rules[name]), new ParameterGroup(TensorSelector.All, Rules[name])), new Freeze(Rules[name], TensorSelector.None)])
        {
            var state = TorchCheckpoint.Load<double>(Golden(name), grouped, 7);
            TorchCheckpoint.Save(folder["grouped"], state);
            Assert.Equal(plain, TorchCheckpoint.Load<double>(folder["grouped"], Rules[name]));
            TorchCheckpoint.Save(folder["plain"], plain);
            Assert.Equal(File.ReadAllBytes(folder["plain"]), File.ReadAllBytes(folder["grouped"]));
            Assert.Equal(state, TorchCheckpoint.Load<double>(folder["plain"], grouped));
            var gradient = plain.Parameters;
            Assert.Equal(plain.Step(gradient).Item2, state.Step(gradient).Item2);
        }
    }

    [Fact]
    public void Law_59_a_file_of_PyTorchs_goes_on_without_decay_on_some()
    {
        var rule = (AdamW)Rules["adamw_amsgrad"];
        var state = TorchCheckpoint.Load<double>(Golden("adamw_amsgrad"), rule.NoDecayOn("bias"));
        var groups = TorchCheckpoint.Load<double>(
            Golden("adamw_amsgrad"), new Partition(new ParameterGroup(TensorSelector.Named("bias"), rule with { WeightDecay = 0 }), new ParameterGroup(TensorSelector.All, rule)));
        Assert.Equal(groups.Step(state.Parameters).Item2, state.Step(state.Parameters).Item2);
    }

    /// <summary>A slot that a rule keeps twice has a number from the second on, counted by tensor: slots of other groups do not count.</summary>
    [Fact]
    public void Law_59_what_one_rule_keeps_twice_is_numbered_by_tensor_and_not_by_group()
    {
        using TemporaryFolder folder = new();
        var start = TensorSet.OfTensors(Given.Vector("weight", 1.0, -2), Given.Vector("bias", 3.0));
        Rule twice = new ScaleByAdam().Then(new Adam { LearningRate = 0.1 }), once = new Adam { LearningRate = 0.1 };
        var plain = Stepped(twice);
        Partition both = new(new ParameterGroup(TensorSelector.Named("bias"), twice), new ParameterGroup(TensorSelector.All, twice));
        var grouped = Stepped(both);
        TorchCheckpoint.Save(folder["plain"], plain);
        TorchCheckpoint.Save(folder["grouped"], grouped);
        Assert.Equal(File.ReadAllBytes(folder["plain"]), File.ReadAllBytes(folder["grouped"]));
        using (var file = SafetensorsFile.Open(folder["grouped"]))
        {
            foreach (var (tensor, slot) in from tensor in new[] { "weight", "bias" } from slot in new[] { "exp_avg", "exp_avg.2", "exp_avg_sq", "exp_avg_sq.2" } select (tensor, slot))
            {
                Same.Bits(plain.Slots[slot][tensor].Span, file.Read<double>($"state.{tensor}.{slot}").Span, slot);
            }
        }

        Assert.NotEqual(plain.Slots["exp_avg"], plain.Slots["exp_avg.2"]);
        Assert.Equal(plain, TorchCheckpoint.Load<double>(folder["grouped"], twice));
        Assert.Equal(grouped, TorchCheckpoint.Load<double>(folder["plain"], both));

        // Where one group alone keeps it twice, the other's tensors have it once and without a number.
        Partition mixed = new(new ParameterGroup(TensorSelector.Named("bias"), once), new ParameterGroup(TensorSelector.All, twice));
        var some = Stepped(mixed);
        TorchCheckpoint.Save(folder["mixed"], some);
        using (var file = SafetensorsFile.Open(folder["mixed"]))
        {
            Assert.Equal(
                ["state.bias.exp_avg", "state.weight.exp_avg", "state.weight.exp_avg.2"],
                file.Tensors.Select(entry => entry.Name).Where(key => key.Contains(".exp_avg", StringComparison.Ordinal) && !key.Contains("_sq", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        }

        Assert.Equal(some, TorchCheckpoint.Load<double>(folder["mixed"], mixed));
        Refused.With<CheckpointException>("missing: state.bias.exp_avg.2, state.bias.exp_avg_sq.2", () => TorchCheckpoint.Load<double>(folder["mixed"], twice));

        OptimizerState<double> Stepped(Rule rule) => Enumerable.Range(1, 3).Aggregate(Optimizer.Init(rule, start), (state, t) => state.Step(state.Parameters.Map(x => x + t)).Item1);
    }

    [Fact]
    public void Law_58_steps_that_differ_from_tensor_to_tensor_are_written_and_read()
    {
        using TemporaryFolder folder = new();
        var start = TensorSet.OfTensors(Given.Vector("w", 1.0, -2.0));
        var state = Optimizer.Init(new AdamW(), start).Step(start).Item1.Step(start).Item1;
        state = state.AddTensors(TensorSet.OfTensors(Given.Vector("head", 0.5))).Step(TensorSet.OfTensors(Given.Vector("w", 1.0, 3.0), Given.Vector("head", 2.0))).Item1;
        TorchCheckpoint.Save(folder["a"], state);
        Assert.Equal(state, TorchCheckpoint.Load<double>(folder["a"], new AdamW()));
        Refused.With<CheckpointException>("parameters have taken different numbers of steps. AdamW counts its steps and works on whole tensors", () => TorchCheckpoint.Load<double>(folder["a"], new AdamW { Cautious = true }));
    }

    [Fact]
    public void What_does_not_fit_is_listed()
    {
        var error = Refused.With<CheckpointException>(
            "missing: state.weight.max_exp_avg_sq, state.bias.max_exp_avg_sq; unexpected: none", () => TorchCheckpoint.Load<double>(Golden("adam"), new Adam { AmsGrad = true }));
        Assert.Equal(["state.weight.max_exp_avg_sq", "state.bias.max_exp_avg_sq"], error.Report!.Missing);
        Refused.With<CheckpointException>("unexpected: state.weight.momentum_buffer, state.bias.momentum_buffer", () => TorchCheckpoint.Load<double>(Golden("sgd"), new Sgd(), 7));
        Refused.With<CheckpointException>("give stepCount", () => TorchCheckpoint.Load<double>(Golden("sgd"), Rules["sgd"]));
        using TemporaryFolder folder = new();
        Safetensors.Save(folder["a"], TensorSet.OfTensors(
            Given.Vector("w", 1.0), Given.Vector("b", 1.0), Tensor.OfScalar("state.w.step", 3.0), Tensor.OfScalar("state.b.step", 4.0)));
        Assert.Equal(4, TorchCheckpoint.Load<double>(folder["a"], new Sgd()).StepCount);
        Assert.Equal(new LateTensors(new Sgd { Dampening = 0.5 }, ["w"], [1]), TorchCheckpoint.Load<double>(folder["a"], new Sgd { Dampening = 0.5 }).Rule);
        Assert.Equal(5, TorchCheckpoint.Load<double>(folder["a"], new Sgd(), 5).StepCount);
        Safetensors.Save(folder["a"], TensorSet.OfTensors(Given.Vector("state.w.step", 3.0)));
        Assert.Equal("state.w.step [1]", TorchCheckpoint.Load<double>(folder["a"], new Sgd(), 5).Parameters.Layout.ToString());
    }

    [Fact]
    public void What_is_written_is_read_or_refused_whatever_the_names() => Law.Check(
        output,
        Cases.Of(draw => Enumerable.Range(0, draw.Integer(1, 4)).Select(_ => string.Join('.', Enumerable.Range(0, draw.Integer(1, 4)).Select(_ => draw.Of("state", "a", "b", "step", "exp_avg", "")))).ToArray()),
        names =>
        {
            names = [.. names.Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).DefaultIfEmpty("a")];
            using TemporaryFolder folder = new();
            var start = TensorSet.OfTensors([.. names.Select((name, i) => Given.Vector(name, i + 1.0))]);
            var state = Optimizer.Init(new AdamW(), start).Step(start).Item1;
            try
            {
                TorchCheckpoint.Save(folder["a"], state);
            }
            catch (ArgumentException e)
            {
                Assert.Contains("'", e.Message, StringComparison.Ordinal);
                Assert.False(File.Exists(folder["a"]));
                return;
            }

            var read = TorchCheckpoint.Load<double>(folder["a"], new AdamW());
            Assert.Equal(names.Order(StringComparer.Ordinal), read.Parameters.Layout.Select(shape => shape.Name).Order(StringComparer.Ordinal));
            Assert.All(names, name => Assert.Equal(state.Slots["exp_avg"][name].Span.ToArray(), read.Slots["exp_avg"][name].Span.ToArray()));
        },
        count: 300);

    [TorchFact]
    public void Our_states_go_on_in_PyTorch()
    {
        using TemporaryFolder folder = new();
        foreach (var (name, rule) in Rules)
        {
            TorchCheckpoint.Save(folder[name + ".safetensors"], TorchCheckpoint.Load<double>(Golden(name), rule, 7));
        }

        string report = Python.Run([Path.Combine(AppContext.BaseDirectory, "torch", "make_states.py"), "check", folder.Path])!;
        output.WriteLine(report);
        string[] lines = report.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Rules.Count, lines.Length);
        Assert.All(lines, line => Assert.InRange(double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture), 0, line.StartsWith("nadam", StringComparison.Ordinal) ? 1e-6 : 1e-12));
    }

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "torch", name + ".safetensors");
}

/// <summary>A Python that has PyTorch: Debian's, or that of OPTIM_PYTHON.</summary>
internal static class Python
{
    private static readonly string Program = Environment.GetEnvironmentVariable("OPTIM_PYTHON") ?? "/usr/bin/python3";

    /// <returns>What it prints; null where it fails.</returns>
    public static string? Run(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
            using var process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}

/// <summary>A test that needs PyTorch; skipped where there is none, and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TorchFactAttribute : FactAttribute
{
    // A folder called torch beside the tests is a package without a version to Python.
    private static readonly Lazy<bool> Present = new(() => Python.Run("-c", "import torch, numpy; torch.__version__") is not null);

    public TorchFactAttribute()
    {
        if (!Present.Value)
        {
            Skip = "There is no Python with PyTorch: apt-get install python3-torch, or OPTIM_PYTHON.";
        }
    }
}
