namespace Optim;

/// <summary>What <see cref="Mars"/> does with its corrected gradient.</summary>
public enum MarsForm
{
    /// <summary>AdamW.</summary>
    AdamW,

    /// <summary>The sign of a plain mean.</summary>
    Lion,

    /// <summary>The orthogonal factor of a plain mean, as Muon; AdamW where it is no matrix.</summary>
    Shampoo,
}

/// <summary>Variance reduction for matrices: the gradient, corrected by how it has changed, into AdamW, Lion or Muon; AdamW for vectors.</summary>
/// <formula>
/// c = g + gamma b1 / (1 - b1) (g - g_before), g_before = 0 at first; c = c / max(1, |c|), for each tensor
/// m = b1 m + (1 - b1) c
/// AdamW: v = b2 v + (1 - b2) c^2; u = m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
/// Lion: u = sign(m); Shampoo: u = sqrt(max(1, rows / columns)) times the orthogonal factor of m
/// p = p - lr (u + wd p); vectors: AdamW
/// </formula>
/// <paper>Yuan, Liu, Wu, Zhou and Gu 2024, MARS: Unleashing the Power of Variance Reduction for Training Large Models</paper>
/// <definition>The authors' code with its approximation: the gradient before is that of the step before, on its own batch; Newton-Schulz in the parameters' own type.</definition>
/// <differs>
/// pytorch-image-models corrects and clips nothing in the first step. kozistr adds 1e-15 under the root. The authors' code has the vectors' rate as a fixed ratio to this one's: here it is <see cref="Fallback"/>'s own.
/// </differs>
/// <remarks>
/// Matrices are tensors of two axes; all others are <see cref="Fallback"/>'s, unless <see cref="All"/>. Slots: the fallback's, empty for matrices, then <c>last_grad</c>, <c>exp_avg</c>, and where AdamW needs them <c>exp_avg_sq</c> and
/// <c>max_exp_avg_sq</c>, empty for all else.
/// </remarks>
[RegisteredRule("mars", "MARS", StartingRate = 0.003, IsElementwise = false, IsPerTensor = true, IsComputeBound = true)]
public sealed partial record Mars : Rule
{
    /// <summary>What is done with the corrected gradient. Default AdamW.</summary>
    public MarsForm Form { get; init; }

    /// <summary>lr, 0 or more. Default 0.003.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.003;

    /// <summary>b1, in [0, 1). Default 0.95.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.95;

    /// <summary>b2, in [0, 1). Default 0.99.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.99;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>gamma, how much of the gradient's change is added, 0 or more. Default 0.025.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Correction { get; init; } = 0.025;

    /// <summary>Whether AdamW's denominator never decreases. Default false.</summary>
    public bool AmsGrad { get; init; }

    /// <summary>Whether all tensors are corrected, not matrices alone. Default false.</summary>
    public bool All { get; init; }

    /// <summary>The rule of the tensors that are no matrices, with a learning rate of its own. Default AdamW with lr 0.003, betas 0.9 and 0.95, decay 0.1.</summary>
    public Rule Fallback
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Fallback));
            field = value;
        }
    }

    = new AdamW { LearningRate = 0.003, Beta2 = 0.95, WeightDecay = 0.1 };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
    [
        .. Fallback.DeclareSlots().Select(slot => slot.For(IsOther)), new SlotDeclaration("last_grad").For(IsOwn), new SlotDeclaration("exp_avg").For(IsOwn),
        new SlotDeclaration("exp_avg_sq").For(IsAdams), .. AmsGrad ? new[] { new SlotDeclaration("max_exp_avg_sq").For(IsAdams) } : [],
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
    public override Composition DeclareComposition() => SomeTensors.Composition with { KeepsProjectionOut = Form == MarsForm.Shampoo ? MixedElements.KeepProjectionOut : "" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.PrepareFor(Fallback, IsOther);
        int slots = AmsGrad ? 4 : 3;
        if (plan.Layout.All(IsOther))
        {
            plan.SkipSlots(slots);
            return;
        }

        var corrected = new CorrectedGradientFormula<T>(at.Correction * (at.Beta1 / (1 - at.Beta1)));
        var orthogonal = new Orthogonalization(MuonCoefficients.Original, 5, at.Epsilon) { AddEpsilonToNorm = true };
        var scalars = new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step);
        plan.ApplyToTensors(
            slots,
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

                    context.SweepTensor(corrected, i);
                    double norm = context.UpdateNorm(context.Tensor(i));
                    if (norm > 1)
                    {
                        context.SweepRange(new WideScaleFormula<T>(1 / norm), start, shape.Length);
                    }

                    double factor = Direct(context, i, scalars, at.LearningRate, at.Beta1, orthogonal);
                    if (at.WeightDecay != 0 && context.Decays(i))
                    {
                        context.SweepRange(
                            Formula.Then<T, ScaleFormula<T>, DecayFormula<T>>(new(at.LearningRate * factor), new(at.LearningRate * at.WeightDecay)), start, shape.Length);
                    }
                    else
                    {
                        context.SweepRange(new ScaleFormula<T>(at.LearningRate * factor), start, shape.Length);
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

    /// <summary>Makes the direction of a tensor in place, up to the factor that is returned.</summary>
    private double Direct<T>(TensorStepContext<T> context, int tensor, AdamScalars<T> scalars, double rate, double beta1, Orthogonalization orthogonal)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (IsAdams(context.Layout[tensor]))
        {
            if (AmsGrad)
            {
                context.SweepTensor(new AmsGradFormula<T>(scalars), tensor, firstSlot: 1);
            }
            else
            {
                context.SweepTensor(new AdamFormula<T>(scalars), tensor, firstSlot: 1);
            }

            return 1;
        }

        context.SweepTensor(new MovingMeanFormula<T>(beta1), tensor, firstSlot: 1);
        int start = context.Layout.OffsetOf(tensor), length = context.Layout[tensor].Length;
        if (Form == MarsForm.Lion)
        {
            context.SweepRange(default(SignFormula<T>), start, length);
            return 1;
        }

        if (!context.Moves(tensor, rate))
        {
            return 1;
        }

        context.SweepRange(new ScaleFormula<T>(1 / (1 - beta1)), start, length);
        orthogonal.Apply(context, tensor);
        var (rows, columns, _) = orthogonal.MatricesOf(context.Layout[tensor]);
        return Muon.Factor(MuonShapeFactor.Original, 1, rows, columns);
    }

    private bool IsOwn(TensorShape shape) => All || shape.Dimensions.Count == 2;

    private bool IsOther(TensorShape shape) => !IsOwn(shape);

    /// <summary>Whether AdamW does the step of a tensor that is corrected.</summary>
    private bool IsAdams(TensorShape shape) => IsOwn(shape) && (Form == MarsForm.AdamW || (Form == MarsForm.Shampoo && shape.Dimensions.Count != 2));

    /// <summary><c>u = g + k (g - g_before)</c>.</summary>
    [Formula]
    private readonly partial struct CorrectedGradientFormula<T>(double correction)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T correction = T.CreateTruncating(correction);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L g, ref L last_grad)
            where L : struct, ILane<L, T>
        {
            var before = last_grad;
            last_grad = g;
            return L.FusedMultiplyAdd(g - before, correction, g);
        }
    }
}
