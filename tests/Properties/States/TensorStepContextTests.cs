using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.States;

/// <summary>Rules that see whole tensors, set parameters and keep slots of their own shapes, as a user may write them.</summary>
public class TensorStepContextTests(ITestOutputHelper output)
{
    private static readonly Layout Shapes = Layout.Of(new TensorShape("a", 2, 3), new TensorShape("empty", 0), new TensorShape("b", 4), new TensorShape("c"));

    [Fact]
    public void Work_on_whole_tensors_has_the_same_bits_pure_donated_and_on_any_number_of_threads() =>
        Law.Check(output, Scenario.From(draw => Around(draw, new Everything()), draw => draw.Plain(), (1, 6)), s =>
        {
            Check<float>(s);
            Check<double>(s);

            static void Check<T>(Scenario s)
                where T : unmanaged, IFloatingPointIeee754<T>
            {
                var pure = s.Run<T>();
                Same.Bits(pure, Optimizer.Fold(s.Begin<T>(), s.GradientsOf<T>()));
                Same.Bits(pure, s.GradientsOf<T>().Aggregate(s.Begin<T>().WithMaxThreads(3), (state, g) => state.Step(g).Item1));
                var state = s.Begin<T>();
                foreach (var gradient in s.GradientsOf<T>())
                {
                    var expected = PlainExecutor.Step(state, gradient);
                    state = state.Step(gradient).Item1;
                    Same.Bits(expected, state);
                }
            }
        });

    [Fact]
    public void A_plain_step_refuses_what_a_step_refuses_and_says_who_sets_parameters()
    {
        var state = Optimizer.Init(new Sophia(), TensorSet.OfArray([1.0, 2]));
        Refused.With<ArgumentException>("The gradient must have the parameters' layout", () => PlainExecutor.Step(state, TensorSet.OfArray([1.0])));
        Refused.With<ArgumentException>("The hessianDiagonal must have the parameters' layout", () => PlainExecutor.Step(state, state.Parameters, hessianDiagonal: TensorSet.OfArray([1.0])));
        Same.Bits(Optimizer.Step(state, state.Parameters, hessianDiagonal: state.Parameters).Item1, PlainExecutor.Step(state, state.Parameters, hessianDiagonal: state.Parameters));
        Assert.False(PlainExecutor.SetsParameters(state));
        Assert.True(PlainExecutor.SetsParameters(Optimizer.Init(new ScheduleFreeSgd(), state.Parameters)));
        Assert.False(PlainExecutor.SetsParameters(Optimizer.Init(new Sgd { LearningRate = Schedule.ReduceOnPlateau(0.1) }, state.Parameters)));
    }

    [Theory]
    [InlineData(40_000)]
    [InlineData(700_000)]
    public void Large_sets_too(int length)
    {
        var layout = Layout.Of(new TensorShape("a", 7), new TensorShape("b", length), new TensorShape("c", 13, 11));
        TensorSet<float> Set(int seed)
        {
            var random = new Random(seed);
            return TensorSet.Generate(layout, _ => (float)random.NextDouble() - 0.5f);
        }

        var first = Optimizer.Init(new Chain(new ScaleByMomentum(), new Everything(), new Scale(0.5)), Set(0)).WithMaxThreads(1);
        TensorSet<float>[] gradients = [Set(1), Set(2), Set(3)];
        var pure = gradients.Aggregate(first, (state, g) => state.Step(g).Item1);
        Same.Bits(pure, Optimizer.Fold(first, gradients));
        Same.Bits(pure, Optimizer.Fold(first.WithMaxThreads(3), gradients).WithMaxThreads(1));
    }

    [Fact]
    public void Sums_norms_and_formulas_by_tensor_are_those_of_a_loop()
    {
        var start = TensorSet.Generate(Shapes, i => i + 1.0);
        var gradient = TensorSet.Generate(Shapes, i => 0.5 * (i - 3));
        var (state, parameters) = Optimizer.Init(new DividedByItsNorm(), start).Step(gradient);
        foreach (var tensor in Shapes.Where(shape => shape.Length > 0))
        {
            double norm = Math.Sqrt(gradient[tensor.Name].Span.ToArray().Sum(x => x * x));
            Same.Close(norm, state.Slots["norm"][tensor.Name].Span[0], 1e-15);
            Same.Close(
                [.. start[tensor.Name].Span.ToArray().Zip(gradient[tensor.Name].Span.ToArray(), (p, g) => p - (g / norm))],
                parameters[tensor.Name].Span.ToArray(), 1e-15, 11);
        }

        Assert.Equal(4, state.Slots["norm"].Length);
        Same.Close(start.Dot(gradient), state.Scalars["dot"], 1e-15);
    }

    [Fact]
    public void A_rule_around_a_rule_finds_its_own_scalars_twice_in_a_chain_too()
    {
        var rule = new Chain(new Counting(1), new Wrapping(new Counting(10)), new Counting(100));
        var state = Optimizer.Fold(Optimizer.Init(rule, TensorSet.OfArray([1.0])), Enumerable.Repeat(TensorSet.OfArray([0.0]), 3));
        Assert.Equal(["count", "count.2", "count.3", "count.4"], state.Scalars.Keys);
        Assert.Equal([3.0, 30, 3000, 300], state.Scalars.Values);
    }

    [Fact]
    public void What_a_formula_sets_is_the_parameter_to_the_last_bit()
    {
        var start = TensorSet.OfArray([1e30, 3.0, -0.1]);
        var target = TensorSet.OfArray([1e-30, 0.1, 7.0]);
        Assert.Equal(target, Optimizer.Init(new Setting(), start).Step(target).Item2);
        // A rule behind it receives the difference.
        var behind = Optimizer.Init(new Setting().Then(new Scale(0.5)), TensorSet.OfArray([4.0])).Step(TensorSet.OfArray([2.0])).Item2;
        Assert.Equal([3.0], behind.ToArray());
    }

    [Fact]
    public void Work_that_fails_after_changing_a_slot_leaves_a_donated_state_as_it_was()
    {
        var state = Optimizer.Init(new Failing(), TensorSet.OfArray([1.0, 2]));
        var before = state.Slots["kept"].Copy();
        Assert.Throws<ArithmeticException>(() => Optimizer.Step(state.Donate(), TensorSet.OfArray([5.0, 6])));
        Assert.Equal(before, state.Slots["kept"]);
        Assert.Equal([1.0, 2], state.Parameters.ToArray());
    }

    [Fact]
    public void Inputs_that_do_not_fit_are_refused_by_name()
    {
        var state = Optimizer.Init(new Sgd(), TensorSet.Generate(Shapes, i => (double)i));
        var gradient = state.Parameters;
        Dictionary<string, IReadOnlyList<int>> Indices(string name, params int[] indices) => new() { [name] = indices };
        Refused.With<ArgumentException>("sparseIndices must name tensors of the parameters, was 'd'", () => Optimizer.Step(state, gradient, sparseIndices: Indices("d", 0)));
        Refused.With<ArgumentException>("tensor 'b' must be distinct and in [0, 4), was 4", () => Optimizer.Step(state, gradient, sparseIndices: Indices("b", 0, 4)));
        Refused.With<ArgumentException>("must be distinct and in [0, 4), was 2", () => Optimizer.Step(state, gradient, sparseIndices: Indices("b", 2, 2)));
        Refused.With<ArgumentException>("must return the loss and its gradient", () => Optimizer.StepOn(state, _ => null!));
        Refused.With<ArgumentException>("gradient must have the parameters' layout", () => Optimizer.StepOn(state, _ => Tuple.Create(0.0, TensorSet.OfArray([1.0]))));
        Refused.With<ArgumentException>("Evaluating evaluates the objective itself", () => Optimizer.Init(new Evaluating(), gradient).Step(gradient));
        var (_, parameters) = Optimizer.StepOn(Optimizer.Init(new Evaluating(), TensorSet.OfArray([1.0])), p => Tuple.Create(0.0, p.Scale(0.25)));
        Assert.Equal([1 - (0.25 * 0.75)], parameters.ToArray());
    }

    [Fact]
    public void A_slot_that_is_not_the_works_own_is_refused()
    {
        var state = Optimizer.Init(new Sgd { Momentum = 0.5 }.Then(new Reaching()), TensorSet.OfArray([1.0]));
        Refused.With<ArgumentOutOfRangeException>("slot must be in [0, 0), was 0", () => state.Step(TensorSet.OfArray([1.0])));
    }

    private static Rule Around(Draw draw, Rule rule) => draw.Integer(0, 3) switch
    {
        0 => rule,
        1 => new ScaleByMomentum().Then(rule),
        2 => rule.Then(new ScaleByAdam()),
        _ => new Chain(new Scale(3), rule, rule, new ClipByGlobalNorm(1e-3)),
    };

    /// <summary>Every way of working in one rule; slots of two shapes, some changed, some not, one by a deferred formula.</summary>
    private sealed record Everything : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [
            new("mean"), new("first") { FromParameters = true }, new("rows") { Dimensions = shape => [shape.Dimensions.Count > 0 ? shape.Dimensions[0] : 1] },
            new("later", 0.5), new("idle", 2), new("absorbed"),
        ];

        public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("total")];

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(
            6,
            context =>
            {
                context.Sweep(new MomentumFormula<T>(0.5, 0, 1));
                context.SetScalar("total", context.Scalar("total") + context.Sum(default(Difference)) + context.GlobalNorm() + context.Norm(context.Slot(1), 1));
                foreach (ref var row in context.ChangeSlot(2))
                {
                    row += T.One;
                }

                for (int i = 0; i < context.Layout.Count; i++)
                {
                    int start = context.Layout.OffsetOf(i), length = context.Layout[i].Length;
                    double sum = context.Sum(default(Difference), start, length);
                    context.SweepRange(new MomentumFormula<T>(1 / (1 + Math.Abs(sum)), 0, 1), start, length, firstSlot: 0);
                }

                context.Absorb(new MomentumFormula<T>(0.75, 0, 1), plan.Parameters, firstSlot: 5);
                int half = context.Layout.Length / 2;
                context.ThenPerRange<MomentumFormula<T>>([new(0.5, 0, 1), new(0.125, 0, 1)], [half, context.Layout.Length], firstSlot: 3);
                context.ThenPerTensor(i => new ScaleFormula<T>(1.0 / (i + 1)));
            },
            mayThrow: false);

        /// <summary>With slot 0 as it is now and slot 1 as it was at first.</summary>
        private readonly struct Difference : ISummand
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            public L Term<L, S>(L update, L parameter, S slots)
                where L : struct, ILane<L, double>
                where S : struct, ISlots<L> => (update * slots.Read(0)) + (slots.Read(1) - parameter);
        }
    }

    private sealed record DividedByItsNorm : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("norm") { Dimensions = _ => [] }];

        public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("dot")];

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(1, context =>
        {
            var norms = context.ChangeSlot(0);
            for (int i = 0; i < norms.Length; i++)
            {
                norms[i] = T.CreateTruncating(context.Norm(context.Update.Slice(context.Layout.OffsetOf(i), context.Layout[i].Length)));
            }

            plan.SetScalar("dot", context.Sum(default(Product)));
            double[] values = [.. norms.ToArray().Select(double.CreateTruncating)];
            context.ThenPerTensor(i => new ScaleFormula<T>(1 / values[i]));
        });

        private readonly struct Product : ISummand
        {
            public L Term<L, S>(L update, L parameter, S slots)
                where L : struct, ILane<L, double>
                where S : struct, ISlots<L> => update * parameter;
        }
    }

    private sealed record Counting(double By) : Rule
    {
        public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("count")];

        public override void Prepare<T>(Plan<T> plan) => plan.SetScalar("count", plan.Scalar("count") + By);
    }

    private sealed record Wrapping(Rule Inner) : Rule
    {
        public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [.. Inner.DeclareScalars(), new("count")];

        public override void Prepare<T>(Plan<T> plan)
        {
            plan.Prepare(Inner);
            plan.SetScalar("count", plan.Scalar("count") + 1000);
        }
    }

    private sealed record Setting : Rule
    {
        public override void Prepare<T>(Plan<T> plan) => plan.SetParameters(default(PassThrough<T>));
    }

    private sealed record Failing : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("kept")];

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(1, context =>
        {
            context.ChangeSlot(0).Fill(T.One);
            throw new ArithmeticException();
        });
    }

    private sealed record Evaluating : Rule
    {
        public override void Prepare<T>(Plan<T> plan)
        {
            var objective = plan.RequireObjective(nameof(Evaluating));
            plan.ApplyToTensors(0, context => objective(plan.Parameters.Subtract(plan.Parameters.Scale(T.CreateTruncating(0.25)))).Item2.Span.CopyTo(context.ChangeUpdate()));
        }
    }

    private sealed record Reaching : Rule
    {
        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(0, context => context.ChangeSlot(0));
    }
}
