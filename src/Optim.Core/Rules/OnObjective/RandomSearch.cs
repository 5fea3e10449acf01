using System.Numerics;
using Optim.Execution;
using Optim.Lanes;

namespace Optim;

/// <summary>
/// Random search: candidates <c>p + radius u</c>, u uniform in the cube [-1, 1)^n; the best of them becomes p if it is better than p.
/// </summary>
/// <remarks>
/// Rastrigin 1963 and Matyas 1965; with a cube in place of their sphere and normal distribution, which needs no transcendental function and
/// so has the same bits on every machine. The candidates depend on the seed, the step and their number alone. The gradient is not used:
/// an objective without one is made by <see cref="Objective.WithoutGradient{T}"/>. A loss that is NaN is worse than any other.
/// Slots: none.
/// </remarks>
public sealed record RandomSearch : Rule
{
    /// <summary>The half of the cube's edge, 0 or more. Default 0.1.</summary>
    public Schedule Radius { get; init => field = Constraint.NonNegative.Check(value); } = 0.1;

    /// <summary>How many candidates a step draws, 1 or more. Default 16.</summary>
    public int Candidates { get; init => field = Constraint.CheckCount(value); } = 16;

    /// <summary>What the candidates are drawn from, 0 or more. Default 0.</summary>
    public int Seed { get; init => field = Constraint.CheckCount(value, 0); }

    internal static RuleEntry Entry { get; } = new(
        "random_search", "Random search", "The best of some random points near by; needs no gradient.",
        () => new RandomSearch(), 0.1, radius => new RandomSearch { Radius = radius })
    {
        IsElementwise = false,
        NeedsObjective = true,
        IsComputeBound = true,
        Formula = """
            q_i = p + radius u_i, u_i uniform in [-1, 1)^n, for i = 1 ... Candidates
            p = the best of p and q_i
            """,
        Paper = "Rastrigin 1963; Matyas 1965, Random optimization",
        Definition = "Uniform in a cube; p stays where no candidate is better.",
        Disagreements = "Rastrigin draws from a sphere, Matyas from a normal distribution.",
    };

    /// <summary>A copy with another <see cref="Radius"/>.</summary>
    /// <param name="value">The value.</param>
    public RandomSearch WithRadius(Schedule value) => this with { Radius = value };

    /// <summary>A copy with another <see cref="Candidates"/>.</summary>
    /// <param name="value">The value.</param>
    public RandomSearch WithCandidates(int value) => this with { Candidates = value };

    /// <summary>A copy with another <see cref="Seed"/>.</summary>
    /// <param name="value">The value.</param>
    public RandomSearch WithSeed(int value) => this with { Seed = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var objective = plan.RequireObjective(nameof(RandomSearch));
        double best = plan.RequireLoss(nameof(RandomSearch)), radius = Constraint.NonNegative.At(Radius, plan.Clock);
        long step = plan.Clock;
        plan.ApplyWhole(0, whole =>
        {
            var target = whole.ChangeUpdate();
            whole.Parameters.CopyTo(target);
            for (int i = 0; i < Candidates; i++)
            {
                var candidate = Candidate(whole, new(Seed, step, i), T.CreateTruncating(radius));
                double loss = objective(candidate).Item1;
                if (loss < best || (double.IsNaN(best) && !double.IsNaN(loss)))
                {
                    best = loss;
                    candidate.Span.CopyTo(target);
                }
            }
        });
        plan.Place(default(PassThrough<T>));
    }

    private static TensorSet<T> Candidate<T>(Whole<T> whole, CounterRandom random, T radius)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var candidate = TensorSet.Uninitialized<T>(whole.Layout);
        var from = whole.Parameters;
        var to = candidate.Writable;
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = T.FusedMultiplyAdd(T.CreateTruncating(random.Symmetric(i)), radius, from[i]);
        }

        return candidate;
    }
}
