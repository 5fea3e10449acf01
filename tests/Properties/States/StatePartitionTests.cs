using System.Runtime.InteropServices;
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>A run whose slots are divided among several places has the bits of a run in one.</summary>
public class StatePartitionTests
{
    private const int Steps = 7, Parts = 3;

    // What sees the parameters as one vector; the rules that evaluate the objective are refused, too.
    private static readonly string[] Indivisible = ["project_onto_hyperplane", "project_onto_simplex", "project_onto_l1_ball", "project_onto_line", "project_onto_bounds", "trac", "mechanic", "dadaptation"];

    private static readonly Layout Small = Layout.Of(new("a", 6, 5), new("b", 7), new("empty", 0, 3), new("c", 3, 4), new("d", 2, 3, 2));

    private static readonly Layout Large = Layout.Of(new("a", 6, 5), new("b", 20_000), new("c", 90, 100), new("d", 5));

    public static TheoryData<string> Divisible => [.. RuleRegistry.All.Where(entry => !entry.NeedsObjective && !entry.NeedsHessianDiagonal && !Indivisible.Contains(entry.Name)).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Divisible))]
    public void Steps_in_parts_have_the_bits_of_steps_on_the_whole(string name)
    {
        var entry = RuleRegistry.Find(name)!;
        Check(entry.Create(), Small);
        if (StatePartition.Of<float>(entry.Create(), Large, Parts).CutsTensors)
        {
            Check(entry.Create(), Large);
        }
    }

    [Fact]
    public void Norms_over_all_tensors_are_those_of_the_whole()
    {
        var clipped = new ClipByGlobalNorm(0.5).Then(new AdamW { LearningRate = 0.01, WeightDecay = 0.1 });
        Check(clipped, Large);
        Check(new ClipByGlobalNorm { MaxNorm = 0.5, NormType = 3 }.Then(new Muon()), Small);
        Check(new Lamb { MaxGradientNorm = 0.5 }, Small);
        Check(new Partition(new ParameterGroup(TensorSelector.OfRank(2), new Prodigy()), new ParameterGroup(TensorSelector.All, new ApplyIfFinite(new Sgd { LearningRate = 0.1, Momentum = 0.9 }))), Small);
        Check(clipped.NoDecayOn(TensorSelector.Where(shape => shape.Dimensions.Count == 1 && shape.Length > 6000)), Large);
    }

    [Fact]
    public void A_rule_that_sees_one_vector_or_evaluates_the_objective_is_refused()
    {
        Refused.With<ArgumentException>("ProjectOntoSimplex works on the parameters as one vector, and cannot be stepped in parts", () => StatePartition.Of<float>(new Sgd().Then(new ProjectOntoSimplex()), Small, 2));
        Refused.With<ArgumentException>("Lbfgs evaluates the objective, and cannot be stepped in parts", () => StatePartition.Of<float>(new Lbfgs(), Small, 2));
        Assert.All(Indivisible, name => Assert.Throws<ArgumentException>(() => StatePartition.Of<float>(RuleRegistry.Find(name)!.Create(), Small, 2)));
    }

    [Fact]
    public void A_function_of_all_tensors_is_refused_and_one_of_each_never_sees_a_tensor_without_elements()
    {
        var clipped = TensorRule.OverAllTensors("clipped", Array.Empty<string>(), all => all.Each(t => t.Update(t.Gradient / (1 + all.Norm))));
        foreach (var rule in new[] { clipped, new Sgd().Then(clipped), new Partition(new ParameterGroup(TensorSelector.All, clipped)), new ApplyIfFinite(clipped) })
        {
            Refused.With<ArgumentException>("TensorRule works on the parameters as one vector, and cannot be stepped in parts", () => StatePartition.Of<float>(rule, Small, 2));
        }

        Check(
            new TensorRule("first", [new SlotDeclaration("sum") { Dimensions = _ => [] }, new SlotDeclaration("m")], t =>
                t.Update(t["m"] + (t.Gradient[0] * t.Gradient)).Keep("m", 0.5 * t.Gradient).Keep("sum", t["sum"][0] + t.Gradient[0])),
            Small);
    }

    [Fact]
    public void The_largest_part_is_as_small_as_tensors_or_leaves_allow()
    {
        var whole = Layout.Of(new("a", 1 << 20), new("b", 3));
        var cut = StatePartition.Of<float>(new AdamW(), whole, 4);
        Assert.True(cut.CutsTensors);
        Assert.Equal([262144, 524288, 786432, 1048579], cut.Ends);
        Assert.Equal(Layout.Of(new("a", 262144), new("b", 3)), cut.LayoutOf(3));
        Assert.Equal(Layout.Of(new("a", 262144), new("b", 0)), cut.LayoutOf(1));

        var byTensor = StatePartition.Of<float>(new Muon(), Small, 2);
        Assert.False(byTensor.CutsTensors);
        Assert.Equal(Small.Length, byTensor.Ends[1]);
        Assert.Equal(byTensor.Ends, byTensor.At(byTensor.Ends).Ends);
        Refused.With<ArgumentException>("otherEnds must lie between two tensors, for the rule works on whole ones, was 5: after 5 elements of 'a'.", () => byTensor.At([5, 61]));
        Refused.With<ArgumentException>("otherEnds must end at 61, was 30.", () => byTensor.At([30]));
        Assert.Equal(5, StatePartition.Of<float>(new Muon(), Layout.Of(new TensorShape("a", 2)), 5).Count);
    }

    [Fact]
    public void A_rule_that_rests_at_first_is_cut_only_where_the_one_inside_may_be()
    {
        var late = Schedule.OfFunction("late", t => t >= 100 ? 1 : 0);
        foreach (var rule in new Rule[]
        {
            new AccumulateOnSchedule(new Muon(), 4), new Accumulate(new Muon(), 100), new Conditionally(new Muon(), late) { Otherwise = WhenIdle.Rest }, new Conditionally(new ClipByTensorNorm(), late).Then(new AdamW()),
            new Lookahead(new Accumulate(new Sgd().Then(new ClipByTensorNorm()), 100)), new Partition(new ParameterGroup(TensorSelector.OfRank(2), new Accumulate(new Muon(), 100)), new ParameterGroup(TensorSelector.All, new AdamW())),
        })
        {
            Assert.False(StatePartition.Of<float>(rule, Large, Parts).CutsTensors, rule.ToString());
        }

        Check(new AccumulateOnSchedule(new Muon(), 4), Large);
        Check(new Conditionally(new Muon(), Schedule.OfFunction("fourth", t => t == 4 ? 1 : 0)) { Otherwise = WhenIdle.Rest }, Large);

        Assert.True(StatePartition.Of<float>(new Accumulate(new AdamW(), 100), Large, Parts).CutsTensors);
    }

    [Fact]
    public void Cuts_of_another_run_are_held_to_what_cuts_may_be()
    {
        var partition = StatePartition.Of<float>(new AdamW(), Large, 2);
        Assert.Equal([30 + 8192, 30 + 20_000, Large.Length], partition.At([30 + 8192, 30 + 20_000, Large.Length]).Ends);
        Refused.With<ArgumentException>("otherEnds must lie between two tensors, or in one after a multiple of 8192 elements, was 130: after 100 elements of 'b'.", () => partition.At([130, Large.Length]));
        Refused.With<ArgumentException>("otherEnds must ascend from 0 to 29035, was -1 after 0.", () => partition.At([-1, Large.Length]));
        Refused.With<ArgumentException>("otherEnds must ascend from 0 to 29035, was 29036 after 0.", () => partition.At([Large.Length + 1]));
        Refused.With<ArgumentException>("otherEnds must ascend from 0 to 29035, was 0 after 30.", () => partition.At([30, 0, Large.Length]));
        Refused.With<ArgumentException>("otherEnds must end at 29035, was 0.", () => partition.At([]));
        Refused.With<ArgumentOutOfRangeException>("part must be 0 or more and below 2, was 2.", () => partition.LayoutOf(2));
        Refused.With<ArgumentOutOfRangeException>("part must be 0 or more and below 2, was -1.", () => partition.RangeOf(-1, 0));
        Refused.With<ArgumentOutOfRangeException>("tensor must be 0 or more and below 4, was 4.", () => partition.RangeOf(0, 4));
    }

    [Theory]
    [InlineData(SlotFormat.BFloat16)]
    [InlineData(SlotFormat.BFloat16Stochastic)]
    [InlineData(SlotFormat.Float8Block)]
    [InlineData(SlotFormat.Float8BlockStochastic)]
    public void Slots_in_fewer_bits_have_those_of_the_whole_too(SlotFormat format)
    {
        Check(new AdamW { LearningRate = 0.01 }, Large, format);
        Check(new ClipByGlobalNorm(0.5).Then(new Sgd { LearningRate = 0.1, Momentum = 0.9 }), Large, format);
        Check(new Lamb(), Small, format);
        Check(new Partition(new ParameterGroup(TensorSelector.OfRank(2), new Adam()), new ParameterGroup(TensorSelector.All, new Lion())), Small, format);
    }

    [Fact]
    public void A_part_that_does_not_hold_a_number_without_dimensions_has_no_elements_of_it()
    {
        var layout = Layout.Of(new("gain"), new("w", 40, 30), new("shift"), new("b", 7), new("scale"));
        var partition = StatePartition.Of<float>(new Muon(), layout, Parts);
        Assert.All(Enumerable.Range(0, Parts), part => Assert.Equal(Enumerable.Range(0, layout.Count).Select(tensor => partition.RangeOf(part, tensor).Item2), partition.LayoutOf(part).Select(shape => shape.Length)));
        Assert.Equal(layout.Length, Enumerable.Range(0, Parts).Sum(part => partition.LayoutOf(part).Length));
        foreach (var rule in new Rule[] { new Muon(), new AdamW(), new Adafactor(), new Lamb(), new Partition(new ParameterGroup(TensorSelector.OfRank(0), new Sgd { Momentum = 0.9 }), new ParameterGroup(TensorSelector.All, new Adam())) })
        {
            Check(rule, layout);
        }
    }

    [Fact]
    public void A_snapshot_of_a_part_is_stepped_alone()
    {
        var partition = StatePartition.Of<float>(new ClipByGlobalNorm(0.5).Then(new AdamW()), Large, 2);
        var layout = partition.LayoutOf(0);
        float[][] values = [.. layout.Select(shape => Numbers(shape.Length, 1))], gradients = [.. layout.Select(shape => Numbers(shape.Length, 2))];
        using var part = new InPlaceState<float>(
            partition, 0, [.. values.Select(own => own.AsMemory())], [.. gradients.Select(own => (ReadOnlyMemory<float>)own)], new NoPeers());
        var gradient = TensorSet.OfValues<float>(layout, [.. gradients.SelectMany(own => own)]);
        Assert.Equal(Optimizer.Step(Optimizer.Init(partition.Rule, TensorSet.OfValues<float>(layout, [.. values.SelectMany(own => own)])), gradient).Item1.Parameters, Optimizer.Step(part.Snapshot(), gradient).Item1.Parameters);
        Assert.Throws<NotSupportedException>(() => part.Step());
    }

    private sealed class NoPeers : IStepPeers
    {
        public IReadOnlyList<double[]> Exchange(double[] own) => throw new NotSupportedException("There are no peers.");
    }

    private static void Check(Rule rule, Layout layout, SlotFormat format = SlotFormat.Full)
    {
        float[] start = Numbers(layout.Length, 1);
        float[][] gradients = [.. Enumerable.Range(0, Steps).Select(step => Numbers(layout.Length, 2 + step))];
        var whole = Optimizer.Init(rule, TensorSet.OfValues<float>(layout, start)).WithSlotFormat(format);
        for (int step = 0; step < Steps; step++)
        {
            whole = Optimizer.Step(whole, TensorSet.OfValues<float>(layout, gradients[step]), loss: 1.0 / (1 + step)).Item1;
        }

        var partition = StatePartition.Of<float>(rule, layout, Parts);
        using var peers = new Peers(Parts);
        var states = new OptimizerState<float>[Parts];
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, Parts).Select(part => new Thread(() =>
        {
            try
            {
                states[part] = Stepped(partition, part, peers.Of(part), start, gradients, format);
            }
            catch (Exception e)
            {
                failure = e;
                peers.End();
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.True(failure is null, $"{rule}: {failure}");

        for (int part = 0; part < Parts; part++)
        {
            Assert.Equal(whole.StepCount, states[part].StepCount);
            Assert.Equal(whole.Scalars, states[part].Scalars);
            for (int tensor = 0; tensor < layout.Count; tensor++)
            {
                var (from, length) = partition.RangeOf(part, tensor);
                Same(whole.Parameters, states[part].Parameters, tensor, from, length, $"{rule}: {layout[tensor].Name}");
                foreach (var (name, slot) in whole.Slots.Where(_ => length > 0))
                {
                    bool cut = length < layout[tensor].Length;
                    Same(slot, states[part].Slots[name], tensor, cut ? from : 0, cut ? length : slot.Layout[tensor].Length, $"{rule}: {name} of {layout[tensor].Name}");
                }
            }
        }
    }

    private static OptimizerState<float> Stepped(StatePartition partition, int part, IStepPeers peers, float[] start, float[][] gradients, SlotFormat format)
    {
        var layout = partition.Layout;
        int from = part == 0 ? 0 : partition.Ends[part - 1], length = partition.Ends[part] - from;
        float[] values = start.AsSpan(from, length).ToArray(), gradient = new float[length];
        using var state = new InPlaceState<float>(partition, part, [.. Pieces(values)], [.. Pieces(gradient).Select(piece => (ReadOnlyMemory<float>)piece)], peers);
        state.SetSlotFormat(format);
        for (int step = 0; step < gradients.Length; step++)
        {
            gradients[step].AsSpan(from, length).CopyTo(gradient);
            state.Step(loss: 1.0 / (1 + step));
        }

        return state.Snapshot();

        IEnumerable<Memory<float>> Pieces(float[] own)
        {
            for (int tensor = 0, at = 0; tensor < layout.Count; tensor++)
            {
                int count = partition.RangeOf(part, tensor).Item2;
                yield return own.AsMemory(at, count);
                at += count;
            }
        }
    }

    private static void Same(TensorSet<float> whole, TensorSet<float> own, int tensor, int from, int length, string what) =>
        Assert.True(MemoryMarshal.AsBytes(whole[tensor].Span.Slice(from, length)).SequenceEqual(MemoryMarshal.AsBytes(own[tensor].Span)), what);

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    private sealed class Peers(int count) : IDisposable
    {
        private readonly double[][] shared = new double[count][];
        private readonly Barrier barrier = new(count);
        private readonly CancellationTokenSource ended = new();

        public IStepPeers Of(int part) => new Peer(this, part);

        public void End() => ended.Cancel();

        public void Dispose()
        {
            barrier.Dispose();
            ended.Dispose();
        }

        private sealed class Peer(Peers all, int part) : IStepPeers
        {
            public IReadOnlyList<double[]> Exchange(double[] own)
            {
                all.shared[part] = own;
                all.barrier.SignalAndWait(TimeSpan.FromSeconds(30), all.ended.Token);
                double[][] everyones = [.. all.shared];
                all.barrier.SignalAndWait(TimeSpan.FromSeconds(30), all.ended.Token);
                return everyones;
            }
        }
    }
}
