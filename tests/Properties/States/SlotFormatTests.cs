using System.Numerics;
using Optim.CSharp;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>Slots in fewer bits: any rule steps as with slots in full, between reading codes and writing them; for any threads, in place or not, in the facade or the core.</summary>
public class SlotFormatTests
{
    // Chunks of a sweep and blocks of the formats end within tensors, and tensors within both.
    private static readonly Layout Tensors = Layout.Of(
        new TensorShape("a", 211, 157), new TensorShape("none", 0), new TensorShape("b", 5), new TensorShape("c", 17, 39), new TensorShape("d", 40_003));

    private static readonly Rule[] Rules =
    [
        new AdamW { WeightDecay = 0.1 }, new Lion(), new Sgd { Momentum = 0.9 }, new Adam { AmsGrad = true }, new AdaBelief(), new NAdam(),
        new ClipByGlobalNorm(1).Then(new AdamW().NoDecayOn("b")), new Scale(2).Then(new ScaleByAdam()).Then(new ScaleByMomentum()).Then(new ScaleByLearningRate(1e-3)),
        new Partition(new ParameterGroup(TensorSelector.Named("a"), new Sgd { Momentum = 0.9 }), new ParameterGroup(TensorSelector.All, new AdamW())),
        new Lamb(), new Prodigy(), new AdaNorm(), new ApplyIfFinite(new AdamW()), new Lookahead(new Adam()), new Accumulate(new Adam(), 2), new Muon(), new ScheduleFreeAdamW(),
    ];

    private static readonly SlotFormat[] Coded = [SlotFormat.BFloat16, SlotFormat.BFloat16Stochastic, SlotFormat.Float8Block, SlotFormat.Float8BlockStochastic];

    public static TheoryData<int, SlotFormat> Each
    {
        get
        {
            var data = new TheoryData<int, SlotFormat>();
            for (int i = 0; i < Rules.Length; i++)
            {
                data.Add(i, Coded[i % 4]);
                data.Add(i, Coded[(i + 2) % 4]);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void A_step_is_the_step_in_full_between_reading_and_writing_codes(int rule, SlotFormat format)
    {
        if (format is SlotFormat.BFloat16Stochastic or SlotFormat.Float8BlockStochastic)
        {
            // Chance goes by slot and step; the values it rounds to nearest in between are the same.
            format = format == SlotFormat.BFloat16Stochastic ? SlotFormat.BFloat16 : SlotFormat.Float8Block;
        }

        var state = Start(rule, 0).WithSlotFormat(format);
        foreach (var gradient in Gradients())
        {
            var expected = Optimizer.Step(state.WithSlotFormat(SlotFormat.Full), gradient).Item1.WithSlotFormat(format);
            state = Optimizer.Step(state, gradient).Item1;
            Same.Bits(expected, state);
        }
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Threads_donation_and_the_facade_do_not_change_a_bit(int rule, SlotFormat format)
    {
        var pure = Start(rule, 0).WithSlotFormat(format).WithMaxThreads(1);
        var donated = Start(rule, 0).WithSlotFormat(format).WithMaxThreads(3);
        using var facade = new InPlaceOptimizer<float>(Rules[rule], pure.Parameters.Select(tensor => new Parameter<float>(tensor.Shape, tensor.ToArray(), new float[tensor.Length])));
        facade.SetSlotFormat(format);
        int step = 0;
        foreach (var gradient in Gradients())
        {
            pure = Optimizer.Step(pure, gradient).Item1;
            donated = Optimizer.Step(donated.Donate(), gradient).Item1;
            foreach (var (parameter, tensor) in facade.Parameters.Zip(gradient))
            {
                tensor.Span.CopyTo(parameter.Gradient.Span);
            }

            facade.MaxThreads = 1 + (step++ % 3);
            facade.Step();
        }

        Same.Bits(pure, donated);
        Same.Bits(pure, facade.Snapshot());
        Assert.Equal(pure.SlotFormats, facade.Snapshot().SlotFormats);
    }

    [Theory]
    [InlineData(SlotFormat.BFloat16Stochastic)]
    [InlineData(SlotFormat.Float8Block)]
    public void A_run_goes_on_from_a_snapshot_and_tensors_left_out_keep_their_codes(SlotFormat format)
    {
        var state = Start(0, 0).WithSlotFormat(format);
        foreach (var gradient in Gradients())
        {
            var before = state;
            state = Optimizer.StepWithout(state, gradient, ["c"]).Item1;
            Assert.All(state.Slots.Keys, slot => Assert.Equal(before.Slots[slot]["c"].ToArray(), state.Slots[slot]["c"].ToArray()));
            Assert.Equal(before.SlotFormats, state.SlotFormats);
            using var facade = new InPlaceOptimizer<float>(new Adam(), state.Parameters.Select(tensor => new Parameter<float>(tensor.Shape, tensor.ToArray(), new float[tensor.Length])));
            facade.Load(state);
            Same.Bits(state, facade.Snapshot());
        }
    }

    [Theory]
    [InlineData(SlotFormat.BFloat16, SafetensorsType.BF16)]
    [InlineData(SlotFormat.BFloat16Stochastic, SafetensorsType.BF16)]
    [InlineData(SlotFormat.Float8Block, SafetensorsType.F32)]
    [InlineData(SlotFormat.Float8BlockStochastic, SafetensorsType.F32)]
    public void A_run_goes_on_from_a_checkpoint_with_the_same_bits(SlotFormat format, SafetensorsType type)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var gradients = Gradients().ToList();
            var state = Optimizer.Fold(Start(6, 0).WithSlotFormat(format, "exp_avg_sq"), gradients);
            Checkpoint.Save(path, state);
            using (var file = SafetensorsFile.Open(path))
            {
                Assert.Equal((SafetensorsType.F32, type), (file.Find("slots/exp_avg/a")!.Type, file.Find("slots/exp_avg_sq/a")!.Type));
            }

            var loaded = Checkpoint.Load<float>(path);
            Assert.Equal(state, loaded);
            Assert.Equal(Optimizer.Fold(state, gradients), Optimizer.Fold(loaded, gradients));

            // Another state keeps its own formats.
            Assert.All(Checkpoint.LoadInto(path, Start(6, 1)).Item1.SlotFormats.Values, own => Assert.Equal(SlotFormat.Full, own));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Formats_are_chosen_by_name_refused_by_name_and_part_of_a_states_value()
    {
        var state = Start(0, 0);
        var half = state.WithSlotFormat(SlotFormat.BFloat16, "exp_avg");
        Assert.Equal((SlotFormat.BFloat16, SlotFormat.Full), (half.SlotFormats["exp_avg"], half.SlotFormats["exp_avg_sq"]));
        Assert.NotEqual(state, half);
        Assert.Equal(state, half.WithSlotFormat(SlotFormat.Full));
        Refused.With<ArgumentException>("names must be slots of the state, was 'exp'; it keeps: exp_avg, exp_avg_sq.", () => state.WithSlotFormat(SlotFormat.BFloat16, "exp"));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.WithSlotFormat((SlotFormat)9));

        // A number for each tensor stays as it is, unless it is asked for.
        Assert.Equal(SlotFormat.Full, Start(11, 0).WithSlotFormat(SlotFormat.BFloat16).SlotFormats["exp_grad_norm"]);
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void A_step_that_leaves_tensors_out_has_the_same_bits_in_place(int rule, SlotFormat format)
    {
        string[][] leftOut = [["c"], ["a", "d"], ["b"]];
        var state = Start(rule, 0).WithSlotFormat(format);
        using var facade = new InPlaceOptimizer<float>(Rules[rule], state.Parameters.Select(tensor => new Parameter<float>(tensor.Shape, tensor.ToArray(), new float[tensor.Length])));
        facade.SetSlotFormat(format);
        foreach (var (step, gradient) in Gradients().Index())
        {
            OptimizerState<float> next;
            try
            {
                next = Optimizer.StepWithout(state, gradient, leftOut[step]).Item1;
            }
            catch (InvalidOperationException)
            {
                // Rules on whole tensors that count their steps leave none out.
                Assert.Throws<InvalidOperationException>(() => facade.StepWithout(leftOut[step]));
                return;
            }

            foreach (var (parameter, tensor) in facade.Parameters.Zip(gradient))
            {
                tensor.Span.CopyTo(parameter.Gradient.Span);
            }

            facade.StepWithout(leftOut[step]);
            Same.Bits(next, facade.Snapshot());
            Assert.All(next.Slots.Where(slot => slot.Value.Layout.Equals(Tensors)), slot => Assert.All(leftOut[step], name => Assert.Equal(state.Slots[slot.Key][name].ToArray(), slot.Value[name].ToArray())));
            state = next;
        }
    }

    [Theory]
    [InlineData(SlotFormat.BFloat16Stochastic)]
    [InlineData(SlotFormat.Float8Block)]
    [InlineData(SlotFormat.Float8BlockStochastic)]
    public void Groups_order_and_frozen_tensors_do_not_change_how_a_tensors_slots_are_rounded(SlotFormat format)
    {
        Rule grouped = new Partition(new ParameterGroup(TensorSelector.Named("a", "c"), new AdamW()), new ParameterGroup(TensorSelector.All, new AdamW()));
        var one = Optimizer.Fold(Optimizer.Init(new AdamW(), Start(0, 0).Parameters).WithSlotFormat(format), Gradients());
        var groups = Optimizer.Fold(Formatted(grouped), Gradients());
        Assert.Equal(one.Parameters, groups.Parameters);

        var frozen = Optimizer.Fold(Formatted(new Freeze(new AdamW(), TensorSelector.Named("b"))), Gradients());
        Assert.All(one.Parameters.Where(tensor => tensor.Name != "b"), tensor => Assert.Equal(tensor.ToArray(), frozen.Parameters[tensor.Name].ToArray()));
        var thawed = Optimizer.Fold(frozen.Thaw(), Gradients());
        var further = Optimizer.Fold(one, Gradients());
        Assert.All(further.Parameters.Where(tensor => tensor.Name != "b"), tensor => Assert.Equal(tensor.ToArray(), thawed.Parameters[tensor.Name].ToArray()));

        OptimizerState<float> Formatted(Rule rule)
        {
            var state = Optimizer.Init(rule, Start(0, 0).Parameters);
            return state.WithSlotFormats(state.SlotFormats.Keys.ToDictionary(name => name, _ => format));
        }
    }

    [Fact]
    public void A_checkpoint_keeps_formats_when_it_is_loaded_into_groups_and_refuses_names_that_it_has_no_slot_of()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Rule grouped = new Partition(new ParameterGroup(TensorSelector.Named("a", "c"), new AdamW()), new ParameterGroup(TensorSelector.All, new AdamW()));
            var state = Optimizer.Fold(Optimizer.Init(new AdamW(), Start(0, 0).Parameters).WithSlotFormats(new Dictionary<string, SlotFormat>
            {
                ["exp_avg"] = SlotFormat.BFloat16Stochastic, ["exp_avg_sq"] = SlotFormat.Float8BlockStochastic,
            }), Gradients());
            Checkpoint.Save(path, state);
            var loaded = Checkpoint.Load<float>(path, grouped);
            Assert.Equal(
                [SlotFormat.BFloat16Stochastic, SlotFormat.Float8BlockStochastic, SlotFormat.BFloat16Stochastic, SlotFormat.Float8BlockStochastic],
                new[] { "exp_avg", "exp_avg_sq", "exp_avg.2", "exp_avg_sq.2" }.Select(name => loaded.SlotFormats[name]));
            Assert.Equal(Optimizer.Fold(state, Gradients()).Parameters, Optimizer.Fold(loaded, Gradients()).Parameters);

            // Back into one group; where the groups' formats differ, nothing is lost in full.
            Checkpoint.Save(path, loaded.WithSlotFormat(SlotFormat.Full, "exp_avg.2"));
            var back = Checkpoint.Load<float>(path, new AdamW());
            Assert.Equal((SlotFormat.Full, SlotFormat.Float8BlockStochastic), (back.SlotFormats["exp_avg"], back.SlotFormats["exp_avg_sq"]));
            Assert.All(state.Slots, slot => Assert.Equal(slot.Value, back.Slots[slot.Key]));

            Checkpoint.Save(path, state);
            string text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path));
            text = System.Text.RegularExpressions.Regex.Replace(text.Replace("exp_avg_sq\\\":", "exp_avg_so\\\":", StringComparison.Ordinal), "\"[0-9a-f]{64}\"", "\"none\"" + new string(' ', 60));
            File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(text));
            Assert.Contains("The file has no slot 'exp_avg_so'; the nearest are 'exp_avg_sq'", Assert.Throws<CheckpointException>(() => Checkpoint.Load<float>(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Several_formats_are_set_at_once_and_refused_by_name()
    {
        var state = Start(0, 0);
        var coded = state.WithSlotFormats(new Dictionary<string, SlotFormat> { ["exp_avg_sq"] = SlotFormat.Float8Block, ["exp_avg"] = SlotFormat.BFloat16 });
        Assert.Equal(state.WithSlotFormat(SlotFormat.BFloat16, "exp_avg").WithSlotFormat(SlotFormat.Float8Block, "exp_avg_sq"), coded);
        Assert.Equal(state, coded.WithSlotFormats(state.SlotFormats));
        Assert.Equal(state, state.WithSlotFormats(new Dictionary<string, SlotFormat>()));
        Refused.With<ArgumentException>("formats must be slots of the state, was 'exp'; it keeps: exp_avg, exp_avg_sq.", () => state.WithSlotFormats(new Dictionary<string, SlotFormat> { ["exp"] = SlotFormat.BFloat16 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.WithSlotFormats(new Dictionary<string, SlotFormat> { ["exp_avg"] = (SlotFormat)9 }));
    }

    [Theory]
    [InlineData(SlotFormat.BFloat16, 0.02)]
    [InlineData(SlotFormat.BFloat16Stochastic, 0.02)]
    [InlineData(SlotFormat.Float8Block, 0.2)]
    [InlineData(SlotFormat.Float8BlockStochastic, 0.2)]
    public void A_thousand_steps_of_Adam_come_close_to_those_in_full(SlotFormat format, double bound)
    {
        const int Length = 2_000;
        var random = new Random(3);
        double[] curvature = [.. Enumerable.Range(0, Length).Select(_ => Math.Pow(10, (4 * random.NextDouble()) - 3))];
        var start = TensorSet.Generate(Layout.OfVector(Length), _ => (float)(random.NextDouble() - 0.5) * 2);
        double full = Run(Optimizer.Init(new Adam { LearningRate = Schedule.Cosine(0.01, 1000) }, start));
        double coded = Run(Optimizer.Init(new Adam { LearningRate = Schedule.Cosine(0.01, 1000) }, start).WithSlotFormat(format));
        Assert.True(coded <= full + (bound * Loss(start)), $"{coded} against {full} from {Loss(start)}");

        double Loss(TensorSet<float> at) => at.Span.ToArray().Index().Sum(x => curvature[x.Index] * x.Item * x.Item);

        double Run(OptimizerState<float> state)
        {
            var noise = new Random(5);
            for (int step = 0; step < 1000; step++)
            {
                var at = state.Parameters.Span.ToArray();
                state = Optimizer.Step(state.Donate(), TensorSet.Generate(start.Layout, i => (float)(curvature[i] * (at[i] + (0.1 * (noise.NextDouble() - 0.5)))))).Item1;
            }

            return Loss(state.Parameters);
        }
    }

    private static OptimizerState<float> Start(int rule, int seed)
    {
        var random = new Random(seed);
        return Optimizer.Init(Rules[rule], TensorSet.Generate(Tensors, _ => random.NextSingle() - 0.5f));
    }

    private static IEnumerable<TensorSet<float>> Gradients()
    {
        var random = new Random(9);
        for (int step = 0; step < 3; step++)
        {
            yield return TensorSet.Generate(Tensors, i => (random.NextSingle() - 0.5f) * (i % 100 == 0 ? 10 : 0.1f));
        }
    }
}
