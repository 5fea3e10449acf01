using System.Globalization;
using System.Numerics;
using MathNet.Numerics;

namespace Optim.Fingerprint.Subjects;

/// <summary>A rule: the parameters, slots and scalars that its steps lead to, norms and scalar products on the way; the same with any number of threads.</summary>
/// <param name="name">The subject's name.</param>
/// <param name="rule">The rule.</param>
/// <param name="inLength">Whether on more and longer inputs.</param>
/// <remarks>
/// Rules that go element by element are run by one and the same sweep, whose work is split in one way: some of them stand for all of them there, where
/// <see cref="IsSplit"/> says so. On longer inputs all are.
/// </remarks>
internal sealed class RuleSubject(string name, Rule rule, bool inLength) : Subject(name)
{
    /// <summary>Whether its work is split over threads. Default true.</summary>
    public bool IsSplit { get; init; } = true;

    /// <summary>Whether the rule evaluates an objective.</summary>
    public bool NeedsObjective { get; init; }

    /// <summary>Whether each step gives an estimate of the Hessian's diagonal.</summary>
    public bool NeedsHessian { get; init; }

    /// <summary>Whether every other step is given an estimate of the Hessian's diagonal.</summary>
    public bool GivesHessian { get; init; }

    /// <summary>Whether steps are told which elements carry a gradient: every third.</summary>
    public bool GivesIndices { get; init; }

    /// <inheritdoc/>
    protected override void Write<T>(Digest digest)
    {
        foreach (var run in inLength ? Inputs<T>.Long : IsSplit ? Inputs<T>.Usual.Concat(Inputs<T>.Split) : Inputs<T>.Usual)
        {
            var alone = Follow(run, 1, digest);
            foreach (int threads in run.Threads)
            {
                if (!Follow(run, threads, null).Equals(alone))
                {
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{threads} threads have other bits than one, on {run.Start.Layout}."));
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override void WriteExtremes<T>(Digest digest)
    {
        foreach (var run in Inputs<T>.Extreme)
        {
            try
            {
                Follow(run, 1, digest, everyStep: true);
            }
            catch (Exception e) when (e is ArithmeticException or NonConvergenceException or InvalidOperationException)
            {
                // A decomposition that does not converge on NaN: that it says so is its result.
                digest.AddText(e.GetType().Name);
            }
        }
    }

    private OptimizerState<T> Follow<T>(Run<T> run, int threads, Digest? digest, bool everyStep = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var state = Optimizer.Init(rule, run.Start).WithMaxThreads(threads);
        for (int step = 0; step < run.Gradients.Count; step++)
        {
            state = Step(step == 2 ? state.Donate() : state, run.Gradients[step], step);
            digest?.Add(state.Parameters.Norm(), state.Parameters.Dot(run.Gradients[step]));
            if (everyStep)
            {
                digest?.Add(state.Parameters.Span);
            }
        }

        digest?.Add(state);
        return state;
    }

    private OptimizerState<T> Step<T>(OptimizerState<T> state, TensorSet<T> gradient, int step)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (NeedsObjective)
        {
            return Optimizer.StepOn(state, Objectives.Bowl).Item1;
        }

        // A loss that falls, rises, and stays: schedules that look at it have something to see.
        double loss = 2 + (step % 5 / 4.0) - (Math.Min(step, 12) / 8.0);
        return Optimizer.Step(
            state, gradient, loss, NeedsHessian || (GivesHessian && step % 2 == 0) ? gradient.Map(T.Abs) : null,
            sparseIndices: GivesIndices ? Indices(gradient) : null).Item1;
    }

    private static Dictionary<string, IReadOnlyList<int>> Indices<T>(TensorSet<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        gradient.ToDictionary(tensor => tensor.Name, IReadOnlyList<int> (tensor) => [.. Enumerable.Range(0, tensor.Span.Length).Where(i => i % 3 == 1)]);
}
