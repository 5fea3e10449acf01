namespace Optim;

/// <summary>RAdam whose average takes the place of a decaying learning rate, and whose rectification that of a warmup.</summary>
/// <formula>
/// v = b2 v + (1 - b2) g^2
/// rho = RAdam's length; a = lr r where rho &gt; 4, with RAdam's r; 0 elsewhere (not SilentStart: lr)
/// d = g / (sqrt(v / (1 - b2^t)) + eps) where rho &gt; 4, g elsewhere
/// a_max = max(a_max, a); w = t^q a_max^power; c = w / sum of w so far
/// z = z - a (d + wd p)
/// x = (1 - c) x + c z
/// p = b1 x + (1 - b1) z
/// </formula>
/// <paper>Defazio, Yang, Khaled, Mishchenko, Mehta and Cutkosky 2024, The Road Less Scheduled; Liu et al. 2020, RAdam</paper>
/// <definition>The authors' code (facebookresearch/schedule_free): rectified from a length above 4.</definition>
/// <remarks>
/// <see cref="OptimizerState{T}.Parameters"/> is y, where gradients belong; <see cref="OptimizerState{T}.EvaluationParameters"/> is x, which follows from y and z and needs no memory. While the rate is 0 nothing moves: a step of weight 0 has share 0.
/// Slots: <c>exp_avg_sq</c>, <c>z</c>. Scalars: <c>weight_sum</c>, <c>lr_max</c>.
/// </remarks>
[RegisteredRule("schedulefree_radam", "Schedule-Free RAdam", StartingRate = 0.01)]
public sealed partial record ScheduleFreeRAdam : Rule
{
    private const double LeastLength = 4;

    /// <summary>lr, 0 or more. Default 0.0025.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.0025;

    /// <summary>b1, how near y is to x, in (0, 1]. Default 0.9.</summary>
    [Range(Bounds.PositiveFraction)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay at y, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>q, the power of the step's number in its weight in the average, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial double WeightStepPower { get; init; }

    /// <summary>The power of the largest rate so far in a step's weight, 0 or more: less weight while warming up. Default 2.</summary>
    [Range(Bounds.NonNegative)] public partial double WeightLearningRatePower { get; init; } = 2;

    /// <summary>Whether nothing moves until steps are rectified; otherwise they follow the gradient. Default true.</summary>
    public bool SilentStart { get; init; } = true;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg_sq"), new("z") { FromParameters = true }];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => ScheduleFreePoints.Scalars;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { OwnPoint = "a point that its average follows from" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var rectification = new Rectification(at.Beta2, plan.Step);
        double rate = at.LearningRate;
        if (rectification.Length > LeastLength)
        {
            rate *= rectification.Factor;
            plan.Apply(new RootMeanSquareFormula<T>(new AdamScalars<T>(0, at.Beta2, at.Epsilon, plan.Step)));
        }
        else
        {
            rate = SilentStart ? 0 : rate;
            plan.Apply(new GatheredSquareFormula<T>(at.Beta2));
        }

        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        plan.PlaceScheduleFree(rate, at.Beta1, Beta1, WeightStepPower, WeightLearningRatePower);
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return ScheduleFreePoints.Average(state.Parameters, state.Slots, Beta1, state.Step);
    }
}

/// <summary><c>v = b2 v + (1 - b2) g^2; u = g</c>.</summary>
[Formula]
internal readonly partial struct GatheredSquareFormula<T>(double beta2)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RunningMean<T> mean = new(beta2);
    private readonly T largest = Exact.Saturated<T>(double.MaxValue);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg_sq = mean.Next(exp_avg_sq, L.Min(g * g, L.Broadcast(largest)));
        return g;
    }
}
