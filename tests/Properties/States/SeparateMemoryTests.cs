using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Optim.CSharp;
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>Rules that see whole tensors, on an application's own arrays: the bits of the core, and nothing copied that is asked for tensor by tensor.</summary>
public class SeparateMemoryTests
{
    // Tensors of several leaves of a sum and several chunks of a sweep, none a multiple of either, and empty ones.
    private static readonly int[] Lengths = [70_001, 0, 5, 8_193, 40_010, 0, 33_000];

    private static readonly Rule[] Rules =
    [
        new ClipByGlobalNorm(1).Then(new AdamW { WeightDecay = 0.1 }.NoDecayOn("t3")),
        new ClipByGlobalNorm(1) { NormType = 3 }.Then(new Partition(new ParameterGroup(TensorSelector.Named("t0"), new Sgd()), new ParameterGroup(TensorSelector.All, new AdamW()))),
        new Lamb { MaxGradientNorm = 1 }, new Lars(), new AdaptiveGradientClipping().Then(new Adam()), new Dog(), new Dog { Layerwise = true }, new Prodigy(),
        new Scale(2).Then(new ClipByTensorNorm(1)).Then(new Sgd { Momentum = 0.9 }), new ApplyIfFinite(new AdaNorm()), new Adam().Then(new ClipByGlobalNorm(0.01)),
        new Freeze(new Lars(), TensorSelector.Named("t4")), new ClipByGlobalNorm(1) { ErrorIfNonFinite = true }.Then(new Lamb()), new Sam(new Lamb()),
    ];

    public static TheoryData<int> Each => [.. Enumerable.Range(0, Rules.Length)];

    [Theory]
    [MemberData(nameof(Each))]
    public void A_step_has_the_bits_of_the_core_for_any_number_of_threads(int rule)
    {
        Run<float>(Rules[rule]);
        Run<double>(Rules[rule]);

        static void Run<T>(Rule rule)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var random = new Random(1);
            var start = TensorSet.Generate(Layout.OfSequence(Lengths.Select((n, i) => new TensorShape($"t{(char)('0' + i)}", n))), _ => T.CreateTruncating(random.NextDouble() - 0.5));
            var model = Optimizer.Init(rule, start);
            using var facade = new InPlaceOptimizer<T>(rule, start.Select(tensor => new Parameter<T>(tensor.Shape, tensor.ToArray(), new T[tensor.Length])));
            for (int step = 0; step < 4; step++)
            {
                double[] slope = [.. Enumerable.Range(0, Lengths.Length).Select(_ => random.NextDouble() - 0.5)];
                facade.MaxThreads = 1 + (step % 3);
                facade.StepOn(() =>
                {
                    for (int i = 0; i < Lengths.Length; i++)
                    {
                        Gradient(facade.Parameters[i].Values.Span, facade.Parameters[i].Gradient.Span, slope[i]);
                    }

                    return 1;
                });
                model = Optimizer.StepOn(model, at => Tuple.Create(1.0, TensorSet.Create<T>(at.Layout, (gradient, layout) =>
                {
                    for (int i = 0; i < layout.Count; i++)
                    {
                        Gradient(at[i].Span, gradient.Slice(layout.OffsetOf(i), layout[i].Length), slope[i]);
                    }
                }))).Item1;
            }

            Same.Bits(model, facade.Snapshot());
        }

        static void Gradient<T>(ReadOnlySpan<T> values, Span<T> gradient, double slope)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            for (int i = 0; i < values.Length; i++)
            {
                gradient[i] = values[i] + (T.CreateTruncating(slope) * T.CreateTruncating((i % 7) - 3));
            }
        }
    }

    [Fact]
    public void Work_reads_one_tensor_where_its_owner_has_it_and_all_of_them_in_a_copy()
    {
        float[] a = [1, 2, 3], b = [4, 5], ga = [6, 7, 8], gb = [9, 10];
        var rule = new Looking();
        using var state = new InPlaceState<float>(rule, Layout.Of(new TensorShape("a", 3), new TensorShape("b", 2)), [a, b], [ga, gb]);
        rule.Look = context =>
        {
            Assert.True(Is(context.UpdateOf(0), ga));
            Assert.True(Is(context.UpdateOf(1), gb));
            Assert.True(Is(context.ParametersOf(1), b));
            Assert.Equal([1f, 2, 3], context.ParametersOf(0).ToArray());
            Assert.Equal([6f, 7, 8, 9, 10], context.Update.ToArray());
            Assert.Equal([1f, 2, 3, 4, 5], context.Parameters.ToArray());
            Assert.False(Is(context.UpdateOf(1), gb));
            Assert.Equal([9f, 10], context.UpdateOf(1).ToArray());
            Assert.Equal([4f, 5], context.ParametersOf(1).ToArray());
            context.ChangeUpdate()[4] = 1;
        };
        state.Step();
        Assert.Equal([-5f, -5, -5, -5, 4], [.. a, .. b]);
        Assert.Equal([6f, 7, 8, 9, 10], [.. ga, .. gb]);

        static bool Is(ReadOnlySpan<float> span, float[] array) => Unsafe.AreSame(ref MemoryMarshal.GetReference(span), ref array[0]);
    }

    [Fact]
    public void A_set_of_the_parameters_that_a_rule_keeps_beyond_its_step_is_refused()
    {
        var rule = new Looking();
        using var state = new InPlaceState<float>(rule, Layout.OfVector(2), [new float[] { 1, 2 }], [new float[2]]);
        state.Step();
        Assert.Equal([1f, 2], rule.Seen);
        Assert.Throws<InvalidOperationException>(() => ((TensorSet<float>)rule.Kept!).Span[0]);
    }

    private sealed record Looking : Rule
    {
        public Action<TensorStepContext<float>> Look { get; set; } = _ => { };

        public object? Kept { get; private set; }

        public float[] Seen { get; private set; } = [];

        public override void Prepare<T>(Plan<T> plan)
        {
            Kept = plan.Parameters;
            Seen = [.. plan.Parameters.Span.ToArray().Select(float.CreateTruncating)];
            plan.ApplyToTensors(0, context => Look((TensorStepContext<float>)(object)context));
        }
    }
}
