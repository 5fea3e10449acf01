namespace Optim;

/// <summary>Muon whose orthogonal momentum is divided, element by element, by its root mean square so far; AdamW for vectors.</summary>
/// <formula>
/// m = mu m + (1 - mu) g; O = the orthogonal factor of m, as Muon
/// v = b2 v + (1 - b2) O^2
/// U = O / (sqrt(v) + eps); p = p - lr (0.2 sqrt(rows columns) U / (|U| + eps) + wd p)
/// (other shape factors s: p = p - lr (s O / (sqrt(v / (1 - b2^t)) + eps) + wd p))
/// </formula>
/// <paper>Si, Zhang, Wang 2025, AdaMuon: Adaptive Muon Optimizer</paper>
/// <definition>pytorch-image-models' (algo = adamuon), in the parameters' own type.</definition>
/// <differs>A later version of the paper takes the signs of m before it makes them orthogonal.</differs>
/// <remarks>
/// A tensor of rank 3 or more is the matrix [d0, rest], or one at each position of its kernel; the shape factor is of the last two axes in either case, as it is there. <see cref="Fallback"/> sees all other tensors. NaN or infinity in a
/// matrix's gradient makes the matrix NaN. Slots: the fallback's, empty for matrices, and <c>momentum_buffer</c>, <c>exp_avg_sq</c> (v), empty for all else.
/// </remarks>
[RegisteredRule("adamuon", "AdaMuon", StartingRate = 0.003, IsElementwise = false, IsPerTensor = true, IsComputeBound = true)]
public sealed partial record AdaMuon : Rule
{
    private readonly ValueList<double> coefficients = new(MuonCoefficients.Quintic);

    /// <summary>lr, 0 or more. Default 0.02.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.02;

    /// <summary>mu, in [0, 1). Default 0.95.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0.95;

    /// <summary>Whether the momentum looks ahead. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>b2, in [0, 1). Default 0.95.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.95;

    /// <summary>wd, decoupled weight decay of matrices, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>eps, of the norms and of the root; 0 or more. Default 1e-7.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-7;

    /// <summary>The iterations of Newton-Schulz, 1 or more. Default 5.</summary>
    [AtLeast(1)] public partial int NewtonSchulzSteps { get; init; } = 5;

    /// <summary>a, b and c of each iteration in turn, the last three those of all that follow. Copied. Default <see cref="MuonCoefficients.Quintic"/>.</summary>
    public IReadOnlyList<double> Coefficients
    {
        get => coefficients;
        init => coefficients = MuonCoefficients.Checked(value, nameof(Coefficients));
    }

    /// <summary>A factor on the norm that a matrix is divided by first, more than 0. Default 1.</summary>
    [Range(Bounds.Positive)] public partial double SafetyFactor { get; init; } = 1;

    /// <summary>Whether eps is added to that norm, times <c>sqrt(columns / rows)</c>; otherwise it is the least norm. Default false.</summary>
    public bool ScaleEpsilon { get; init; }

    /// <summary>What a matrix is multiplied by. Default <see cref="MuonShapeFactor.MatchRmsAdamW"/>, which takes its norm to <c>0.2 sqrt(rows columns)</c> whatever v.</summary>
    public MuonShapeFactor ShapeFactor { get; init; } = MuonShapeFactor.MatchRmsAdamW;

    /// <summary>Whether a tensor of rank 3 or more is a matrix at each position of its kernel. Default false: it is the matrix [d0, rest].</summary>
    public bool ByKernelPosition { get; init; }

    /// <summary>Whether the steps of those matrices are divided by the root of how many there are. Default true.</summary>
    public bool NormalizeByPositions { get; init; } = true;

    /// <summary>The rule of vectors and scalars, with a learning rate of its own. Default AdamW with lr 3e-4, betas 0.9 and 0.95, eps 1e-10, no decay.</summary>
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
    [
        .. Fallback.DeclareSlots().Select(slot => slot.For(IsOther)), new SlotDeclaration("momentum_buffer").For(IsMatrix), new SlotDeclaration("exp_avg_sq").For(IsMatrix),
    ];

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
        plan.PrepareFor(Fallback, IsOther);
        if (plan.Layout.All(IsOther))
        {
            plan.SkipSlots(2);
            return;
        }

        var orthogonal = new Orthogonalization(coefficients, NewtonSchulzSteps, at.Epsilon)
        {
            SafetyFactor = SafetyFactor, AddEpsilonToNorm = ScaleEpsilon, ScaleEpsilon = ScaleEpsilon, ByPosition = ByKernelPosition,
        };
        bool matches = ShapeFactor == MuonShapeFactor.MatchRmsAdamW;
        var momentum = new MuonMomentumFormula<T>(at.Momentum, Nesterov);
        var spread = new SpreadFormula<T>(new(0, at.Beta2, at.Epsilon, 1, matches ? 1 : 1 / Exact.OneMinusPower(at.Beta2, plan.Step)));
        plan.ApplyToTensors(
            2,
            context =>
            {
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    var shape = context.Layout[i];
                    int start = context.Layout.OffsetOf(i);
                    if (IsOther(shape) || shape.Length == 0)
                    {
                        continue;
                    }

                    context.SweepTensor(momentum, i);
                    orthogonal.Apply(context, i);
                    context.SweepTensor(spread, i, firstSlot: 1);
                    if (!context.Moves(i, at.LearningRate))
                    {
                        continue;
                    }

                    int rows = shape.Dimensions[^2], columns = shape.Dimensions[^1];
                    double factor = matches
                        ? Math.Min(0.2 * Math.Sqrt((double)rows * columns) / (context.Norm(context.Update.Slice(start, shape.Length)) + at.Epsilon), double.MaxValue)
                        : Muon.Factor(ShapeFactor, 0.2, rows, columns);
                    factor /= NormalizeByPositions ? Math.Sqrt(orthogonal.MatricesOf(shape).Count) : 1;
                    context.SweepRange(new WideScaleFormula<T>(at.LearningRate * factor), start, shape.Length);
                    if (at.WeightDecay != 0 && context.Decays(i))
                    {
                        context.SweepRange(new DecayFormula<T>(at.LearningRate * at.WeightDecay), start, shape.Length);
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

    private static bool IsMatrix(TensorShape shape) => shape.Dimensions.Count >= 2;

    private static bool IsOther(TensorShape shape) => !IsMatrix(shape);

    /// <summary><c>v = b2 v + (1 - b2) u^2; u = u / (sqrt(c v) + eps)</c>.</summary>
    [Formula]
    private readonly partial struct SpreadFormula<T>(AdamScalars<T> at)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly AdamScalars<T> at = at;

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L u, ref L exp_avg_sq)
            where L : struct, ILane<L, T>
        {
            exp_avg_sq = at.MeanSquare(exp_avg_sq, u);
            return u / at.CorrectedRoot(exp_avg_sq);
        }
    }
}
