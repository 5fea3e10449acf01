namespace Optim;

/// <summary>Whose Adafactor.</summary>
public enum AdafactorForm
{
    /// <summary>Epsilon is added to the squared gradient; the decay is multiplied by the whole step size.</summary>
    Paper,

    /// <summary>Epsilon is the least root mean square to divide by; the decay is multiplied by <see cref="Adafactor.LearningRate"/> alone.</summary>
    PyTorch,
}

/// <summary>Adam's second moment as one number a row and one a column, steps relative to the parameters.</summary>
/// <formula>
/// b2 = 1 - t^-c; R = b2 R + (1 - b2) rowmean(g^2 + eps), C likewise by columns; V = R C^T / mean(R) (matrices) or b2 V + (1 - b2)(g^2 + eps)
/// u = g / sqrt(V); u = u / max(1, RMS(u) / d); a = max(eps2, RMS(p)) min(lr, 1 / sqrt(t)); p -= a (u + wd p)
/// </formula>
/// <paper>Shazeer and Stern 2018, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost</paper>
/// <definition>The paper's, as fairseq and timm have it: RMS per tensor, higher ranks as stacks of matrices over the last two dimensions.</definition>
/// <differs>
/// PyTorch clamps by eps instead of adding it and decays by lr alone (Form = PyTorch). timm ignores scale_parameter where a rate is given; fairseq and
/// this do not. timm factors where both dimensions exceed min_dim_size_to_factor (LeastFactoredDimension is one more).
/// </differs>
/// <remarks>
/// Algorithms 4 and 5 of the paper. The rate is inside the mean of <see cref="Beta1"/>: where it becomes 0, earlier steps go on to act. Vectors and scalars keep <c>V = b2 V + (1 - b2) (g^2 + eps)</c> whole. A tensor of higher rank is a stack of matrices
/// over its last two dimensions (fairseq, PyTorch); a dimension of 1 is factored as any other, which changes nothing, since rank 1 is exact.
/// <see cref="AdafactorForm.PyTorch"/> is <c>torch.optim.Adafactor</c>: without the added eps, <c>V = R C^T / max(mean(R), eps)</c>, <c>u = g / max(sqrt(V),
/// eps)</c>, <c>p -= a u + lr wd p</c>; its eps is the machine's, 2.2e-16 in double and 1.2e-7 in float, where the paper's is 1e-30. Sums of squares are
/// taken in double; a moment beyond the range of float is kept as its largest number, so that a large gradient leaves no infinity behind. NaN and infinities
/// in a tensor's gradient make that tensor NaN, as does a matrix whose row is all 0 where <see cref="Epsilon"/> is 0 in the paper's form. Slots:
/// <c>exp_avg_sq_row</c> and <c>exp_avg_sq_col</c> of matrices, <c>exp_avg_sq</c> of all else (PyTorch's form: <c>row_var</c>, <c>col_var</c>,
/// <c>variance</c>), each empty for the other tensors; with <see cref="Beta1"/> <c>exp_avg</c>, a mean of the finished updates.
/// Gradients beyond 1e18 (in double precision 1e100), products of whose squares are infinite, may make parameters NaN.
/// </remarks>
[RegisteredRule("adafactor", "Adafactor", StartingRate = 0.01, IsElementwise = false, IsPerTensor = true, ExtraMoves = 4)]
public sealed partial record Adafactor : Rule
{
    /// <summary>Whose formula where implementations differ. Default the paper's.</summary>
    public AdafactorForm Form { get; init; }

    /// <summary>lr, the most that the relative step may be, or the step itself without <see cref="RelativeStep"/>; 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>Whether the step falls as <c>1 / sqrt(t)</c> once that is below <see cref="LearningRate"/>. Default true.</summary>
    public bool RelativeStep { get; init; } = true;

    /// <summary>Whether <c>1e-6 t</c> takes the place of <see cref="LearningRate"/> in the relative step. Default false.</summary>
    public bool WarmupInit { get; init; }

    /// <summary>Whether the step is multiplied by <c>max(eps2, RMS(p))</c>. Default true.</summary>
    public bool ScaleParameter { get; init; } = true;

    /// <summary>c in <c>b2 = 1 - t^-c</c>, 0 or more; timm's <c>decay_rate</c> and PyTorch's <c>beta2_decay</c> are <c>-c</c>. Default 0.8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Beta2Decay { get; init; } = 0.8;

    /// <summary>b1 of a mean of the finished updates, in [0, 1). Default 0: none, and no slot.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0;

    /// <summary>eps, 0 or more. Default 1e-30.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-30;

    /// <summary>eps2, the least scale of a tensor, so that one that begins at 0 can move; 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule ScaleEpsilon { get; init; } = 1e-3;

    /// <summary>d, the root mean square above which an update is shrunk to it; more than 0. Default 1.</summary>
    [Range(Bounds.Positive)] public partial Schedule ClipThreshold { get; init; } = 1;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>The least that both of the last two dimensions must be for a tensor to be factored; 1 or more. Default 1: every matrix, as in the paper.</summary>
    [AtLeast(1)] public partial int LeastFactoredDimension { get; init; } = 1;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    private bool HasMean => Beta1 is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots()
    {
        var moments = Form == AdafactorForm.PyTorch ? Factoring.Slots(LeastFactoredDimension, "row_var", "col_var", "variance") : Factoring.Slots(LeastFactoredDimension);
        return HasMean ? [.. moments, new("exp_avg")] : moments;
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        if (WarmupInit && !RelativeStep)
        {
            throw new ArgumentException($"{nameof(WarmupInit)} needs {nameof(RelativeStep)}, it was {RelativeStep}.");
        }
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => RelativeStep || HasMean
        ? new() { WhyNoDirection = "it is the most that a relative step may be, or inside the mean of steps", Ascends = Maximize }
        : Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        long clock = plan.Clock;
        double learningRate = Constraint.NonNegative.At(LearningRate, clock), weightDecay = Constraint.NonNegative.At(WeightDecay, clock);
        double beta1 = Constraint.UnitInterval.At(Beta1, clock), scaleEpsilon = Constraint.NonNegative.At(ScaleEpsilon, clock);
        double clip = Constraint.Positive.At(ClipThreshold, clock);
        var moments = new FactoredMoments<T>(
            Exact.Power(plan.Step, -Constraint.NonNegative.At(Beta2Decay, clock)), Constraint.NonNegative.At(Epsilon, clock), Form);
        double rate = RelativeStep ? Math.Min(WarmupInit ? 1e-6 * plan.Step : learningRate, 1 / Math.Sqrt(plan.Step)) : learningRate;
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        plan.ApplyToTensors(
            HasMean ? 4 : 3,
            context =>
            {
                double[] steps = new double[context.Layout.Count], decays = new double[steps.Length];
                for (int i = 0; i < steps.Length; i++)
                {
                    var shape = context.Layout[i];
                    double root = Math.Sqrt(Math.Max(1, shape.Length));
                    double scaled = ScaleParameter ? rate * Math.Max(scaleEpsilon, context.Norm(context.ParametersOf(i)) / root) : rate;
                    moments.Divide(context, i, Factoring.Fits(shape, LeastFactoredDimension));
                    steps[i] = scaled / ClipByRms.Divisor(context, i, clip);
                    decays[i] = weightDecay * (Form == AdafactorForm.PyTorch ? learningRate : scaled);
                }

                if (HasMean)
                {
                    Finish(context, i => Formula.Then<T, ScaleFormula<T>, UpdateMeanFormula<T>>(new(steps[i]), new(beta1)), decays);
                }
                else
                {
                    Finish(context, i => new ScaleFormula<T>(steps[i]), decays);
                }
            },
            mayThrow: false);
    }

    private static void Finish<T, F>(TensorStepContext<T> context, Func<int, F> step, double[] decays)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        int slot = F.SlotCount == 0 ? 0 : 3;
        if (decays.All(decay => decay == 0))
        {
            context.ThenPerTensor(step, slot);
        }
        else
        {
            context.ThenPerTensor(step, i => Formula.Then<T, F, DecayFormula<T>>(step(i), new(decays[i])), slot);
        }
    }
}

[Formula]
internal readonly partial struct UpdateMeanFormula<T>(double beta1)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly bool isMean = beta1 != 0;
    private readonly T beta1 = T.CreateTruncating(beta1), gain = T.CreateTruncating(1 - beta1);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg)
        where L : struct, ILane<L, T>
    {
        exp_avg = isMean ? L.FusedMultiplyAdd(exp_avg, beta1, update * gain) : update;
        return exp_avg;
    }
}
