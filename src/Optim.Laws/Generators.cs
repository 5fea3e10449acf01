using System.Numerics;
using FsCheck;

namespace Optim.Laws;

/// <summary>What the laws are checked on, for FsCheck properties of your own: rules, schedules, sets, whole runs, and numbers of all magnitudes.</summary>
/// <remarks>Each value comes from one seed, shrinks, and prints what repeats it. The distributions are not part of the interface: another version may draw others from the same seed.</remarks>
public static class Generators
{
    /// <summary>Rules within rules: chains, wrappers and groups around those of the library that need nothing but a gradient, with any hyperparameters.</summary>
    public static Arbitrary<Rule> Rules() => Cases.Of(draw => AnyRule.Tree(draw), AnyRule.Shrink);

    /// <summary>A rule of the library with any hyperparameters.</summary>
    /// <param name="name">Its name, as in <see cref="RuleRegistry"/>: <c>adamw</c>.</param>
    /// <exception cref="ArgumentException">There is no such rule.</exception>
    public static Arbitrary<Rule> RulesNamed(string name)
    {
        var entry = RuleRegistry.Find(name) ?? throw new ArgumentException($"{nameof(name)} must be the name of a rule of the library, was '{name}'.", nameof(name));
        return Cases.Of(draw => AnyRule.Of(draw, entry), AnyRule.Shrink);
    }

    /// <summary>A rule like another, with any hyperparameters: a rule of your own, say.</summary>
    /// <param name="rule">The rule; it shrinks towards this one.</param>
    public static Arbitrary<Rule> RulesLike(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return Cases.Of(draw => AnyRule.Varied(draw, rule), varied => AnyRule.ShrinkTowards(rule, varied));
    }

    /// <summary>Schedules of every kind, one within the other, whose values stay within bounds.</summary>
    /// <param name="low">The lower bound; finite.</param>
    /// <param name="high">The upper bound; finite, not below <paramref name="low"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is not finite, or they are the wrong way round.</exception>
    public static Arbitrary<Schedule> Schedules(double low, double high)
    {
        Constraint.Finite.Check(low, nameof(low));
        Constraint.Finite.Check(high, nameof(high));
        ArgumentOutOfRangeException.ThrowIfLessThan(high, low);
        return Cases.Of<Schedule>(
            draw => AnySchedule.Of(draw, () => draw.OneIn(8) ? draw.Of(low, high) : low + ((high - low) * draw.Fraction())),
            schedule => schedule is ConstantSchedule ? [] : [Schedule.Constant(schedule.At(0))]);
    }

    /// <summary>Sets of some tensors of any shapes, empty ones and scalars among them, with numbers of all magnitudes.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    public static Arbitrary<TensorSet<T>> Sets<T>()
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Cases.Of(draw => Scenario.Drawn(draw, _ => new Identity(), draw.Wide, (1, 1)).StartOf<T>(), Shrink);

    /// <summary>Sets of one layout: gradients for parameters that you have.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="layout">The layout.</param>
    public static Arbitrary<TensorSet<T>> SetsLike<T>(Layout layout)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(layout);
        return Cases.Of(draw => Filled<T>(layout, draw.Numbers(layout.Length, draw.Wide)), ShrinkElements);
    }

    /// <summary>Whole runs: a rule within rules, a start and the gradients of 1 to 30 steps.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    public static Arbitrary<GeneratedRun<T>> Runs<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => RunsOf<T>(draw => AnyRule.Tree(draw), AnyRule.Shrink);

    /// <summary>Whole runs of a rule like another, with any hyperparameters.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule; it shrinks towards this one.</param>
    public static Arbitrary<GeneratedRun<T>> RunsLike<T>(Rule rule)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rule);
        return RunsOf<T>(draw => AnyRule.Varied(draw, rule), varied => AnyRule.ShrinkTowards(rule, varied));
    }

    /// <summary>Numbers of either sign: zeros of both signs, subnormals, magnitudes from 1e-30 to 1e30, and plain ones.</summary>
    public static Arbitrary<double> WideNumbers() => Cases.Of(draw => draw.Wide(), Shrinking.Of);

    private static Arbitrary<GeneratedRun<T>> RunsOf<T>(Func<Draw, Rule> rule, Func<Rule, IEnumerable<Rule>> simpler)
        where T : unmanaged, IFloatingPointIeee754<T> => Cases.Of(
            draw => new GeneratedRun<T>(Scenario.Drawn(draw, rule, draw.Wide, (1, 30))),
            run => run.Scenario.Shrink(1, simpler, anyNumber: true).Select(scenario => new GeneratedRun<T>(scenario)));

    private static IEnumerable<TensorSet<T>> Shrink<T>(TensorSet<T> set)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        set.Count > 1 ? set.Select(tensor => TensorSet.OfTensors(tensor)) : ShrinkElements(set);

    private static IEnumerable<TensorSet<T>> ShrinkElements<T>(TensorSet<T> set)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Shrinking.Elements([.. set.ToArray().Select(double.CreateTruncating)]).Take(set.Length > 16 ? 1 : int.MaxValue).Select(values => Filled<T>(set.Layout, values));

    private static TensorSet<T> Filled<T>(Layout layout, double[] values)
        where T : unmanaged, IFloatingPointIeee754<T> => TensorSet.OfValues<T>(layout, Array.ConvertAll(values, T.CreateTruncating));
}
