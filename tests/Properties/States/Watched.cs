using System.Numerics;
using Xunit;

namespace Optim.Properties.States;

/// <summary>A run whose evaluations were watched: none at a point where there has been one.</summary>
internal static class Watched
{
    public static WatchedRun<double> Run(Rule rule, double[] start, Func<double[], (double Loss, double[] Gradient)> objective, StopConditions? stop = null) => Run<double>(
        rule, TensorSet.OfArray(start), p =>
        {
            var (loss, gradient) = objective(p.ToArray());
            return Tuple.Create(loss, TensorSet.OfArray(gradient));
        }, stop);

    public static WatchedRun<T> Run<T>(Rule rule, TensorSet<T> start, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, StopConditions? stop = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var seen = new Dictionary<TensorSet<T>, double>();
        var end = Optimizer.Minimize(rule, start, p =>
        {
            var result = objective(p);
            Assert.True(seen.TryAdd(p.Copy(), result.Item1), $"{rule} evaluates {p} twice");
            return result;
        }, stop);

        // The points that steps began at: the same steps, taken again one by one.
        var begun = new List<(TensorSet<T>, double)>();
        var state = Optimizer.Init(rule, rule.NonsmoothTermOf<T>(start.Layout)?.Nearest(start) ?? start);
        for (long step = 0; step <= end.Steps; step++)
        {
            begun.Add((state.Parameters, seen[state.Parameters]));
            state = step < end.Steps ? Optimizer.StepOn(state, objective).Item1 : state;
        }

        Assert.Equal(end.Parameters, state.EvaluationParameters);
        return new(end, seen.Count, begun);
    }
}

/// <summary>How a watched run ended, after how many evaluations, and where its steps began.</summary>
internal sealed record WatchedRun<T>(Minimization<T> End, int Evaluations, IReadOnlyList<(TensorSet<T> Point, double Loss)> Begun)
    where T : unmanaged, IFloatingPointIeee754<T>;
