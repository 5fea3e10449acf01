using System.Numerics;
using System.Runtime.InteropServices;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Checkpoints;

/// <summary>Law 7: a state that was saved and loaded is that state, and the run goes on from it as if it had never stopped.</summary>
public class CheckpointLawTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Law_07_a_run_saved_and_loaded_at_every_cut_is_the_run(string rule) => Law.Check(output, Scenario.Of(rule), Holds, 25);

    [Fact]
    public void Law_07_of_rules_within_rules() => Law.Check(output, Scenario.OfTrees(), Holds, 100);

    [Theory]
    [MemberData(nameof(RuleNames.WithObjective), MemberType = typeof(RuleNames))]
    public void Law_07_of_rules_that_evaluate_the_objective(string rule) =>
        Law.Check(output, Scenario.From(draw => AnyRule.Of(draw, RuleRegistry.Find(rule)!), draw => draw.Plain(), (1, 6)), s =>
        {
            ResumesOnAnObjective<float>(s);
            ResumesOnAnObjective<double>(s);
        }, 25);

    [Theory]
    [MemberData(nameof(RuleNames.Every), MemberType = typeof(RuleNames))]
    public void Law_07_whatever_bits_the_state_holds(string rule) => Law.Check(output, Scenario.Of(rule), s =>
    {
        KeepsBits<float>(s);
        KeepsBits<double>(s);
    }, 25);

    private static void Holds(Scenario s)
    {
        Resumes<float>(s);
        Resumes<double>(s);
    }

    private static void Resumes<T>(Scenario s)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Each step from what was saved before it: the run that is cut everywhere. One that is cut once is a part of it.
        var resumed = s.Begin<T>();
        var gradients = s.GradientsOf<T>().ToList();
        foreach (var (state, step) in Optimizer.Scan(resumed, gradients).Select((state, step) => (state, step)))
        {
            resumed = InMemory.Loaded<T>(InMemory.Saved(step == 0 ? resumed : resumed.Step(gradients[step - 1]).Item1));
            RequireSame(state, resumed);
        }
    }

    private static void ResumesOnAnObjective<T>(Scenario s)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var whole = s.Begin<T>();
        var resumed = whole;
        foreach (double[] centre in s.Gradients)
        {
            var target = s.Set<T>(centre);
            Tuple<double, TensorSet<T>> Objective(TensorSet<T> p) => Tuple.Create(0.5 * (p - target).Dot(p - target), p - target);
            whole = Optimizer.StepOn(whole, Objective).Item1;
            resumed = InMemory.Loaded<T>(InMemory.Saved(Optimizer.StepOn(resumed, Objective).Item1));
            RequireSame(whole, resumed);
        }
    }

    /// <summary>A checkpoint of a rule loads into groups of that rule, and back: the same state.</summary>
    [Theory]
    [MemberData(nameof(RuleNames.Presets), MemberType = typeof(RuleNames))]
    public void Law_59_a_checkpoint_does_not_depend_on_grouping(string name)
    {
        var rule = RuleRegistry.Find(name)!.Create();
        var start = TensorSet.OfTensors(Given.Vector("a", 1.0, -2, 0.5), Given.Vector("b", 3.0), Given.Vector("c", -1.0, 0.25), Given.Vector<double>("none"));
        var plain = Optimizer.Init(rule, start);
        for (int i = 0; i < 3; i++)
        {
            plain = Optimizer.StepOn(plain, p => Tuple.Create(0.5 * p.Dot(p), p)).Item1;
        }

        byte[] file = InMemory.Saved(plain, saveRule: false);
        foreach (var groups in (Rule[])[
            new Partition(new ParameterGroup(TensorSelector.Named("b"), rule), new ParameterGroup(TensorSelector.All, rule)),
            new Partition(new ParameterGroup(TensorSelector.Named("c", "a"), rule), new ParameterGroup(TensorSelector.Named("none"), rule), new ParameterGroup(TensorSelector.All, rule))])
        {
            var grouped = InMemory.Loaded<double>(file, groups);
            Assert.Equal(plain.Parameters, grouped.Parameters);
            Assert.Equal(plain, InMemory.Loaded<double>(InMemory.Saved(grouped), rule));
            Assert.Equal(grouped, InMemory.Loaded<double>(InMemory.Saved(grouped)));
        }

        Refused.With<CheckpointException>("the tensors must be exactly those expected", () => InMemory.Loaded<double>(file, new ScaleByMomentum().Then(rule)));
    }

    private static void KeepsBits<T>(Scenario s)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var random = new Random(s.Start.Length);
        var state = s.Begin<T>();
        var any = Optimizer.Restore(
            s.Rule, random.NextInt64(), Bits(state.Parameters.Layout), state.Slots.ToDictionary(slot => slot.Key, slot => Bits(slot.Value.Layout)),
            state.Scalars.Keys.Zip(s.Rule.AllScalars()).ToDictionary(scalar => scalar.First, scalar => scalar.Second.Largest is { } most ? random.NextInt64(Math.Min(most, 1000) + 1) : BitConverter.Int64BitsToDouble(random.Next(3) switch
            {
                0 => (long)(0x7FF8_0000_0000_0000UL | (uint)random.Next()),
                1 => long.MinValue,
                _ => random.NextInt64(),
            })));
        RequireSame(any, InMemory.Loaded<T>(InMemory.Saved(any)));

        TensorSet<T> Bits(Layout layout)
        {
            byte[] bytes = new byte[layout.Length * Marshal.SizeOf<T>()];
            random.NextBytes(bytes);

            // Every other element a NaN of any payload, signalling ones among them.
            for (int i = Marshal.SizeOf<T>() - 1; i < bytes.Length; i += 2 * Marshal.SizeOf<T>())
            {
                (bytes[i], bytes[i - 1]) = (0xFF, 0xFF);
            }

            return TensorSet.OfValues<T>(layout, MemoryMarshal.Cast<byte, T>(bytes));
        }
    }

    private static void RequireSame<T>(OptimizerState<T> expected, OptimizerState<T> actual)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Assert.Equal(expected, actual);
        Assert.Equal(expected.Rule.ToString(), actual.Rule.ToString());
        Assert.Equal(expected.Slots.Keys, actual.Slots.Keys);
        Assert.Equal(expected.Scalars.Values.Select(BitConverter.DoubleToInt64Bits), actual.Scalars.Values.Select(BitConverter.DoubleToInt64Bits));
    }
}
