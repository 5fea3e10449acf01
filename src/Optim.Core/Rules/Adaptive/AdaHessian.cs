namespace Optim;

/// <summary>Adam with the Hessian's diagonal in place of the gradient under the root.</summary>
/// <formula>
/// D = |h|; for tensors of rank 4 its mean over the last two axes
/// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) D^2
/// p = p - lr (m / (1 - b1^t) / (sqrt(v / (1 - b2^t))^k + eps) + wd p)
/// </formula>
/// <paper>Yao, Gholami, Shen, Mustafa, Keutzer and Mahoney 2021, ADAHESSIAN: An Adaptive Second Order Optimizer for Machine Learning</paper>
/// <definition>The authors' code for images: convolution kernels are averaged.</definition>
/// <differs>pytorch-image-models averages over kernels only if told to: AverageKernels = false.</differs>
/// <remarks>
/// Each step needs an estimate h of the Hessian's diagonal, with its signs: <c>Step(state, gradient, hessianDiagonal: h)</c>, <c>z (H z)</c> with z random signs (Hutchinson). The magnitude is taken before the mean, the power of the
/// corrected root before epsilon is added. Slots: <c>exp_avg</c>, <c>exp_hessian_diag_sq</c> (v).
/// </remarks>
[RegisteredRule("adahessian", "AdaHessian", StartingRate = 0.15, IsElementwise = false, IsPerTensor = true, ExtraMoves = 2, NeedsHessianDiagonal = true)]
public sealed partial record AdaHessian : Rule
{
    /// <summary>lr, 0 or more. Default 0.15.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.15;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-4.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-4;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>k, the power of the curvature, in [0, 1]: 0 is momentum. Default 1.</summary>
    [Range(Bounds.Fraction)] public partial Schedule HessianPower { get; init; } = 1;

    /// <summary>Whether the diagonal of a convolution is averaged over its kernels: the last two axes of tensors of rank 4. Default true.</summary>
    public bool AverageKernels { get; init; } = true;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AdaHessianFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var diagonal = plan.RequireHessianDiagonal(nameof(AdaHessian));
        var square = new CurvatureFormula<T>(at.Beta2);
        var direction = new AdaHessianFormula<T>(
            new(at.Beta1, 0, at.Epsilon, 1 / Exact.OneMinusPower(at.Beta1, plan.Step), 1 / Exact.OneMinusPower(at.Beta2, plan.Step)), at.HessianPower, at.Epsilon);
        plan.ApplyToTensors(
            2,
            context =>
            {
                context.Absorb(square, AverageKernels && context.Layout.Any(IsConvolution) ? Averaged(diagonal) : diagonal, firstSlot: 1);
                context.Then(direction);
            },
            mayThrow: false);
        plan.ApplyAtRate(default(PassThrough<T>), at.LearningRate, at.WeightDecay);
    }

    private static bool IsConvolution(TensorShape shape) => shape.Dimensions.Count == 4 && shape.Length > 0;

    private static TensorSet<T> Averaged<T>(TensorSet<T> diagonal)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] values = diagonal.ToArray();
        for (int i = 0; i < diagonal.Layout.Count; i++)
        {
            var shape = diagonal.Layout[i];
            int kernel = IsConvolution(shape) ? shape.Dimensions[2] * shape.Dimensions[3] : 1;
            for (int start = diagonal.Layout.OffsetOf(i), end = start + shape.Length; kernel > 1 && start < end; start += kernel)
            {
                double sum = 0;
                foreach (T value in values.AsSpan(start, kernel))
                {
                    sum += Math.Abs(double.CreateTruncating(value));
                }

                values.AsSpan(start, kernel).Fill(T.CreateTruncating(sum / kernel));
            }
        }

        return TensorSet.OfValues<T>(diagonal.Layout, values);
    }

    /// <summary><c>v = b2 v + (1 - b2) h^2</c>.</summary>
    [Formula]
    private readonly partial struct CurvatureFormula<T>(double beta2)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly RunningMean<T> mean = new(beta2);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L h, ref L exp_hessian_diag_sq)
            where L : struct, ILane<L, T>
        {
            exp_hessian_diag_sq = mean.Next(exp_hessian_diag_sq, h * h);
            return h;
        }
    }
}

[Formula]
internal readonly partial struct AdaHessianFormula<T>(AdamScalars<T> at, double power, double epsilon)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly FixedPower<T> power = new(power);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_hessian_diag_sq)
        where L : struct, ILane<L, T>
    {
        L mean = at.Mean(exp_avg, g), v = exp_hessian_diag_sq;
        exp_avg = mean;
        exp_hessian_diag_sq = v;
        return at.Corrected(mean) / (power.Of(at.Spread(v)) + L.Broadcast(epsilon));
    }
}
