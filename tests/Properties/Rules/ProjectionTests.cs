using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 48: projections are feasible, idempotent and non-expansive; and they are the nearest point.</summary>
public class ProjectionTests(ITestOutputHelper output)
{
    public static TheoryData<string> Projections => ["project_onto_box", "project_onto_ball", "project_onto_simplex"];

    [Theory]
    [MemberData(nameof(Projections))]
    public void Law_48_the_new_parameters_are_feasible(string name) => Law.Check(output, After(name), s =>
    {
        // Behind a rule that moves, not only where the parameters lie still.
        Check<float>(s, 1e-6);
        Check<double>(s, 1e-14);

        static void Check<T>(Scenario s, double tolerance)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            foreach (var state in Optimizer.Scan(s.Begin<T>(), s.GradientsOf<T>()).Skip(1))
            {
                var projection = ((Chain)s.Rule).Rules[^1];
                foreach (double[] x in Sets(projection, state.Parameters))
                {
                    AssertFeasible<T>(projection, x, tolerance);
                }
            }
        }
    });

    [Theory]
    [MemberData(nameof(Projections))]
    public void Law_48_projecting_twice_is_projecting_once(string name) => Law.Check(output, Any(name, draw => draw.Wide()), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var once = Projected(s.Rule, s.StartOf<T>());
            Same.Bits(once, Projected(s.Rule, once));
        }
    });

    [Theory]
    [MemberData(nameof(Projections))]
    public void Law_48_two_points_are_no_further_apart_after_it(string name) => Law.Check(output, Any(name, draw => draw.OneIn(3) ? draw.Moderate() : draw.Fraction()), s =>
    {
        TensorSet<double> x = s.StartOf<double>(), y = s.Set<double>(s.Gradients[0]);
        double before = Distance(x, y), after = Distance(Projected(s.Rule, x), Projected(s.Rule, y));
        Assert.True(after <= before + (1e-13 * (1 + Layerwise.Norm(x.ToArray()) + Layerwise.Norm(y.ToArray()))), $"{before:R} became {after:R}");
    });

    [Theory]
    [MemberData(nameof(Projections))]
    public void It_is_the_nearest_point(string name) => Law.Check(output, Any(name, draw => draw.OneIn(3) ? draw.Moderate() : draw.Fraction()), s =>
    {
        // A point of a convex set is the nearest to x exactly where no other of the set lies in x's direction: (x - P x) (y - P x) <= 0.
        TensorSet<double> x = s.StartOf<double>(), near = Projected(s.Rule, x), other = Projected(s.Rule, s.Set<double>(s.Gradients[0]));
        double product = 0, size = 1;
        for (int i = 0; i < s.Start.Length; i++)
        {
            product += (x.Span[i] - near.Span[i]) * (other.Span[i] - near.Span[i]);
            size += (x.Span[i] * x.Span[i]) + (other.Span[i] * other.Span[i]);
        }

        Assert.True(product <= 1e-13 * size, $"{product:R}");
    });

    [Theory]
    [MemberData(nameof(Projections))]
    public void Within_the_set_nothing_changes(string name) => Law.Check(output, Any(name, draw => draw.Fraction()), s =>
    {
        var inside = Projected(s.Rule, s.StartOf<float>());
        var rule = new Scale(0).Then(s.Rule);
        Same.Bits(inside, Optimizer.Init(rule, inside).Step(s.Set<float>(s.Gradients[0])).Item2);
        if (s.Rule is ProjectOntoBall)
        {
            var half = inside.Scale(0.5f);
            Same.Bits(half, Projected(s.Rule, half));
        }
    });

    [Fact]
    public void The_simplex_is_that_of_Duchi_by_sorting() => Law.Check(
        output, Any("project_onto_simplex", draw => draw.Coin() ? draw.Wide() : draw.Fraction()), s =>
        {
            var rule = (ProjectOntoSimplex)s.Rule;
            double radius = rule.Radius.At(0);
            double[][] sets = [.. Sets(rule, s.StartOf<double>())], projected = [.. Sets(rule, Projected(rule, s.StartOf<double>()))];
            foreach (var (x, actual) in sets.Zip(projected).Where(pair => pair.First.Length > 0))
            {
                // In units of the radius, from the largest: what is far below does not count, and sums keep their digits.
                double largest = x.Max();
                double[] falling = [.. x.Select(e => e - largest).OrderDescending()];
                double sum = 0, theta = 0;
                for (int i = 0; i < falling.Length; i++)
                {
                    sum += falling[i];
                    if (falling[i] - ((sum - radius) / (i + 1)) > 0)
                    {
                        theta = (sum - radius) / (i + 1);
                    }
                }

                Same.Close([.. x.Select(e => Math.Max(e - largest - theta, 0))], actual, 1e-11, radius);
            }
        });

    [Fact]
    public void What_is_far_from_the_simplex_still_has_the_sum_exactly()
    {
        foreach (double[] x in new double[][] { [1e30, 1e30, 1e29], [-1e300, -1e300, -1e300], [1e-30, 2e-30, -5], [double.MaxValue, -double.MaxValue, 0], [double.NegativeInfinity, 0.3, 0.4] })
        {
            foreach (double radius in new[] { 1e-20, 1, 1e20 })
            {
                double[] projected = Projected(new ProjectOntoSimplex { Radius = radius }, TensorSet.OfArray(x)).ToArray();
                Assert.All(projected, e => Assert.True(e >= 0));
                Same.Close(radius, projected.Sum(), 1e-15);
            }
        }
    }

    [Fact]
    public void One_set_for_all_tensors_or_one_for_each()
    {
        var x = TensorSet.OfValues<double>(Layout.Of(new TensorShape("a", 2), new TensorShape("none", 0), new TensorShape("b")), [3, 4, 12]);
        Same.Close([3, 4, 12], Projected(new ProjectOntoBall { Radius = 13 }, x).ToArray(), 0);
        Same.Close([1.5, 2, 6], Projected(new ProjectOntoBall { Radius = 6.5 }, x).ToArray(), 1e-15);
        Same.Close([1.5, 2, 2.5], Projected(new ProjectOntoBall { Radius = 2.5, PerTensor = true }, x).ToArray(), 1e-15);
        Same.Close([0, 0, 1], Projected(new ProjectOntoSimplex(), x).ToArray(), 0);
        Same.Close([0, 1, 1], Projected(new ProjectOntoSimplex { PerTensor = true }, x).ToArray(), 0);
        Same.Close([2, 3, 5], Projected(new ProjectOntoSimplex { PerTensor = true, Radius = 5 }, x).ToArray(), 1e-15);
    }

    [Fact]
    public void A_ball_begins_at_its_radius()
    {
        foreach (double share in new[] { 0.5, 0.7, 0.999, 1 - 1e-11, 1 + 1e-11, 1.001, 1.9 })
        {
            double factor = Math.Min(share, 1);
            Same.Close([3 * factor, -4 * factor], Projected(new ProjectOntoBall { Radius = 5 * share }, TensorSet.OfArray([3.0, -4])).ToArray(), 1e-14);
        }
    }

    [Fact]
    public void A_bound_may_be_infinite_and_NaN_stays_NaN()
    {
        var x = TensorSet.OfArray([-3, 0.5f, float.PositiveInfinity, float.NegativeInfinity, float.NaN]);
        Assert.Equal([0, 0.5f, float.PositiveInfinity, 0, float.NaN], Projected(new ProjectOntoBox { Lower = 0, Upper = double.PositiveInfinity }, x).ToArray());
        Assert.Equal([-3, 0.5f, 0.75f, float.NegativeInfinity, float.NaN], Projected(new ProjectOntoBox { Lower = double.NegativeInfinity, Upper = 0.75 }, x).ToArray());
        Refused.With<ArgumentException>("Lower must not be above Upper, they were 2 and 1", () => Optimizer.Init(new ProjectOntoBox { Lower = 2 }, x));
    }

    [Fact]
    public void NaN_and_infinity_spread_over_their_ball_and_their_simplex_alone()
    {
        var layout = Layout.Of(new TensorShape("a", 2), new TensorShape("b", 2), new TensorShape("c", 2));
        var x = TensorSet.OfValues<double>(layout, [0.5, double.NaN, 0.25, double.PositiveInfinity, 0.5, 0.5]);
        Assert.Equal([double.NaN, double.NaN, 0, double.NaN, 0.5, 0.5], Projected(new ProjectOntoBall { PerTensor = true }, x).ToArray());
        Assert.Equal([double.NaN, double.NaN, double.NaN, double.NaN, 0.5, 0.5], Projected(new ProjectOntoSimplex { PerTensor = true }, x).ToArray());
    }

    [Fact]
    public void It_acts_on_what_the_rules_before_it_lead_to_those_that_place_parameters_included()
    {
        var start = TensorSet.OfArray([0.5, -0.5]);
        var lookahead = new Lookahead { Inner = new Sgd { LearningRate = 1 }, SyncPeriod = 1, SlowStepSize = 0.5 };
        var gradient = TensorSet.OfArray([-4.0, 1]);

        // Halfway to (4.5, -1.5) is (2.5, -1).
        Assert.Equal([1, -1], Optimizer.Init(new Chain(new Halfway(), new ProjectOntoBox()), start).Step(gradient).Item2.ToArray());
        Same.Close([2.5 / Math.Sqrt(7.25), -1 / Math.Sqrt(7.25)], Optimizer.Init(new Chain(new Halfway(), new ProjectOntoBall()), start).Step(gradient).Item2.ToArray(), 1e-15);
        Assert.Equal([1, 0], Optimizer.Init(new Chain(new Halfway(), new ProjectOntoSimplex()), start).Step(gradient).Item2.ToArray());

        // And leads the rules behind it by the way to the projection, (1, 0).
        Assert.Equal([0.75, -0.25], Optimizer.Init(new Chain(new ProjectOntoSimplex(), lookahead), start).Step(TensorSet.OfArray([0.0, 0])).Item2.ToArray());
    }

    [Fact]
    public void Descent_ends_at_the_nearest_point_to_the_minimum()
    {
        // Of |x - c|^2 / 2: the minimum over the set is c's projection.
        var c = TensorSet.OfArray([0.9, 0.8, -2]);
        foreach (var rule in new Rule[] { new ProjectOntoBox { Lower = -0.5, Upper = 0.85 }, new ProjectOntoBall(), new ProjectOntoSimplex() })
        {
            var state = Optimizer.Init(new Sgd { LearningRate = 0.3 }.Then(rule), TensorSet.OfArray([0.0, 0, 0]));
            for (int i = 0; i < 200; i++)
            {
                state = state.Step(state.Parameters - c).Item1;
            }

            Same.Close(Projected(rule, c).ToArray(), state.Parameters.ToArray(), 1e-13, 1);
        }
    }

    private static Rule Draw(Draw draw, string name)
    {
        double radius = Math.Pow(10, draw.Integer(-3, 3));
        return name switch
        {
            "project_onto_box" => new ProjectOntoBox { Lower = draw.Of(double.NegativeInfinity, -radius, 0, 0.1), Upper = draw.Of(double.PositiveInfinity, radius + 0.1, 0.1) },
            "project_onto_ball" => new ProjectOntoBall { Radius = draw.OneIn(5) ? 0 : radius, PerTensor = draw.Coin() },
            _ => new ProjectOntoSimplex { Radius = radius, PerTensor = draw.Coin() },
        };
    }

    private static FsCheck.Arbitrary<Scenario> Any(string name, Func<Draw, double> number) => Scenario.From(draw => Draw(draw, name), number, (1, 1));

    private static FsCheck.Arbitrary<Scenario> After(string name) => Scenario.From(
        draw => new Chain(draw.Of<Rule>(new Sgd { LearningRate = 0.1, Momentum = 0.9 }, new AdamW { LearningRate = 0.1 }, new Scale(draw.Fraction())), Draw(draw, name)),
        draw => draw.Wide(), (1, 6));

    /// <summary>Where the projection brings given parameters.</summary>
    private static TensorSet<T> Projected<T>(Rule rule, TensorSet<T> x)
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.Init(rule, x).Step(TensorSet.Filled(x.Layout, T.Zero)).Item2;

    /// <summary>Sets the parameters to where half the gradient leads.</summary>
    private sealed record Halfway : Rule
    {
        public override void Prepare<T>(Execution.Plan<T> plan) => plan.SetParameters(default(HalfwayFormula<T>));
    }

    private readonly struct HalfwayFormula<T> : Execution.IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static int SlotCount => 0;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, Optim.Lanes.ILane<L, T>
            where S : struct, Optim.Lanes.ISlots<L> => parameter - (update * L.Broadcast(T.CreateChecked(0.5)));
    }

    /// <summary>The elements that the projection takes together.</summary>
    private static IEnumerable<double[]> Sets<T>(Rule projection, TensorSet<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] all = Array.ConvertAll(x.ToArray(), double.CreateTruncating);
        bool perTensor = projection is ProjectOntoBall { PerTensor: true } or ProjectOntoSimplex { PerTensor: true };
        return perTensor ? x.Layout.Select((shape, i) => all[x.Layout.OffsetOf(i)..(x.Layout.OffsetOf(i) + shape.Length)]) : [all];
    }

    private static void AssertFeasible<T>(Rule projection, double[] x, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (projection)
        {
            case ProjectOntoBox box:
                double lower = double.CreateTruncating(T.CreateTruncating(box.Lower)), upper = double.CreateTruncating(T.CreateTruncating(box.Upper));
                Assert.All(x, e => Assert.InRange(e, lower, upper));
                break;
            case ProjectOntoBall ball:
                Assert.InRange(Layerwise.Norm(x), 0, ball.Radius.At(0) * (1 + tolerance));
                break;
            case ProjectOntoSimplex simplex when x.Length > 0:
                Assert.All(x, e => Assert.True(e >= 0));
                Same.Close(simplex.Radius.At(0), x.Sum(), 10 * tolerance);
                break;
        }
    }

    private static double Distance(TensorSet<double> x, TensorSet<double> y) => Layerwise.Norm((x - y).ToArray());
}
