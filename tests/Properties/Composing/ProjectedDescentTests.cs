using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Composing;

/// <summary>
/// Which rules a projection may stand behind: those with which it keeps all points feasible and, on a convex quadratic over a box, leads to the constrained minimum. For those that are
/// refused, one of the two is seen not to hold.
/// </summary>
public class ProjectedDescentTests
{
    private const int Steps = 4000;

    public static TheoryData<string> Rules =>
        [.. RuleRegistry.All.Where(entry => entry.IsPreset || entry.Create() is Accumulate or ApplyIfFinite or DynamicLossScaling or RollbackOnDivergence or Partition or ExemptFromDecay or Freeze or ParameterEma or StochasticWeightAveraging).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Law_53b_a_projection_behind_a_rule_leads_to_the_constrained_minimum_or_is_refused(string name)
    {
        var rule = AtRate(RuleRegistry.Find(name)!);
        var projected = rule.Then(new ProjectOntoBox());
        bool accepted = AnyRule.IsValid(projected);
        double infeasible = 0, gap = 0;
        var gaps = new List<double>();
        foreach (var problem in new[] { Bounded.Of(new Draw(1, 100)), Bounded.Of(new Draw(2, 100)), Bounded.Of(new Draw(3, 100)), Bounded.Held() })
        {
            var (outside, above) = Run(accepted ? projected : new Unchecked(rule, new ProjectOntoBox()), problem);
            infeasible = Math.Max(infeasible, outside);
            gap = Math.Max(gap, Math.Abs(above));
            gaps.Add(above);
            infeasible = double.IsNaN(outside) ? double.NaN : infeasible;
        }

        bool right = infeasible == 0 && gap <= 1e-4;
        Assert.True(accepted == right, FormattableString.Invariant($"{name} is {(accepted ? "accepted" : "refused")}: {infeasible} outside, {string.Join(", ", gaps)} above the constrained minima"));
    }

    [Fact]
    public void In_a_ball_one_rate_for_all_elements_leads_to_the_constrained_minimum_and_rates_of_their_own_elsewhere()
    {
        var problem = Bounded.Of(new Draw(1, 100));
        double Reached(Rule rule) => Run(rule.Then(new ProjectOntoBall()), problem).Above;
        double best = Reached(new Sgd { LearningRate = 0.2 });
        Assert.Equal(best, Reached(new Sgd { LearningRate = 0.05, Momentum = 0.9 }), 1e-9);
        Assert.True(Reached(new Adam { LearningRate = Schedule.Cosine(0.02, Steps) }) > best + 1e-3);
    }

    /// <summary>How far out the points come, those to evaluate with included, and how far above the minimum the last one is.</summary>
    private static (double Outside, double Above) Run(Rule rule, Bounded problem)
    {
        var state = Optimizer.Init(rule, TensorSet.OfValues<double>(Bounded.Layout, new double[Bounded.Length]));
        double outside = 0;
        for (int t = 0; t < Steps; t++)
        {
            var (loss, gradient) = problem.At(state.Parameters);
            double scale = state.Scalars.GetValueOrDefault("loss_scale", 1);
            try
            {
                state = Optimizer.Step(
                    state, gradient.Scale(scale), loss, problem.Diagonal,
                    rule.DeclareInner().Any(inner => inner.Rule.DeclareComposition().EvaluatesObjective) || rule is Unchecked ? problem.At : null).Item1;
            }
            catch (ArithmeticException)
            {
                return (double.NaN, double.NaN);
            }

            foreach (var point in new[] { state.Parameters, state.EvaluationParameters })
            {
                double furthest = point.ToArray().Max(Math.Abs);
                outside = double.IsNaN(furthest) ? double.NaN : Math.Max(outside, furthest - 1);
            }
        }

        return (outside, problem.At(state.EvaluationParameters).Item1 - problem.Minimum);
    }

    /// <summary>The rule at its starting rate, which falls to 0: at a constant one many go on to and fro.</summary>
    private static Rule AtRate(RuleEntry entry)
    {
        var rate = Schedule.Cosine(entry.StartingRate ?? 0.02, Steps);
        return entry.Create() switch
        {
            ScheduleFreeSgd or ScheduleFreeAdamW => entry.Create(entry.StartingRate!.Value),
            Asgd => new Asgd { LearningRate = 0.3, Lambda = 0, AveragingStart = Steps / 2 },
            MadGrad => entry.Create(0.1),
            Sam => ((Sam)entry.Create(rate)).WithRho(Schedule.Cosine(0.05, Steps)),
            AdaGrad => entry.Create(0.3),
            AdEmaMix => entry.Create(Schedule.Cosine(0.005, Steps)),
            Lamb or Sophia => entry.Create(Schedule.Cosine(5 * entry.StartingRate!.Value, Steps)),
            var rule => entry.IsPreset ? entry.Create(rate) : rule.Adjust("LearningRate", rate),
        };
    }

    /// <summary><c>(x - c)^T A (x - c) / 2</c> within plus and minus 1, some of the minimum outside.</summary>
    private sealed record Bounded(double[,] A, double[] C)
    {
        public const int Length = 6;

        public static Layout Layout { get; } = Layout.Of(new TensorShape("w", 2, 3));

        public double Minimum { get; private init; }

        public TensorSet<double> Diagonal => TensorSet.OfValues<double>(Layout, [.. Enumerable.Range(0, Length).Select(i => A[i, i])]);

        public static Bounded Of(Draw draw)
        {
            double[,] b = new double[Length, Length], a = new double[Length, Length];
            foreach (var (i, j) in Pairs())
            {
                b[i, j] = draw.Fraction() - 0.5;
            }

            foreach (var (i, j) in Pairs())
            {
                a[i, j] = (i == j ? 0.3 : 0) + Enumerable.Range(0, Length).Sum(k => b[i, k] * b[j, k]);
            }

            return Solved(new Bounded(a, draw.Numbers(Length, () => (4 * draw.Fraction()) - 2)));
        }

        /// <summary>One of low curvature and far away, which its bound holds and which yet is most of the gradient: a step that is right for it without the bound is 1000 times too long for the others.</summary>
        public static Bounded Held()
        {
            double[,] a = new double[Length, Length];
            for (int i = 0; i < Length; i++)
            {
                a[i, i] = i == 0 ? 0.01 : 10;
            }

            return Solved(new Bounded(a, [300, 0.3, -0.2, 0.1, 0.5, -0.4]));
        }

        private static Bounded Solved(Bounded problem)
        {
            // By projected gradient descent in plain numbers.
            double[] x = new double[Length];
            for (int t = 0; t < 20_000; t++)
            {
                double[] g = problem.Gradient(x);
                x = [.. x.Zip(g, (x, g) => Math.Clamp(x - (0.09 * g), -1, 1))];
            }

            return problem with { Minimum = problem.Loss(x) };
        }

        public Tuple<double, TensorSet<double>> At(TensorSet<double> p) => Tuple.Create(Loss(p.ToArray()), TensorSet.OfValues<double>(Layout, Gradient(p.ToArray())));

        private double Loss(double[] x) => 0.5 * x.Zip(C, (x, c) => x - c).Zip(Gradient(x), (d, g) => d * g).Sum();

        private double[] Gradient(double[] x) => [.. Enumerable.Range(0, Length).Select(i => Enumerable.Range(0, Length).Sum(j => A[i, j] * (x[j] - C[j])))];

        private static IEnumerable<(int Row, int Column)> Pairs() => from i in Enumerable.Range(0, Length) from j in Enumerable.Range(0, Length) select (i, j);
    }
}
