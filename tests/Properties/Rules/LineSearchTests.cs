using Optim.LineSearches;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 47 for every line search: where it ends, what it costs, and that it is a value.</summary>
public class LineSearchTests(ITestOutputHelper output)
{
    private static readonly double Rounding = Math.ScaleB(1, -35);

    private static readonly LineSearch[] Searches =
    [
        new StrongWolfe(), new StrongWolfe { Armijo = 0.01, Curvature = 0.1 }, new MoreThuente(), new MoreThuente { Armijo = 1e-4, Curvature = 0.1 }, new HagerZhang(), new Backtracking(), new Backtracking { Shrink = 0.1, Armijo = 0.3 },
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Searches.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Law_47_a_search_ends_where_its_conditions_hold_or_says_that_it_has_failed(int number)
    {
        var search = Searches[number];
        int held = 0, failed = 0;
        long evaluations = 0;
        Law.Check(output, Cases.Of(draw => (Function: SearchLine.AnyFunction(draw), Step: Math.Pow(10, (4 * draw.Fraction()) - 2))), c =>
        {
            var (f0, g0) = c.Function(0);
            if (g0 == 0)
            {
                return;
            }

            double way = -Math.Sign(g0);
            var line = new SearchLine<double>(c.Function, 0, way);
            var result = search.Search(line, line.Start(), c.Step, 1e-9);
            var (f1, g1) = c.Function(way * result.Point.Step);
            Assert.Equal(line.Places.Count, result.Evaluations);
            Assert.InRange(line.Places.Count, 1, MaxTrials(search) + 1);
            Assert.Distinct(line.Places);
            Assert.Equal(f1, result.Point.Loss);
            Assert.Equal(result.Holds, result.Point.Step > 0 && Holds(search, f0, -Math.Abs(g0), f1, way * g1, result.Point.Step));
            Assert.True(result.Holds || f1 <= f0, "a search that fails must not lose ground");
            held += result.Holds ? 1 : 0;
            failed += result.Holds ? 0 : 1;
            evaluations += result.Evaluations;
        }, 1000);
        output.WriteLine(FormattableString.Invariant($"{search}: {held} held, {failed} failed, {evaluations / (double)(held + failed):F2} evaluations a search"));
        Assert.True(held > 10 * failed, $"{held} searches held, {failed} failed");
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void No_more_trials_are_made_than_it_may_make_and_none_once_the_run_is_over(int number)
    {
        foreach (var (search, most) in new[] { (WithMaxTrials(Searches[number], 0), int.MaxValue), (WithMaxTrials(Searches[number], 2), int.MaxValue), (Searches[number], 1), (Searches[number], 3) })
        {
            // A narrow valley far out, and one close by.
            foreach (double valley in new[] { 1e6, 1e-6 })
            {
                var line = new SearchLine<double>(x => (Math.Pow((x / valley) - 1, 2), 2 * ((x / valley) - 1) / valley), 0, 1, most);
                var result = search.Search(line, line.Start(), 1, 0);
                Assert.InRange(line.Places.Count, 1, Math.Min(MaxTrials(search) + 1L, most));
                Assert.True(result.Point.Loss <= 1);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_search_stays_where_the_loss_is_a_number_and_within_the_room_there_is(int number)
    {
        // Minus the logarithm of 1 - x, less 3 x: NaN from 1 on, the minimum at 2/3.
        foreach (double first in new[] { 1e-3, 0.5, 1, 1.5, 100 })
        {
            var line = new SearchLine<double>(x => (-Math.Log(1 - x) - (3 * x), (1 / (1 - x)) - 3), 0, 1);
            var result = Searches[number].Search(line, line.Start(), first, 1e-9);
            Assert.True(result.Holds, FormattableString.Invariant($"from a first step of {first}"));
            Assert.InRange(result.Point.Step, 0, 1);

            // A slope without end, and a wall.
            line = new SearchLine<double>(x => (-x, -1), 0, 1);
            result = Searches[number].Search(line, line.Start(), first, 1e-9, longest: 0.25);
            Assert.True(result.Holds);
            Assert.All(line.Places, place => Assert.InRange(place, 0, 0.25));
            Assert.True(Searches[number] is Backtracking || result.Point.Step == 0.25);
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_search_evaluates_no_place_twice_where_steps_are_finer_than_places(int number)
    {
        // Around 1000 a float's neighbours are 6e-5 apart.
        static (double, double) Function(double x) => (Math.Abs(x - 1000.0001), Math.Sign(x - 1000.0001));
        foreach (double first in new[] { 1e-9, 1e-6, 1e-5, 1e-4, 1, 1e3 })
        {
            var line = new SearchLine<float>(Function, 1000, 1);
            var result = Searches[number].Search(line, line.Start(), first, 0);
            Assert.Equal(line.Places.Count, result.Evaluations);
            Assert.Distinct([1000f, .. line.Places]);
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_first_step_too_short_to_leave_its_place_is_lengthened_and_never_beyond_the_longest(int number)
    {
        // Around 1000 a float's neighbours are 6e-5 apart.
        foreach (double first in new[] { 1e-9, 1e-7, 2e-6, 1e-5 })
        {
            foreach (double longest in new[] { 1e-7, 2e-5, 5e-5, 1e-3, 0.3 })
            {
                var room = new SearchLine<float>(x => (1010 - x, -1), 1000, 1);
                var result = Searches[number].Search(room, room.Start(), first, 0, longest);
                Assert.All(room.Places, place => Assert.InRange(place, 1000, (float)(1000 + longest)));
                Assert.Equal(result.Holds, result.Point.Loss < 10);
                Assert.True(result.Holds || result.Point.Step == 0, "where nothing moves, nothing has moved");
                Assert.True(Searches[number] is Backtracking || result.Point.Position[0].Span[0] == (float)(1000 + longest), FormattableString.Invariant($"{first} up to {longest}: {result.Point.Position}"));
            }

            // A bowl of which the minimum is ten million first steps away.
            var bowl = new SearchLine<float>(x => ((x - 1010) * (x - 1010) / 2, x - 1010), 1000, 1);
            Assert.True(Searches[number] is Backtracking || Searches[number].Search(bowl, bowl.Start(), first, 0).Holds, FormattableString.Invariant($"{first}"));
            Assert.Distinct([1000f, .. bowl.Places]);
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Every_rule_that_searches_finds_the_minimum_with_it(int number)
    {
        var search = Searches[number];
        foreach (Rule rule in new Rule[] { new Lbfgs { LineSearch = search }, new LbfgsB { LineSearch = search }, new NonlinearConjugateGradient { LineSearch = search }, new NonlinearConjugateGradient { LineSearch = search, Form = ConjugateGradientForm.HagerZhang } })
        {
            if (search is Backtracking && rule is NonlinearConjugateGradient)
            {
                // Its theory asks for a condition on the slope.
                continue;
            }

            var seen = new HashSet<TensorSet<double>>();
            var end = Optimizer.Minimize(rule, TensorSet.OfArray([-1.2, 1]), p =>
            {
                Assert.True(seen.Add(p.Copy()), "a point is evaluated twice");
                return TestProblems.Rosenbrock(p);
            });
            output.WriteLine($"{rule}: {end}, {end.Evaluations} evaluations");
            Assert.Equal(seen.Count, end.Evaluations);
            Assert.True(end.Loss < 1e-12, $"{rule}: {end}");
        }
    }

    [Fact]
    public void A_search_is_written_by_its_name_and_read_back_with_its_numbers()
    {
        foreach (var search in Searches.Append(new FixedStep()).Append(new HagerZhang { Slack = 0, MaxTrials = 7 }))
        {
            var rule = new Lbfgs { LineSearch = search };
            Assert.Equal(rule, RuleJson.Read(RuleJson.Write(rule)));
        }

        Assert.Contains("\"LineSearch\":\"StrongWolfe\"", RuleJson.Write(new Lbfgs()), StringComparison.Ordinal);
        Assert.Equal(new Lbfgs { LineSearch = new FixedStep() }, RuleJson.Read("""{"rule":"lbfgs","LineSearch":"None"}"""));
        Assert.Equal(new OwlQn { LineSearch = new() { Shrink = 0.25 } }, RuleJson.Read(RuleJson.Write(new OwlQn { LineSearch = new() { Shrink = 0.25 } })));
        Refused.With<FormatException>("must be one of StrongWolfe, MoreThuente, HagerZhang, Backtracking, FixedStep, was 'Golden'", () => RuleJson.Read("""{"rule":"lbfgs","LineSearch":"Golden"}"""));
        Refused.With<FormatException>("Armijo must be in [0, 1), was 2", () => RuleJson.Read("""{"rule":"lbfgs","LineSearch":{"search":"StrongWolfe","Armijo":2}}"""));
        Refused.With<FormatException>("has no value 'Armjo' in the line search StrongWolfe", () => RuleJson.Read("""{"rule":"lbfgs","LineSearch":{"search":"StrongWolfe","Armjo":0.1}}"""));
        Refused.With<FormatException>("rule.LineSearch must be a Backtracking, was a StrongWolfe.", () => RuleJson.Read("""{"rule":"owlqn","LineSearch":"StrongWolfe"}"""));
    }

    [Fact]
    public void Numbers_that_do_not_go_together_are_refused_by_name()
    {
        Refused.With<ArgumentOutOfRangeException>("Curvature must be in [0, 1), was 1.", () => new StrongWolfe { Curvature = 1 });
        Refused.With<ArgumentOutOfRangeException>("MaxTrials must be a whole number of 0 or more, was -1.", () => new Backtracking { MaxTrials = -1 });
        Refused.With<ArgumentException>("Armijo must be less than Curvature, they were 0.5 and 0.25.", () => Optimizer.Init(new Lbfgs { LineSearch = new MoreThuente { Armijo = 0.5, Curvature = 0.25 } }, TensorSet.OfArray([1.0])));
        Refused.With<ArgumentException>("Shrink must be more than 0", () => Optimizer.Init(new GradientDescent { LineSearch = new Backtracking { Shrink = 0 } }, TensorSet.OfArray([1.0])));
        Refused.With<ArgumentException>("Armijo must be less than 0.5, Cut less than 1 and Expansion more than 1, they were 0.1, 1 and 5.", () => Optimizer.Init(new Lbfgs { LineSearch = new HagerZhang { Cut = 1 } }, TensorSet.OfArray([1.0])));
        Refused.With<ArgumentException>("LineSearch must search, was FixedStep", () => Optimizer.Init(new LbfgsB { LineSearch = new FixedStep() }, TensorSet.OfArray([1.0])));
        Refused.With<ArgumentNullException>("LineSearch", () => new Lbfgs { LineSearch = null! });
    }

    [Fact]
    public void A_first_step_is_neither_0_nor_infinite_however_large_or_small_the_gradient_is()
    {
        Assert.Equal([1, 1, 0.5, double.Epsilon], new[] { 0, 0.5, 2, double.PositiveInfinity }.Select(norm => LineSearch.FirstStep(norm)));
        Assert.Equal([double.MaxValue, double.MaxValue, 1000, double.Epsilon], new[] { 0, double.Epsilon, 1e-3, double.PositiveInfinity }.Select(norm => LineSearch.FirstStep(norm, double.PositiveInfinity)));
        Assert.Equal(8, LineSearch.FirstStep(1e-3, longest: 8));
    }

    private static int MaxTrials(LineSearch search) => (int)search.GetType().GetProperty("MaxTrials")!.GetValue(search)!;

    private static LineSearch WithMaxTrials(LineSearch search, int value) => (LineSearch)search.GetType().GetMethod("WithMaxTrials")!.Invoke(search, [value])!;

    /// <summary>The conditions of each search, written down once more.</summary>
    private static bool Holds(LineSearch search, double f0, double slope, double f1, double slopeThere, double step)
    {
        var (armijo, curvature, slack) = search switch
        {
            StrongWolfe s => (s.Armijo, s.Curvature, double.NaN),
            MoreThuente s => (s.Armijo, s.Curvature, double.NaN),
            HagerZhang s => (s.Armijo, s.Curvature, s.Slack),
            Backtracking s => (s.Armijo, double.PositiveInfinity, double.NaN),
            _ => throw new ArgumentOutOfRangeException(nameof(search)),
        };
        bool falls = f1 <= f0 + (armijo * step * slope) && f1 < f0, level = Math.Abs(f1 - f0) <= Rounding * Math.Abs(f0) && Math.Abs(slopeThere) < Math.Abs(slope);
        bool approximately = f1 <= f0 + (slack * Math.Abs(f0)) && slopeThere >= curvature * slope && slopeThere <= ((2 * armijo) - 1) * slope;
        return ((falls || level) && Math.Abs(slopeThere) <= -curvature * slope) || approximately;
    }
}
