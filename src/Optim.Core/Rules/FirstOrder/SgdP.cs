namespace Optim;

/// <summary>Momentum without the growth of weights whose scale has no effect: what points along them is taken out of the step.</summary>
/// <formula>
/// b = mu b + (1 - tau) g; d = b (Nesterov: g + mu b)
/// where every row of a matrix has |cos(g, p)| below delta / sqrt(its length), else where the whole tensor has: d = d - x (x . d), x = p / (|p| + eps), and f = wd_ratio; else f = 1
/// p = (1 - lr wd f / (1 - mu)) p - lr d
/// </formula>
/// <paper>Heo, Chun, Oh, Han, Yun, Kim, Uh and Ha 2021, AdamP: Slowing Down the Slowdown for Momentum Optimizers on Scale-invariant Weights</paper>
/// <definition>The paper's and pytorch-image-models': the projection leaves the buffer as it is. The buffer begins at 0, dampened from the first step on.</definition>
/// <differs>The authors' code projects in place, and without Nesterov d is the buffer: ProjectBuffer.</differs>
/// <remarks>The decay is divided by 1 - mu. Vectors and scalars are never projected and decay in full. Slot: <c>momentum</c>.</remarks>
[RegisteredRule("sgdp", "SGDP", StartingRate = 0.3, IsElementwise = false, IsPerTensor = true, ExtraMoves = 4)]
public sealed partial record SgdP : Rule
{
    /// <summary>lr, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.1;

    /// <summary>mu, in [0, 1). Default 0.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0;

    /// <summary>tau, in [0, 1). Default 0.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Dampening { get; init; } = 0;

    /// <summary>Whether the step looks ahead. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>eps, added to the norm of the weights, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>delta, below which cosine, times the root of a row's length, gradient and weights count as orthogonal; 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Delta { get; init; } = 0.1;

    /// <summary>wd_ratio, how much of the decay is left to a tensor that is projected, in [0, 1]. Default 0.1.</summary>
    [Range(Bounds.Fraction)] public partial Schedule ProjectedDecayRatio { get; init; } = 0.1;

    /// <summary>Whether, without Nesterov, the buffer keeps the projected step, as in the authors' code. Default false.</summary>
    public bool ProjectBuffer { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("momentum")];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var projection = new TangentProjection(at.Delta, at.Epsilon);
        plan.ApplyToTensors(
            1,
            context =>
            {
                int[] rows = projection.RowsOf(context);
                context.Sweep(new DampenedFormula<T>(at.Momentum, at.Dampening, Nesterov));
                projection.Project(context, rows);
                if (ProjectBuffer && !Nesterov)
                {
                    context.Sweep(default(KeepFastFormula<T>));
                }

                context.ThenAtRates(at.LearningRate, at.WeightDecay / (1 - at.Momentum), i => rows[i] > 0 ? at.ProjectedDecayRatio : 1);
            },
            mayThrow: false);
    }

    /// <summary><c>b = mu b + (1 - tau) g; u = b</c>, or looking ahead <c>g + mu b</c>.</summary>
    [Formula]
    private readonly partial struct DampenedFormula<T>(double momentum, double dampening, bool nesterov)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T momentum = T.CreateTruncating(momentum), gain = T.CreateTruncating(1 - dampening);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L g, ref L buffer)
            where L : struct, ILane<L, T>
        {
            buffer = L.FusedMultiplyAdd(buffer, momentum, g * gain);
            return nesterov ? L.FusedMultiplyAdd(buffer, momentum, g) : buffer;
        }
    }
}
