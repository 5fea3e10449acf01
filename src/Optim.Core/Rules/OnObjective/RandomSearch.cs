namespace Optim;

/// <summary>The best of some random points near by; needs no gradient.</summary>
/// <formula>
/// q_i = p + radius u_i, u_i uniform in [-1, 1)^n, for i = 1 ... Candidates
/// p = the best of p and q_i
/// </formula>
/// <paper>Rastrigin 1963; Matyas 1965, Random optimization</paper>
/// <definition>Uniform in a cube; p stays where no candidate is better.</definition>
/// <differs>Rastrigin draws from a sphere, Matyas from a normal distribution.</differs>
/// <remarks>
/// A cube, in place of a sphere or a normal distribution, needs no transcendental function and so the candidates have the same bits on every machine. They
/// depend on the seed, the step and their number alone. The gradient is not used: an objective without one is made by
/// <see cref="Objective.WithoutGradient{T}"/>. A loss that is NaN is worse than any other. Slots: none.
/// </remarks>
[RegisteredRule("random_search", "Random search", StartingRate = 0.1, IsElementwise = false, NeedsObjective = true, IsComputeBound = true)]
public sealed partial record RandomSearch : Rule
{
    /// <summary>The half of the cube's edge, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Radius { get; init; } = 0.1;

    /// <summary>How many candidates a step draws, 1 or more. Default 16.</summary>
    [AtLeast(1)] public partial int Candidates { get; init; } = 16;

    /// <summary>What the candidates are drawn from, 0 or more. Default 0.</summary>
    [AtLeast(0)] public partial int Seed { get; init; }

    private static RandomSearch AtRate(Schedule radius) => new RandomSearch { Radius = radius };

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { EvaluatesObjective = true, OwnPoint = "the best of the points that it has compared" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        long step = plan.Clock;
        plan.MoveByObjective(nameof(RandomSearch), 0, (context, objective) =>
        {
            double best = objective.Loss;
            var target = context.ChangeUpdate();
            context.Parameters.CopyTo(target);
            for (int i = 0; i < Candidates; i++)
            {
                var candidate = Candidate(context, new(Seed, step, i), T.CreateTruncating(at.Radius));
                double loss = objective.Evaluate(candidate).Item1;
                if (loss < best || (double.IsNaN(best) && !double.IsNaN(loss)))
                {
                    best = loss;
                    candidate.Span.CopyTo(target);
                }
            }
        });
    }

    private static TensorSet<T> Candidate<T>(TensorStepContext<T> context, CounterRandom random, T radius)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var candidate = TensorSet.Uninitialized<T>(context.Layout);
        var from = context.Parameters;
        var to = candidate.Writable;
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = T.FusedMultiplyAdd(T.CreateTruncating(random.Symmetric(i)), radius, from[i]);
        }

        return candidate;
    }
}
