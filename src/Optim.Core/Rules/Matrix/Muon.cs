using Optim.LinearAlgebra;

namespace Optim;

/// <summary>What Muon multiplies the orthogonal factor of a matrix by, so that one learning rate serves matrices of all shapes.</summary>
public enum MuonShapeFactor
{
    /// <summary>The author's <c>sqrt(max(1, rows / columns))</c>.</summary>
    Original,

    /// <summary><c>0.2 sqrt(max(rows, columns))</c>, for the root mean square of AdamW's updates (Liu et al. 2025, "Muon is scalable").</summary>
    MatchRmsAdamW,
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

    /// <summary>What the orthogonal factor is multiplied by. Default the author's.</summary>
    public MuonShapeFactor ShapeFactor { get; init; }

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
    public override Composition DeclareComposition() => new() { KeepsObjectiveOut = SomeTensors.KeepObjectiveOut, KeepsProjectionOut = MixedElements.KeepProjectionOut };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double weightDecay = at.LearningRate * at.WeightDecay;
        var momentum = new MuonMomentumFormula<T>(at.Momentum, Nesterov);
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

                    int rows = context.Layout[i].Dimensions[0], columns = length / rows;
                    context.SweepTensor(momentum, i);
                    double norm = context.Norm(context.Update.Slice(start, length));
                    double divisor = AddEpsilonToNorm ? norm + at.Epsilon : Math.Max(norm, at.Epsilon);
                    NewtonSchulz.Orthogonalize(context.ChangeUpdate().Slice(start, length), rows, columns, divisor, NewtonSchulzSteps, context.Engine);
                    var scale = new ScaleFormula<T>(at.LearningRate * FactorOf(rows, columns));
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

    private static bool IsMatrix(TensorShape shape) => shape.Dimensions.Count >= 2;

    private static bool IsOther(TensorShape shape) => !IsMatrix(shape);

    private double FactorOf(int rows, int columns) => ShapeFactor == MuonShapeFactor.Original
        ? Math.Sqrt(Math.Max(1, (double)rows / columns))
        : 0.2 * Math.Sqrt(Math.Max(rows, columns));
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
