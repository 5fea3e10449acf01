using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Law 20.</summary>
public class AccumulateTests(ITestOutputHelper output)
{
    [Fact]
    public void Law_20_k_distinct_gradients_are_one_step_on_their_mean() => Law.Check(output, AnyAccumulation(), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var rule = (Accumulate)s.Rule;
            var state = s.Begin<T>();
            var inner = Optimizer.Init(rule.Inner, s.StartOf<T>());
            var sum = Given.Zeros<T>(s.Layout);
            foreach (var gradient in s.GradientsOf<T>())
            {
                var next = state.Step(gradient).Item1;
                sum = rule.Steps == 1 ? gradient : sum + gradient;
                if (next.StepCount % rule.Steps == 0)
                {
                    inner = inner.Step(rule.Sum ? sum : TensorSet.OfValues<T>(s.Layout, Array.ConvertAll(sum.ToArray(), x => x / T.CreateTruncating(rule.Steps)))).Item1;
                    sum = Given.Zeros<T>(s.Layout);
                }
                else
                {
                    Same.Bits(state.Parameters, next.Parameters, "parameters between two steps");
                }

                Same.Bits(inner.Parameters, next.Parameters);
                Same.Bits(inner.EvaluationParameters, next.EvaluationParameters);
                Assert.Equal(inner.Slots.Values, next.Slots.Values.Skip(rule.Steps == 1 ? 0 : 1));
                Assert.Equal(inner.Scalars.Values, next.Scalars.Values.SkipLast(rule.Steps == 1 ? 0 : 2));
                Assert.Equal(next.StepCount / rule.Steps, inner.StepCount);
                Assert.Equal(
                    inner.Hyperparameters, next.Hyperparameters.Where(pair => pair.Key.StartsWith("inner.", StringComparison.Ordinal))
                        .ToDictionary(pair => pair.Key["inner.".Length..], pair => pair.Value));
                state = next;
            }
        }
    }, 100);

    [Fact]
    public void The_rule_inside_is_given_the_mean_loss_of_its_gradients()
    {
        var state = Optimizer.Init(new Accumulate(new SubtractLoss(), 3), TensorSet.OfArray([10.0]));
        foreach (double loss in new[] { 1.0, 2, 6, 0.5, 0.25, 0.75 })
        {
            state = Optimizer.Step(state, TensorSet.OfArray([1.0]), loss).Item1;
        }

        Assert.Equal([10 - 3 - 0.5], state.Parameters.ToArray());

        // Where some are missing, the mean of the others; where all are, none is made up.
        var gradient = TensorSet.OfArray([1.0]);
        var one = Optimizer.Step(Optimizer.Step(Optimizer.Step(state, gradient).Item1, gradient, 1).Item1, gradient, 4).Item1;
        Assert.Equal([10 - 3 - 0.5 - 2.5], one.Parameters.ToArray());
        var gathering = Optimizer.Step(Optimizer.Step(state, gradient).Item1, gradient).Item1;
        Refused.With<ArgumentException>("SubtractLoss needs the loss at each step", () => Optimizer.Step(gathering.Donate(), gradient));
        Assert.Equal(state.Parameters, gathering.Parameters);
    }

    [Fact]
    public void Sparse_indices_are_refused()
    {
        var state = Optimizer.Init(new Accumulate(new SparseAdam()), TensorSet.OfArray([1.0, 2]));
        var indices = new Dictionary<string, IReadOnlyList<int>> { ["0"] = [1] };
        Refused.With<ArgumentException>("sparseIndices must be absent under Accumulate", () => Optimizer.Step(state, state.Parameters, sparseIndices: indices));
    }

    private static FsCheck.Arbitrary<Scenario> AnyAccumulation() =>
        Scenario.OfTrees(2, (draw, inner) => new Accumulate(inner, draw.Integer(1, 5)) { Sum = draw.Coin() });

    private sealed record SubtractLoss : Rule
    {
        public override void Prepare<T>(Execution.Plan<T> plan)
        {
            T loss = T.CreateTruncating(plan.RequireLoss(nameof(SubtractLoss)));
            plan.ApplyWhole(0, whole => whole.ChangeUpdate().Fill(loss));
        }
    }
}
