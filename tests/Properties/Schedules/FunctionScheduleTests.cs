using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Schedules;

/// <summary>Schedules of the user's own: functions under a name.</summary>
public class FunctionScheduleTests(ITestOutputHelper output)
{
    private static readonly Schedule Root = Schedule.OfFunction("root", step => 1 / Math.Sqrt(1 + step));

    /// <summary>ReduceOnPlateau with a patience of 0 and a threshold of 0, written by hand.</summary>
    private static readonly Schedule Plateau = Schedule.OfLosses(
        "plateau", [new("best", double.PositiveInfinity), new("scale", 1)],
        h => h.Loss < h["best"] ? h.Keep("best", h.Loss) : h.Keep("scale", h["scale"] * 0.5), h => 0.25 * h["scale"]);

    [Fact]
    public void A_handwritten_plateau_is_the_librarys() => Law.Check(output, Cases.Of(draw => draw.Numbers(draw.Integer(1, 20), () => draw.Integer(0, 5))), losses =>
    {
        var start = TensorSet.OfArray([1.0]);
        var shipped = Optimizer.Init(new Sgd { LearningRate = Schedule.ReduceOnPlateau(0.25, factor: 0.5, patience: 0, threshold: 0) }, start);
        var own = Optimizer.Init(new Sgd { LearningRate = Plateau.AfterWarmup(0) }, start);
        foreach (double loss in losses)
        {
            (shipped, own) = (Optimizer.Step(shipped, start, loss).Item1, Optimizer.Step(own, start, loss).Item1);
            Assert.Equal(shipped.Parameters, own.Parameters);
        }
    }, 50);

    [Fact]
    public void Two_are_equal_by_name_and_written_and_read_by_name()
    {
        Assert.Equal(Root, Schedule.OfFunction("root", _ => 0));
        Assert.NotEqual(Root, Schedule.OfFunction("other", step => 1 / Math.Sqrt(1 + step)));
        Assert.NotEqual(Schedule.OfFunction("plateau", _ => 0), Plateau);
        var rule = new Lookahead(new Sgd { LearningRate = (0.5 * Root.Clamp(0, 1)).Then(Plateau, 10), Momentum = 0.9 });
        string json = RuleJson.Write(rule);
        Assert.Contains("""{"schedule":"Function","Name":"root"}""", json, StringComparison.Ordinal);
        Assert.Equal(rule, RuleJson.Read(json, ownSchedules: [Plateau, Root]));
        Assert.Equal(rule, RuleJson.Read(json, ownRules: [rule]));
        Refused.With<FormatException>("is the function 'plateau', which the file does not hold: give it, ownSchedules:", () => RuleJson.Read(json, ownSchedules: [Root]));
    }

    [Fact]
    public void Mistakes_are_sentences()
    {
        Refused.With<ArgumentException>("name", () => Schedule.OfFunction("", _ => 0));
        Refused.With<ArgumentException>("kept must be at least one scalar, each with a name of its own, was [a, a].", () => Schedule.OfLosses("x", [new("a"), new("a")], h => h, _ => 0));
        Refused.With<InvalidOperationException>("Between two steps there is no loss: the value of OfFunction(x) must follow from what it keeps.",
            () => Schedule.OfLosses("x", [new("a")], h => h, h => h.Loss).At(0));
        Refused.With<KeyNotFoundException>("OfFunction(x) keeps no 'b'; it keeps a.", () => Schedule.OfLosses("x", [new("a")], h => h, h => h["b"]).At(0));
        Refused.With<ArgumentOutOfRangeException>("LearningRate must be 0 or more, and finite, was -1 at step 0 of OfFunction(low)",
            () => Optimizer.Init(new Sgd { LearningRate = Schedule.OfFunction("low", _ => -1) }, TensorSet.OfArray([1.0])).Step(TensorSet.OfArray([1.0])));
        Refused.With<ArgumentOutOfRangeException>("factor must be finite", () => Root / 0);
    }

    [Fact]
    public void Arithmetic_is_that_of_the_values() => Law.Check(output, Cases.Of(draw => (A: AnySchedule.Of(draw, draw.Plain), B: AnySchedule.Of(draw, draw.Plain), X: draw.Plain(), Step: (long)draw.Integer(0, 40))), c =>
    {
        double a = c.A.At(c.Step), b = c.B.At(c.Step);
        Assert.Equal(
            [a * c.X, c.X * a, a + c.X, c.X + a, a - b, a - c.X, c.X - a, -a],
            new[] { c.A * c.X, c.X * c.A, c.A + c.X, c.X + c.A, c.A - c.B, c.A - c.X, c.X - c.A, -c.A }.Select(s => s.At(c.Step)));
    }, 100);
}
