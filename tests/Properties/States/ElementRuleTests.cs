using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.States;

/// <summary>Rules written as functions of one element: every operation, programs of any shape, and what is refused.</summary>
public class ElementRuleTests(ITestOutputHelper output)
{
    private static readonly SlotDeclaration[] Two = [new("a"), new("b", 2)];

    [Fact]
    public void Any_terms_are_carried_out_as_they_are_written() =>
        Law.Check(output, Cases.Of(draw => new Case(draw.Integer(0, 1 << 30), draw.Numbers(20, draw.Coin() ? draw.Plain : draw.Wide))), c =>
        {
            var (update, a, b) = c.Expressions();
            var rule = new ElementRule(
                "any", Two, step => step.Update(Build(update, step)).Keep("b", Build(b, step)).Keep("a", Build(a, step)));
            var parameters = TensorSet.OfArray(c.Numbers[..10]);
            var gradient = TensorSet.OfArray(c.Numbers[10..]);
            var next = Optimizer.Init(rule, parameters).Step(gradient).Item1;
            for (int i = 0; i < parameters.Length; i++)
            {
                double[] inputs = [gradient.Span[i], parameters.Span[i], 0, 2];
                Same.Bits<double>([parameters.Span[i] - Value(update, inputs)], [next.Parameters.Span[i]], "parameter");
                Same.Bits<double>([Value(a, inputs)], [next.Slots["a"].Span[i]], "slot a");
                Same.Bits<double>([Value(b, inputs)], [next.Slots["b"].Span[i]], "slot b");
            }
        }, 300);

    [Fact]
    public void A_slot_that_nothing_is_said_of_stays_and_a_shared_term_is_one()
    {
        var rule = new ElementRule("shared", Two, step =>
        {
            var sum = step.Gradient + step["b"];
            return step.Update(sum * sum).Keep("a", sum);
        });
        var next = Optimizer.Init(rule, TensorSet.OfArray([1.0])).Step(TensorSet.OfArray([3.0])).Item1;
        Assert.Equal((1.0 - 25, 5, 2), (next.Parameters.Span[0], next.Slots["a"].Span[0], next.Slots["b"].Span[0]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(8)]
    public void Any_number_of_slots_keeps_the_laws(int count)
    {
        SlotDeclaration[] slots = [.. Enumerable.Range(0, count).Select(i => new SlotDeclaration(FormattableString.Invariant($"s{i}"), i))];
        var rule = new ElementRule("delay", slots, step =>
        {
            // Each slot takes what the one before it held.
            var update = step.Update(0.1 * (count == 0 ? step.Gradient : step[slots[^1].Name] + step.Gradient));
            return slots.Select((slot, i) => (slot.Name, Term: i == 0 ? step.Gradient : step[slots[i - 1].Name])).Aggregate(update, (u, s) => u.Keep(s.Name, s.Term));
        });
        LawSuite.For(rule, new() { Cases = 30, IsElementwise = true, Laws = [1, 2, 4, 5, 6, 8, 9, 10, 15] }).Assert();
    }

    [Fact]
    public void A_rule_may_ask_for_the_loss_and_for_schedules()
    {
        var rule = new ElementRule("polyak", [], step => step.Update(step.Loss * step.At(Schedule.Table([1, 0.5])) * step.Gradient));
        var start = TensorSet.OfArray([1.0]);
        var first = Optimizer.Step(Optimizer.Init(rule, start), start, loss: 0.25).Item1;
        Assert.Equal(0.75, first.Parameters.Span[0]);
        Assert.Equal(0.625, Optimizer.Step(first, start, loss: 0.25).Item2.Span[0]);
        Refused.With<ArgumentException>("polyak needs the loss", () => first.Step(start));
        LawSuite.For(rule, new() { Cases = 20, IsElementwise = true }).Assert();
    }

    [Fact]
    public void What_makes_no_rule_is_refused()
    {
        Refused.With<ArgumentException>("at most 8 slots, were 9", () => new ElementRule(
            "many", Enumerable.Range(0, 9).Select(i => new SlotDeclaration(FormattableString.Invariant($"s{i}"))), step => step.Update(step.Gradient)));
        Refused.With<ArgumentException>("'m' has not", () => new ElementRule("rows", [new("m") { Dimensions = _ => [] }], step => step.Update(step.Gradient)));
        Refused.With<ArgumentException>("name", () => new ElementRule("", [], step => step.Update(step.Gradient)));
        Refused.With<InvalidOperationException>("must return an update, was null", () => Step(new ElementRule("none", [], _ => null!)));
        Refused.With<ArgumentException>("'wide' needs more than 32 values at a time", () => Step(new ElementRule("wide", [], step =>
        {
            Term[] all = [.. Enumerable.Range(1, 40).Select(i => step.Gradient + i)];
            return step.Update(all.Aggregate((x, y) => x + y) * all.Aggregate((x, y) => x * y));
        })));
        Refused.With<ArgumentOutOfRangeException>("beta must be in [0, 1), was 1", () => Step(new ElementRule("beta", [], step => step.Update(step.Gradient / step.BiasCorrection(1)))));
        Refused.With<ArgumentOutOfRangeException>("LearningRate must be", () => new ElementRule("rate", [], step => step.Update(step.Gradient)) { LearningRate = -1 });

        static object Step(Rule rule) => Optimizer.Init(rule, TensorSet.OfArray([1.0])).Step(TensorSet.OfArray([1.0]));
    }

    /// <summary>An expression that is not the library's: an operation and what it is of, or an input, or a number.</summary>
    private sealed record Expression(Operation Operation, Expression[] Of, double Number = 0, int Input = 0);

    private static Term Build(Expression e, ElementStep step)
    {
        var of = e.Of.Select(x => Build(x, step)).ToArray();
        return e.Operation switch
        {
            Operation.Gradient => e.Input switch { 0 => step.Gradient, 1 => step.Parameter, 2 => step["a"], _ => step["b"] },
            Operation.Number => Term.Constant(e.Number),
            Operation.Add => e.Of[1].Operation == Operation.Number ? of[0] + e.Of[1].Number : of[0] + of[1],
            Operation.Subtract => e.Of[0].Operation == Operation.Number ? e.Of[0].Number - of[1] : of[0] - of[1],
            Operation.Multiply => e.Of[0].Operation == Operation.Number ? e.Of[0].Number * of[1] : of[0] * of[1],
            Operation.Divide => e.Of[1].Operation == Operation.Number ? of[0] / e.Of[1].Number : of[0] / of[1],
            Operation.Sqrt => Term.Sqrt(of[0]),
            Operation.Abs => Term.Abs(of[0]),
            Operation.Sign => Term.Sign(of[0]),
            Operation.Max => Term.Max(of[0], of[1]),
            Operation.Min => Term.Min(of[0], of[1]),
            Operation.FusedMultiplyAdd => Term.FusedMultiplyAdd(of[0], of[1], of[2]),
            _ => Term.WherePositive(of[0], of[1], of[2]),
        };
    }

    private static double Value(Expression e, double[] inputs)
    {
        double[] of = Array.ConvertAll(e.Of, x => Value(x, inputs));
        return e.Operation switch
        {
            Operation.Gradient => inputs[e.Input],
            Operation.Number => e.Number,
            Operation.Add => of[0] + of[1],
            Operation.Subtract => of[0] - of[1],
            Operation.Multiply => of[0] * of[1],
            Operation.Divide => of[0] / of[1],
            Operation.Sqrt => Math.Sqrt(of[0]),
            Operation.Abs => Math.Abs(of[0]),
            Operation.Sign => of[0] > 0 ? 1 : of[0] < 0 ? -1 : of[0],
            Operation.Max => Math.Max(of[0], of[1]),
            Operation.Min => Math.Min(of[0], of[1]),
            Operation.FusedMultiplyAdd => Math.FusedMultiplyAdd(of[0], of[1], of[2]),
            _ => of[0] > 0 ? of[1] : of[2],
        };
    }

    private sealed record Case(int Seed, double[] Numbers)
    {
        private static readonly Operation[] Operations = [.. Enum.GetValues<Operation>().Where(o => o >= Operation.Add && o != Operation.CubeRoot)];

        public (Expression Update, Expression A, Expression B) Expressions()
        {
            var draw = new Draw(Seed, 100);
            return (Any(4), Any(3), Any(2));

            Expression Any(int depth)
            {
                if (depth == 0 || draw.OneIn(6))
                {
                    return draw.OneIn(3) ? new(Operation.Number, [], draw.Plain()) : new(Operation.Gradient, [], Input: draw.Integer(0, 3));
                }

                var operation = draw.Of(Operations);
                int count = operation switch
                {
                    Operation.Sqrt or Operation.Abs or Operation.Sign => 1,
                    Operation.FusedMultiplyAdd or Operation.SelectPositive => 3,
                    _ => 2,
                };
                return new(operation, [.. Enumerable.Range(0, count).Select(_ => Any(depth - 1))]);
            }
        }
    }
}
