using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.States;

/// <summary>A recorded run answers for every step as the run itself would have.</summary>
public class TrajectoryTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([2.0, -4]);

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void The_state_at_every_step_is_what_it_was(string rule) => Law.Check(output, Scenario.Of(rule), Holds, 15);

    [Fact]
    public void The_state_at_every_step_of_rules_within_rules_is_what_it_was() => Law.Check(output, Scenario.OfTrees(), Holds, 60);

    [Fact]
    public void A_run_may_go_on_from_any_step_and_the_first_way_stays()
    {
        var gradients = Enumerable.Range(1, 23).Select(t => TensorSet.Filled(Start.Layout, (double)t)).ToList();
        var run = Recorded(new Adam(), gradients, 5);
        foreach (int step in Enumerable.Range(0, 24))
        {
            var back = run.BackTo(step);
            Assert.Equal((0, step), (back.FirstStep, back.LastStep));
            Assert.Equal(run.At(step), back.Last);
            var other = gradients.Skip(step).Aggregate(back, (t, g) => t.Step(g.Scale(-1)));
            var same = gradients.Skip(step).Aggregate(back, (t, g) => t.Step(g));
            Assert.Equal(run.States(0), same.States(0));
            Assert.Equal(run.States(0).Take(step + 1), other.States(0).Take(step + 1));
            Assert.Equal(run.ToString(), same.ToString());
        }

        Assert.Equal("Trajectory from step 0 to 23, 5 snapshots, one every 5 steps", run.ToString());
    }

    [Fact]
    public void Donating_what_was_taken_out_or_put_in_harms_nothing()
    {
        var start = Optimizer.Init(new Adam(), Start);
        var other = Optimizer.Init(new Adam(), Start).Step(Start).Item1;
        var run = Trajectory.Begin(start, 2).Step(other.Parameters).Step(Start).Step(Start);
        var expected = run.States(0).Select(state => state.Parameters.Copy()).ToList();
        foreach (var state in new[] { other, start, run.At(0), run.At(1), run.At(2), run.Last }.Concat(run.States(0)))
        {
            state.Donate().Step(Start);
        }

        Assert.Equal(expected, run.States(0).Select(state => state.Parameters));
    }

    [Fact]
    public void Steps_on_an_objective_are_kept_themselves()
    {
        var random = new Random(1);
        Tuple<double, TensorSet<double>> Noisy(TensorSet<double> p) => Tuple.Create(p.Dot(p), p.Map(x => x + random.NextDouble()));
        var states = new List<OptimizerState<double>> { Optimizer.Init(new Sam { Inner = new Adam() }, Start) };
        var run = Trajectory.Begin(states[0], 10);
        for (int i = 0; i < 7; i++)
        {
            run = run.StepOn(Noisy);
            states.Add(run.Last);
        }

        Assert.Equal(states, run.States(0));
        Assert.All(Enumerable.Range(0, 8), i => Assert.Equal(states[i], run.At(i)));
    }

    [Fact]
    public void The_loss_and_the_Hessian_are_recorded_and_errors_name_the_steps_there_are()
    {
        var sophia = Optimizer.Init(new Sophia { LearningRate = Schedule.ReduceOnPlateau(0.1, patience: 0) }, Start);
        var run = Enumerable.Range(0, 6).Aggregate(Trajectory.Begin(sophia, 4), (t, i) => t.Step(Start, loss: i % 3, hessianDiagonal: Start));
        var whole = Enumerable.Range(0, 6).Aggregate(sophia, (s, i) => Optimizer.Step(s, Start, i % 3, Start).Item1);
        Assert.Equal(whole, run.Last);
        Assert.Equal(Enumerable.Range(0, 3).Aggregate(sophia, (s, i) => Optimizer.Step(s, Start, i % 3, Start).Item1), run.At(3));
        Refused.With<ArgumentOutOfRangeException>("step must be from 0 to 6, the steps of the run, was 7", () => run.At(7));
        Refused.With<ArgumentOutOfRangeException>("was -1", () => run.BackTo(-1));
        Refused.With<ArgumentOutOfRangeException>("last", () => run.States(3, 2));
        Refused.With<ArgumentOutOfRangeException>("snapshotEvery must be a whole number of 1 or more, was 0", () => Trajectory.Begin(sophia, 0));
        Refused.With<ArgumentException>("needs the loss", () => run.Step(Start));
    }

    private static void Holds(Scenario s)
    {
        Holds<float>(s);
        Holds<double>(s);
    }

    private static void Holds<T>(Scenario s)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        OptimizerState<T>[] whole = [.. Optimizer.Scan(s.Begin<T>(), s.GradientsOf<T>())];
        foreach (int every in new[] { 1, 3, 1000 })
        {
            var run = s.GradientsOf<T>().Aggregate(Trajectory.Begin(s.Begin<T>(), every), (t, g) => t.Step(g));
            Assert.Equal(whole, run.States(0));
            for (int i = 0; i < whole.Length; i++)
            {
                Assert.Equal(whole[i], run.At(i));
                Assert.Equal(whole[(i / 2)..(i + 1)], run.States(i / 2, i));
            }
        }
    }

    private static Trajectory<double> Recorded(Rule rule, IEnumerable<TensorSet<double>> gradients, int every) =>
        gradients.Aggregate(Trajectory.Begin(Optimizer.Init(rule, Start), every), (t, g) => t.Step(g));
}
