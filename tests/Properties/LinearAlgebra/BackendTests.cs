using System.Numerics;
using Optim.Conformance;
using Optim.Execution;
using Optim.Lanes;
using Optim.Properties.Checking;
using Xunit.Abstractions;
using Xunit;

namespace Optim.Properties.LinearAlgebra;

/// <summary>The same rules with Intel MKL's arithmetic: near those of the vector instructions, and near every recording.</summary>
public class BackendTests(ITestOutputHelper output)
{
    /// <summary>Across a block's end, of one element and of none; a matrix, square because SOAP may choose any basis where a Gram matrix has no full rank.</summary>
    private static readonly Layout Several = Layout.Of(new("a", 2500), new("b", 1), new("none", 0), new("matrix", 24, 24));

    [MklFact]
    public void Every_recording_is_met_with_matrices_by_MKL() => Recordings(Backend.MklMatrices);

    [MklFact]
    public void Every_recording_is_met_with_all_arithmetic_by_MKL() => Recordings(Backend.Mkl);

    [MklFact]
    public void Every_rule_steps_as_with_vector_instructions_beyond_a_block_and_in_place()
    {
        List<string> broken = [];

        // Of a tensor of one element OrthoGrad enlarges what is all rounding; its page says so.
        foreach (var entry in RuleNames.OfGradient.Where(entry => entry.Create() is not OrthoGrad))
        {
            foreach (var backend in new[] { Backend.MklMatrices, Backend.Mkl })
            {
                try
                {
                    Agrees<double>(entry, backend, 1e-9);
                    Agrees<float>(entry, backend, 3e-2);
                }
                catch (LawBrokenException e)
                {
                    broken.Add(e.Message);
                }
            }
        }

        Assert.Empty(broken);
    }

    [Fact]
    [Trait("Category", "Mkl")]
    public void A_state_keeps_its_backend_or_says_why_it_cannot_have_it()
    {
        var state = Optimizer.Init(new Adam(), TensorSet.OfArray([1.0, 2]));
        Assert.Equal(Backend.Simd, state.Backend);
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => state.WithBackend((Backend)7));
        Assert.Contains("Simd, MklMatrices, Mkl, was 7", refusal.Message, StringComparison.Ordinal);
        if (!Acceleration.Mkl.IsAvailable)
        {
            var missing = Assert.Throws<InvalidOperationException>(() => state.WithBackend(Backend.Mkl));
            Assert.Contains(Acceleration.Mkl.Reason!, missing.Message, StringComparison.Ordinal);
            return;
        }

        var with = state.WithBackend(Backend.Mkl);
        var gradient = TensorSet.OfArray([0.5, -0.5]);
        Assert.All(
            [with, with.Step(gradient).Item1, with.WithMaxThreads(1), with.Adjust("LearningRate", 0.1), with.Step(gradient).Item1.Donate()],
            s => Assert.Equal(Backend.Mkl, s.Backend));
        Assert.Equal(Backend.Simd, with.WithBackend(Backend.Simd).Backend);
    }

    [MklFact]
    public void Steps_from_several_threads_at_once_do_not_meddle()
    {
        var gradient = TensorSet.Generate(Layout.OfVector(70_000), i => Math.Sin(i));
        var state = Optimizer.Init(new AdamW(), gradient).WithBackend(Backend.Mkl).WithMaxThreads(1);
        var expected = Optimizer.Fold(state, Enumerable.Repeat(gradient, 5));
        var several = Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8).Select(_ => Optimizer.Fold(state, Enumerable.Repeat(gradient, 5))).ToList();
        Assert.All(several, s => Same.Bits(expected, s));
        Same.Bits(expected, Optimizer.Fold(state.WithMaxThreads(3), Enumerable.Repeat(gradient, 5)));
    }

    [MklFact]
    public void What_a_formula_has_read_stays_as_it_was_until_the_block_is_done()
    {
        // Three slots that change places, in place: 0 takes the update, 1 what 0 was, 2 what 1 was; the new update is what 2 was.
        var start = TensorSet.Generate(Layout.OfVector(5000), i => (double)i);
        TensorSet<double>[] gradients = [.. Enumerable.Range(1, 5).Select(step => TensorSet.Generate(start.Layout, i => i + (0.1 * step)))];
        var rule = new DelayLine().Then(new Scale(0.5)).Then(new DelayLine());
        Same.Bits(
            Optimizer.Fold(Optimizer.Init(rule, start), gradients),
            Optimizer.Fold(Optimizer.Init(rule, start).WithBackend(Backend.Mkl), gradients));
    }

    [Fact]
    public void The_command_line_refuses_a_backend_that_is_none()
    {
        var (exit, _, error) = Run("replay", Golden.PathOf("opt_sgd.json"), "--backend", "mlk");
        Assert.Equal(1, exit);
        Assert.Contains("--backend must be one of simd, mkl-matrices, mkl, was mlk.", error, StringComparison.Ordinal);
    }

    [MklFact]
    public void The_command_line_replays_with_MKL()
    {
        var (exit, said, _) = Run("replay", Golden.PathOf("opt_muon.json"), "--backend", "mkl");
        Assert.Equal(0, exit);
        Assert.Contains(" 0 failed, 0 skipped", said, StringComparison.Ordinal);
    }

    /// <summary>Each gradient comes out three steps later.</summary>
    private sealed record DelayLine : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("first"), new("second"), new("third")];

        public override void Prepare<T>(Plan<T> plan) => plan.Apply(default(DelayFormula<T>));
    }

    private readonly struct DelayFormula<T> : IFormula<T>
        where T : unmanaged
    {
        public static int SlotCount => 3;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            L first = slots.Read(0), second = slots.Read(1), third = slots.Read(2);
            slots.Write(0, update);
            slots.Write(1, first);
            slots.Write(2, second);
            return third;
        }
    }

    private static (int Exit, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter said = new(), error = new();
        return (Optim.Cli.Program.Run(arguments, said, error), said.ToString(), error.ToString());
    }

    private void Recordings(Backend backend)
    {
        var results = Golden.Files.SelectMany(file => Replayer.ReplayFile(Golden.PathOf(file), backend)).ToList();
        foreach (var worst in results.Where(r => r.Comparison?.Worst is not null).OrderByDescending(r => r.Comparison!.Worst!.Ratio).Take(5))
        {
            output.WriteLine(FormattableString.Invariant($"{worst.Family} {worst.Case}: {worst.Comparison!.Worst!.Ratio:R} of {worst.Comparison.Tolerance:R}"));
        }

        Assert.True(results.Count > 500);
        Assert.All(results, result => Assert.Equal(Outcome.Passed, result.Outcome));
    }

    private static void Agrees<T>(RuleEntry entry, Backend backend, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var draw = new Draw(entry.Name.Length, 100);
        var start = Numbers();
        TensorSet<T>[] gradients = [.. Enumerable.Range(0, 4).Select(_ => Numbers())];
        var first = Optimizer.Init(entry.Create(), start);
        var expected = Steps(first, donated: false);
        double scale = start.ToArray().Max(x => Math.Abs(double.CreateTruncating(x)));
        foreach (bool donated in new[] { false, true })
        {
            var actual = Steps(first.WithBackend(backend), donated);
            Same.Close(Wide(expected.Parameters), Wide(actual.Parameters), tolerance, scale, $"{entry.Name} in {typeof(T).Name} by {backend}");
        }

        OptimizerState<T> Steps(OptimizerState<T> state, bool donated)
        {
            foreach (var gradient in gradients)
            {
                var from = donated && state.StepCount > 0 ? state.Donate() : state;
                state = Optimizer.Step(from, gradient, loss: 1.5, hessianDiagonal: gradient.Map(x => x * x)).Item1;
            }

            return state;
        }

        TensorSet<T> Numbers() => TensorSet.Generate(Several, _ => T.CreateTruncating(draw.Plain()));

        static double[] Wide(TensorSet<T> set) => Array.ConvertAll(set.ToArray(), double.CreateTruncating);
    }
}
