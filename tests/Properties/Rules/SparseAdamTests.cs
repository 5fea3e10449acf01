using System.Numerics;
using Optim.Execution;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

public class SparseAdamTests(ITestOutputHelper output)
{
    [Fact]
    public void SparseAdam_follows_its_textbook_where_every_element_is_present() => Textbook.Agrees(output, Any, rule => new TextbookSparseAdam((SparseAdam)rule));

    [Fact]
    public void Elements_without_a_gradient_keep_everything_and_the_others_step_as_alone() => Law.Check(output, Steps(), c =>
    {
        Check<float>(c);
        Check<double>(c);

        static void Check<T>(Sparse c)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            OptimizerState<T> sparse = c.Scenario.Begin<T>(), donated = c.Scenario.Begin<T>();
            for (int t = 0; t < c.Present.Length; t++)
            {
                bool[] present = c.Present[t];
                var full = c.Scenario.Set<T>(c.Scenario.Gradients[t]);
                // What stands where there is no gradient must not matter.
                T[] holes = [.. full.ToArray().Select((g, i) => present[i] ? g : T.NaN)];
                var gradient = TensorSet.OfValues<T>(full.Layout, holes);
                var indices = Indices(full.Layout, present);
                var dense = sparse.Step(full).Item1;
                var next = Optimizer.Step(sparse, gradient, sparseIndices: indices).Item1;
                donated = Optimizer.Step(donated.Donate(), gradient, sparseIndices: indices).Item1;
                Same.Bits<T>(Choose(present, dense.Parameters, sparse.Parameters), next.Parameters.Span, "parameters");
                foreach (string slot in next.Slots.Keys)
                {
                    Same.Bits<T>(Choose(present, dense.Slots[slot], sparse.Slots[slot]), next.Slots[slot].Span, slot);
                }

                Same.Bits(next, donated);
                sparse = next;
            }
        }
    });

    [Fact]
    public void Behind_another_rule_and_before_one_it_is_as_sparse() => Law.Check(output, Steps(), c =>
    {
        // A norm that clips nothing makes the update whole before and after.
        Rule norm = new ClipByGlobalNorm(1e300), twice = new Scale(2), half = new Scale(0.5);
        var expected = Optimizer.Init(twice.Then(c.Scenario.Rule).Then(half), c.Scenario.StartOf<double>());
        var actual = Optimizer.Init(norm.Then(twice).Then(c.Scenario.Rule).Then(norm).Then(half), c.Scenario.StartOf<double>());
        for (int t = 0; t < c.Present.Length; t++)
        {
            var gradient = c.Scenario.Set<double>(c.Scenario.Gradients[t]);
            var indices = Indices(gradient.Layout, c.Present[t]);
            expected = Optimizer.Step(expected, gradient, sparseIndices: indices).Item1;
            actual = Optimizer.Step(actual, gradient, sparseIndices: indices).Item1;
        }

        Same.Bits(expected, actual);
    }, 50);

    [Fact]
    public void A_donated_step_works_in_place_and_leaves_elements_without_a_gradient_alone()
    {
        // Large enough for slots of their own: the successor's memory is the state's.
        const int length = 100_000;
        var layout = Layout.Of(new TensorShape("table", length));
        TensorSet<double> start = TensorSet.Filled(layout, 1.0), gradient = TensorSet.Filled(layout, 2.0);
        var indices = new Dictionary<string, IReadOnlyList<int>> { ["table"] = [7, 99_999] };
        var state = Optimizer.Init(new SparseAdam(), start).Step(gradient).Item1;
        double[] before = state.Slots["exp_avg"].ToArray();
        long bytes = 0;
        for (int i = 0; i < 3; i++)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            state = Optimizer.Step(state.Donate(), gradient, sparseIndices: indices).Item1;
            bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        }

        double[] after = state.Slots["exp_avg"].ToArray();
        Assert.Equal([7, 99_999], Enumerable.Range(0, length).Where(i => before[i] != after[i]));
        Assert.InRange(bytes, 0, length);
    }

    [Fact]
    public void The_step_counts_for_elements_that_were_absent()
    {
        var state = Optimizer.Init(new SparseAdam { LearningRate = 1, Epsilon = 0 }, TensorSet.OfArray([0.0, 0]));
        Dictionary<string, IReadOnlyList<int>> none = [], second = new() { [state.Parameters.Layout[0].Name] = [1] };
        state = Optimizer.Step(state, TensorSet.OfArray([3.0, 3]), sparseIndices: none).Item1;
        Assert.Equal([0.0, 0], state.Parameters.ToArray());
        state = Optimizer.Step(state, TensorSet.OfArray([3.0, 3]), sparseIndices: second).Item1;
        Same.Close(-Math.Sqrt(1 - (0.999 * 0.999)) / (1 - 0.81) * 0.1 / Math.Sqrt(0.001), state.Parameters.Span[1], 1e-12);
        Assert.Equal(0, state.Parameters.Span[0]);
    }

    [Fact]
    public void Epsilon_is_added_to_the_uncorrected_root()
    {
        var state = Optimizer.Init(new SparseAdam { LearningRate = 1, Beta1 = 0, Beta2 = 0.75, Epsilon = 1 }, TensorSet.OfArray([0.0]));
        Same.Close(-0.5 * 4 / (2 + 1), state.Step(TensorSet.OfArray([4.0])).Item2.Span[0], 1e-15);
    }

    [Fact]
    public void Positions_out_of_order_are_refused()
    {
        foreach (int[] positions in new int[][] { [1, 0], [1, 1], [-1], [3] })
        {
            Refused.With<ArgumentException>("ascending", () => Optimizer.Init(new At(positions), TensorSet.OfArray([1.0, 2, 3])).Step(TensorSet.OfArray([1.0, 2, 3])));
        }
    }

    private static SparseAdam Any(Draw draw) => new()
    {
        LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0.1, 0.99)),
        Beta2 = draw.Of<Schedule>(0.999, Textbook.Any(draw, 0.5, 0.9999)), Epsilon = draw.Of(1e-8, 1e-3), Maximize = draw.Coin(),
    };

    private static FsCheck.Arbitrary<Sparse> Steps() => Cases.Of(draw =>
    {
        int length = draw.Length();
        var scenario = new Scenario(
            Any(draw), draw.Split(length), draw.Numbers(length, draw.Wide),
            [.. Enumerable.Range(0, draw.Integer(1, 8)).Select(_ => draw.Numbers(length, draw.Moderate))]);
        return new Sparse(scenario, [.. scenario.Gradients.Select(_ =>
        {
            int rarity = draw.Of(1, 2, 10);
            return Enumerable.Range(0, length).Select(_ => draw.OneIn(rarity)).ToArray();
        })]);
    });

    /// <summary>In falling order, and without the tensors that have none: neither must matter.</summary>
    private static Dictionary<string, IReadOnlyList<int>> Indices(Layout layout, bool[] present)
    {
        var indices = new Dictionary<string, IReadOnlyList<int>>();
        for (int tensor = 0; tensor < layout.Count; tensor++)
        {
            bool[] own = present[layout.OffsetOf(tensor)..(layout.OffsetOf(tensor) + layout[tensor].Length)];
            if (own.Contains(true))
            {
                indices[layout[tensor].Name] = [.. Enumerable.Range(0, own.Length).Reverse().Where(i => own[i])];
            }
        }

        return indices;
    }

    private static T[] Choose<T>(bool[] present, TensorSet<T> there, TensorSet<T> elsewhere)
        where T : unmanaged, IFloatingPointIeee754<T> => [.. present.Select((p, i) => p ? there.Span[i] : elsewhere.Span[i])];

    private sealed record Sparse(Scenario Scenario, bool[][] Present);

    private sealed record At(IReadOnlyList<int> Places) : Rule
    {
        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(0, context => context.SweepAt(new ScaleFormula<T>(1), Places));
    }
}
