namespace Optim;

/// <summary>What Muon multiplies the orthogonal factor of a matrix by, so that one learning rate serves matrices of all shapes.</summary>
public enum MuonShapeFactor
{
    /// <summary>The author's <c>sqrt(max(1, rows / columns))</c>.</summary>
    Original,

    /// <summary><c>0.2 sqrt(max(rows, columns))</c>, for the root mean square of AdamW's updates (Liu et al. 2025, "Muon is scalable"); 0.2 is <see cref="Muon.RootMeanSquare"/>.</summary>
    MatchRmsAdamW,

    /// <summary><c>sqrt(rows / columns)</c>: from inputs to outputs of the same root mean square (Bernstein 2025).</summary>
    RmsToRms,

    /// <summary><c>sqrt(max(1, columns / rows))</c>: the author's for matrices that are inputs by outputs, as Optax has them.</summary>
    InputsByOutputs,

    /// <summary><c>1 / sqrt(columns)</c>.</summary>
    InverseRootColumns,

    /// <summary>1.</summary>
    None,
}

/// <summary>The momentum of each matrix made orthogonal; AdamW for vectors.</summary>
/// <formula>
/// m = mu m + (1 - mu) g; u = (1 - mu) g + mu m (Nesterov) or m; X = u / max(|u|, eps)
/// 5 times: X = a X + (b X X^T + c (X X^T)^2) X; p -= lr (sqrt(max(1, rows / columns)) X + wd p); vectors: AdamW
/// </formula>
/// <paper>Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks</paper>
/// <definition>PyTorch's (2.9), in the parameters' own type instead of bfloat16; higher ranks as [d0, rest].</definition>
/// <differs>
/// The author adds eps to the norm (AddEpsilonToNorm), with lr 0.02 and no decay; ShapeFactor = MatchRmsAdamW for 0.2 sqrt(max(rows, columns)).
/// pytorch-image-models: Coefficients = MuonCoefficients.Quintic, SafetyFactor. Optax: BiasCorrection, AddEpsilonToNorm, ShapeFactor = InputsByOutputs, MatricesOnly, Preconditioning, Adaptive.
/// </differs>
/// <remarks>
/// PyTorch and the author iterate in bfloat16; here it is the parameters' own type. A tensor of rank 3 or more is the matrix [d0, rest], as the author takes
/// convolution filters (PyTorch refuses it; the author's code takes rank 3 as a stack of matrices, and the shape factor of a filter from its last two
/// dimensions). <see cref="Fallback"/> sees all other tensors and nothing of the matrices. The author advises to leave embeddings and output layers to it as
/// well; here the shape alone decides. Singular values end between about 0.68 and 1.2, those below about 1/300 of the norm lower. NaN or infinity in a
/// matrix's gradient makes the matrix NaN. Slots: the fallback's, empty for matrices, and <c>momentum_buffer</c>, empty for all else.
/// </remarks>
[RegisteredRule("muon", "Muon", StartingRate = 0.01, IsElementwise = false, IsPerTensor = true, IsComputeBound = true)]
public sealed partial record Muon : Rule
{
    private readonly ValueList<double> coefficients = new(MuonCoefficients.Original);

    /// <summary>lr, the spectral norm of a step before the shape factor, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>mu, in [0, 1). Default 0.95.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0.95;

    /// <summary>Whether the update looks ahead. Default true.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>wd, decoupled weight decay of matrices, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0.1;

    /// <summary>eps, the least norm to divide by, 0 or more. Default 1e-7.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-7;

    /// <summary>Whether eps is added to the norm, as the author does. Default false: the larger of the two, as PyTorch does.</summary>
    public bool AddEpsilonToNorm { get; init; }

    /// <summary>The iterations of Newton-Schulz, 1 or more. Default 5.</summary>
    [AtLeast(1)] public partial int NewtonSchulzSteps { get; init; } = 5;

    /// <summary>a, b and c of each iteration in turn, the last three those of all that follow: <see cref="MuonCoefficients"/> has some. Copied. Default the author's.</summary>
    public IReadOnlyList<double> Coefficients
    {
        get => coefficients;
        init => coefficients = MuonCoefficients.Checked(value, nameof(Coefficients));
    }

    /// <summary>A factor on the norm that is divided by, more than 0: Polar Express wants a little more than 1. Default 1.</summary>
    [Range(Bounds.Positive)] public partial double SafetyFactor { get; init; } = 1;

    /// <summary>Whether eps is times <c>sqrt(columns / rows)</c>. Default false.</summary>
    public bool ScaleEpsilon { get; init; }

    /// <summary>What a matrix is divided by before the iterations. Default the Frobenius norm.</summary>
    public MuonPreconditioning Preconditioning { get; init; }

    /// <summary>Whether the bias of the momentum is corrected, that of m as of the step after where it looks ahead, as in Optax. Default false.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>Whether the orthogonal factor is multiplied by its product with what it was made of, as in Optax: the longer, the more there is in the momentum. Default false.</summary>
    public bool Adaptive { get; init; }

    /// <summary>What the orthogonal factor is multiplied by. Default the author's.</summary>
    public MuonShapeFactor ShapeFactor { get; init; }

    /// <summary>The root mean square of <see cref="MuonShapeFactor.MatchRmsAdamW"/>, more than 0. Default 0.2.</summary>
    [Range(Bounds.Positive)] public partial double RootMeanSquare { get; init; } = 0.2;

    /// <summary>Whether a tensor of rank 3 or more is a matrix at each position of its kernel. Default false: it is the matrix [d0, rest].</summary>
    public bool ByKernelPosition { get; init; }

    /// <summary>Whether those matrices are divided by the root of how many there are. Default true.</summary>
    public bool NormalizeByPositions { get; init; } = true;

    /// <summary>Whether tensors of rank 3 or more are the fallback's too, as in Optax. Default false.</summary>
    public bool MatricesOnly { get; init; }

    /// <summary>The rule of vectors and scalars, with a learning rate of its own. Default AdamW with the author's lr 3e-4, betas 0.9 and 0.95, eps 1e-10, no decay.</summary>
    public Rule Fallback
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Fallback));
            field = value;
        }
    }

    = new AdamW { LearningRate = 3e-4, Beta2 = 0.95, Epsilon = 1e-10, WeightDecay = 0 };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [.. Fallback.DeclareSlots().Select(slot => slot.For(IsOther)), new SlotDeclaration("momentum_buffer").For(IsMatrix)];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => Fallback.AllScalars();

    /// <inheritdoc/>
    public override IReadOnlyList<InnerRule> DeclareInner() => [new("fallback", Fallback)];

    /// <inheritdoc/>
    public override Rule ReplaceInner(IReadOnlyList<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return this with { Fallback = rules[0] };
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => SomeTensors.Composition with { KeepsProjectionOut = MixedElements.KeepProjectionOut };

    /// <inheritdoc/>
    public override void Validate()
    {
        MuonCoefficients.RequireTriples(Coefficients, nameof(Coefficients));
        base.Validate();
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var orthogonal = new Orthogonalization(coefficients, NewtonSchulzSteps, at.Epsilon)
        {
            SafetyFactor = SafetyFactor, AddEpsilonToNorm = AddEpsilonToNorm, ScaleEpsilon = ScaleEpsilon, ByPosition = ByKernelPosition, Preconditioning = Preconditioning,
        };
        double weightDecay = at.LearningRate * at.WeightDecay;
        double correction = 1 / Exact.OneMinusPower(at.Momentum, plan.Step), next = 1 / Exact.OneMinusPower(at.Momentum, plan.Step + 1);
        var momentum = new MuonMomentumFormula<T>(at.Momentum, Nesterov);
        var corrected = Nesterov
            ? new CorrectedMomentumFormula<T>(at.Momentum, at.Momentum * next, (1 - at.Momentum) * correction)
            : new CorrectedMomentumFormula<T>(at.Momentum, correction, 0);
        plan.PrepareFor(Fallback, IsOther);
        if (plan.Layout.All(IsOther))
        {
            plan.SkipSlots(1);
            return;
        }

        plan.ApplyToTensors(
            1,
            context =>
            {
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    int start = context.Layout.OffsetOf(i), length = context.Layout[i].Length;
                    if (IsOther(context.Layout[i]) || length == 0)
                    {
                        continue;
                    }

                    if (BiasCorrection)
                    {
                        context.SweepTensor(corrected, i);
                    }
                    else
                    {
                        context.SweepTensor(momentum, i);
                    }

                    if (!context.Moves(i, at.LearningRate))
                    {
                        continue;
                    }

                    T[] before = Adaptive ? context.Update.Slice(start, length).ToArray() : [];
                    orthogonal.Apply(context, i);
                    var (rows, columns, count) = orthogonal.MatricesOf(context.Layout[i]);
                    double factor = Factor(ShapeFactor, RootMeanSquare, rows, columns) / (NormalizeByPositions ? Math.Sqrt(count) : 1);
                    factor *= Adaptive ? Product(before, context.Update.Slice(start, length)) : 1;
                    var scale = new ScaleFormula<T>(at.LearningRate * factor);
                    if (weightDecay == 0 || !context.Decays(i))
                    {
                        context.SweepRange(scale, start, length);
                    }
                    else
                    {
                        context.SweepRange(Formula.Then<T, ScaleFormula<T>, DecayFormula<T>>(scale, new(weightDecay)), start, length);
                    }
                }
            },
            mayThrow: false);
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return TensorSubset.Of(state.Parameters.Layout, IsOther).EvaluationParameters(state, Fallback, 0, 0);
    }

    /// <summary>What an orthogonal matrix is multiplied by.</summary>
    internal static double Factor(MuonShapeFactor factor, double rootMeanSquare, int rows, int columns) => factor switch
    {
        MuonShapeFactor.Original => Math.Sqrt(Math.Max(1, (double)rows / columns)),
        MuonShapeFactor.MatchRmsAdamW => rootMeanSquare * Math.Sqrt(Math.Max(rows, columns)),
        MuonShapeFactor.RmsToRms => Math.Sqrt((double)rows / columns),
        MuonShapeFactor.InputsByOutputs => Math.Sqrt(Math.Max(1, (double)columns / rows)),
        MuonShapeFactor.InverseRootColumns => 1 / Math.Sqrt(columns),
        _ => 1,
    };

    private static double Product<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += double.CreateTruncating(x[i]) * double.CreateTruncating(y[i]);
        }

        return sum;
    }

    private bool IsMatrix(TensorShape shape) => shape.Dimensions.Count == 2 || (shape.Dimensions.Count > 2 && !MatricesOnly);

    private bool IsOther(TensorShape shape) => !IsMatrix(shape);
}

/// <summary><c>m = mu m + (1 - mu) g; u = a m + c g</c>.</summary>
[Formula]
internal readonly partial struct CorrectedMomentumFormula<T>(double momentum, double kept, double fresh)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RunningMean<T> mean = new(momentum);
    private readonly T kept = T.CreateTruncating(kept), fresh = T.CreateTruncating(fresh);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L momentum_buffer)
        where L : struct, ILane<L, T>
    {
        momentum_buffer = mean.Next(momentum_buffer, g);
        return fresh == T.Zero ? momentum_buffer * kept : L.FusedMultiplyAdd(momentum_buffer, kept, g * fresh);
    }
}

[Formula]
internal readonly partial struct MuonMomentumFormula<T>(double momentum, bool nesterov)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T momentum = T.CreateTruncating(momentum), gain = T.CreateTruncating(1 - momentum);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L momentum_buffer)
        where L : struct, ILane<L, T>
    {
        var fresh = update * gain;
        momentum_buffer = L.FusedMultiplyAdd(momentum_buffer, momentum, fresh);
        return nesterov ? L.FusedMultiplyAdd(momentum_buffer, momentum, fresh) : momentum_buffer;
    }
}
