using System.Globalization;
using System.Numerics;
using FsCheck;

namespace Optim.Laws;

internal sealed class LateLaw() : RuleLaw(16, "After 2^31, 2^53 and more steps a step is as sane as any.")
{
    private const int MostSteps = 64;

    public override int CasesPerHundred => 10;

    /// <summary>The limits of 32-bit counters, integers in double and 64-bit counters.</summary>
    public static IReadOnlyList<long> Clocks { get; } =
        [int.MaxValue - 1L, int.MaxValue, 1L << 31, 1L << 32, 1L << 53, (1L << 53) + 1, long.MaxValue - MostSteps - 1];

    public override Arbitrary<Scenario> CasesFor(Subject subject) => subject.Scenarios(draw => draw.Moderate(), (1, 1));

    public override void Check<T>(Scenario s)
    {
        if (s.Start.Length == 0 || !IsFinite(s.Run<T>()))
        {
            return;
        }

        // From 0, where the least step is seen.
        var fromZero = s.With(g => g, _ => 0);
        OptimizerState<T> first = s.Begin<T>(), atZero = fromZero.Begin<T>();
        bool moves = Moves(s, atZero) && !HasSchedule(s.Rule);
        foreach (long clock in Clocks)
        {
            string after = string.Create(CultureInfo.InvariantCulture, $"after {clock} steps the next ones");
            Same.Require(!moves || Moves(s, At(atZero, clock)), after + " move nothing from 0, where the first do");
            var next = s.Step(At(first, clock), s.GradientsOf<T>().First());
            Same.Value(clock + 1, next.StepCount, "the number of steps");
            Same.Require(IsFinite(next), after + $" lead to what is not finite: {next.Parameters}");
        }
    }

    private static bool Moves<T>(Scenario s, OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (start, gradient) = (state.Parameters, s.GradientsOf<T>().First());
        for (int t = 0; t < MostSteps && start.Equals(state.Parameters); t++)
        {
            state = s.Step(state, gradient);
        }

        return !start.Equals(state.Parameters);
    }

    private static OptimizerState<T> At<T>(OptimizerState<T> state, long clock)
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.Restore(state.Rule, clock, state.Parameters, state.Slots, state.Scalars);

    private static bool IsFinite<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> => state.Parameters.ToArray().All(T.IsFinite);

    /// <summary>A schedule may have reached 0 by then.</summary>
    private static bool HasSchedule(Rule rule) =>
        RuleProperty.Of(rule).Any(h => h.IsSchedule && h.IsSet(rule) && h.Value(rule) is not ConstantSchedule) || rule.DeclareInner().Any(inner => HasSchedule(inner.Rule))
        || (rule is Chain chain && chain.Rules.Any(HasSchedule));
}

internal sealed class DescentLaw() : RuleLaw(49, "As it is given it makes x^2 smaller, from 1 on, each time that it moves.")
{
    private const int Moves = 5, MostSteps = 200;

    /// <summary>A direction without a learning rate would overshoot; only the direction must be right.</summary>
    private static readonly Scale Little = new(1e-3);

    // There is nothing to draw.
    public override int CasesPerHundred => 1;

    public override Arbitrary<Scenario> CasesFor(Subject subject) =>
        Cases.Of(_ => new Scenario(subject.Rule, [1], [1], [[2]]) { Needs = subject.Needs });

    public override void Check<T>(Scenario s)
    {
        var begun = Optimizer.Init(s.Rule, TensorSet.OfArray([T.One]));
        bool hasRate = begun.Hyperparameters.Keys.Any(path => path.Split('.')[^1] == "LearningRate");
        Holds(s, hasRate ? begun : begun.Rule is Chain { Rules: [.., Scale] } ? begun : Optimizer.Init(s.Rule.Then(Little), begun.Parameters));
    }

    /// <summary>Throws if a move does not lead closer to 0, or there are too few moves.</summary>
    public static void Holds<T>(Scenario s, OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var x = state.EvaluationParameters.Span[0];
        int moves = 0;
        for (int t = 1; t <= MostSteps && moves < Moves; t++)
        {
            // The loss, where the rule asks for it, is that of x^2 itself.
            double point = double.CreateTruncating(state.Parameters.Span[0]);
            var gradient = state.Parameters + state.Parameters;
            state = Optimizer.Step(state, gradient, s.LossFor(state.StepCount) is null ? null : point * point, s.HessianDiagonalFor(gradient)).Item1;
            var next = state.EvaluationParameters.Span[0];
            if (next != x || T.IsNaN(next))
            {
                Same.Require(
                    next * next < x * x,
                    string.Create(CultureInfo.InvariantCulture, $"{typeof(T).Name}: at step {t} x went from {x} to {next} by {state.Rule}, by gradient 2x at each step"));
                (x, moves) = (next, moves + 1);
            }
        }

        Same.Require(
            moves == Moves || x == T.Zero,
            string.Create(CultureInfo.InvariantCulture, $"{typeof(T).Name}: x moved {moves} times in {MostSteps} steps by {state.Rule}, to {x}, by gradient 2x at each step"));
    }
}
