using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.LinearAlgebra;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>What Muon multiplies the orthogonal factor of a matrix by, so that one learning rate serves matrices of all shapes.</summary>
public enum MuonShapeFactor
{
    /// <summary>The author's <c>sqrt(max(1, rows / columns))</c>.</summary>
    Original,

    /// <summary><c>0.2 sqrt(max(rows, columns))</c>, for the root mean square of AdamW's updates (Liu et al. 2025, "Muon is scalable").</summary>
    MatchRmsAdamW,
}

/// <summary>
/// Muon, momentum orthogonalized by Newton-Schulz: <c>m = mu m + (1 - mu) g; u = (1 - mu) g + mu m</c> (Nesterov) <c>or m</c>;
/// <c>O = NS(u / max(|u|, eps))</c>, five times <c>X = 3.4445 X + (-4.775 X X^T + 2.0315 (X X^T)^2) X</c>; <c>p -= lr (shape factor O + wd p)</c>.
/// Vectors and scalars follow <see cref="Fallback"/>.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>Muon</c> (2.9), which is Jordan et al. 2024 but for the defaults of rate and decay (the author's: 0.02 and 0) and
/// for eps, which the author adds to the norm (<see cref="AddEpsilonToNorm"/>). Both iterate in bfloat16; here it is the parameters' own type.
/// A tensor of rank 3 or more is the matrix [d0, rest], as the author takes convolution filters (PyTorch refuses it; the author's
/// code takes rank 3 as a stack of matrices, and the shape factor of a filter from its last two dimensions).
/// <see cref="Fallback"/> sees all other tensors and nothing of the matrices. The author advises to leave embeddings and
/// output layers to it as well; here the shape alone decides. Singular values end between about 0.68 and 1.2, those below
/// about 1/300 of the norm lower. NaN or infinity in a matrix's gradient makes the matrix NaN.
/// Slots: the fallback's, empty for matrices, and <c>momentum_buffer</c>, empty for all else.
/// </remarks>
public sealed record Muon : Rule
{
    /// <summary>lr, the spectral norm of a step before the shape factor, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>mu, in [0, 1). Default 0.95.</summary>
    public Schedule Momentum { get; init => field = Constraint.UnitInterval.Check(value); } = 0.95;

    /// <summary>Whether the update looks ahead. Default true.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>wd, decoupled weight decay of matrices, 0 or more. Default 0.1.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0.1;

    /// <summary>eps, the least norm to divide by, 0 or more. Default 1e-7.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-7;

    /// <summary>Whether eps is added to the norm, as the author does. Default false: the larger of the two, as PyTorch does.</summary>
    public bool AddEpsilonToNorm { get; init; }

    /// <summary>The iterations of Newton-Schulz, 1 or more. Default 5.</summary>
    public int NewtonSchulzSteps { get; init => field = Constraint.CheckCount(value); } = 5;

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

    internal static RuleEntry Entry { get; } = new(
        "muon", "Muon", "The momentum of each matrix made orthogonal; AdamW for vectors.",
        () => new Muon(), 0.01, rate => new Muon { LearningRate = rate })
    {
        IsElementwise = false,
        IsPerTensor = true,
        IsComputeBound = true,
        Formula = "m = mu m + (1 - mu) g; u = (1 - mu) g + mu m (Nesterov) or m; X = u / max(|u|, eps)\n"
            + "5 times: X = a X + (b X X^T + c (X X^T)^2) X; p -= lr (sqrt(max(1, rows / columns)) X + wd p); vectors: AdamW",
        Paper = "Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks",
        Definition = "PyTorch's (2.9), in the parameters' own type instead of bfloat16; higher ranks as [d0, rest].",
        Disagreements = "The author adds eps to the norm (AddEpsilonToNorm), with lr 0.02 and no decay; ShapeFactor = MatchRmsAdamW for 0.2 sqrt(max(rows, columns)).",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["muon"] = h => new Muon
            {
                LearningRate = h.LearningRate, WeightDecay = h.Number("weight_decay"), Momentum = h.Number("momentum"), Nesterov = h.Flag("nesterov"),
                NewtonSchulzSteps = Steps(h), Epsilon = h.Number("eps"), AddEpsilonToNorm = h.Choice("norm_eps_mode", "max", "add") == "add",
                ShapeFactor = h.Choice("adjust_lr", "original", "match_rms_adamw") == "original" ? MuonShapeFactor.Original : MuonShapeFactor.MatchRmsAdamW,
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Muon WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Momentum"/>.</summary>
    /// <param name="value">The value.</param>
    public Muon WithMomentum(Schedule value) => this with { Momentum = value };

    /// <summary>A copy with another <see cref="Nesterov"/>.</summary>
    /// <param name="value">The value.</param>
    public Muon WithNesterov(bool value) => this with { Nesterov = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Muon WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Muon WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="AddEpsilonToNorm"/>.</summary>
    /// <param name="value">The value.</param>
    public Muon WithAddEpsilonToNorm(bool value) => this with { AddEpsilonToNorm = value };

    /// <summary>A copy with another <see cref="NewtonSchulzSteps"/>.</summary>
    /// <param name="value">The value.</param>
    public Muon WithNewtonSchulzSteps(int value) => this with { NewtonSchulzSteps = value };

    /// <summary>A copy with another <see cref="ShapeFactor"/>.</summary>
    /// <param name="value">The value.</param>
    public Muon WithShapeFactor(MuonShapeFactor value) => this with { ShapeFactor = value };

    /// <summary>A copy with another <see cref="Fallback"/>.</summary>
    /// <param name="value">The value.</param>
    public Muon WithFallback(Rule value) => this with { Fallback = value };

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
    public override void Validate() => Fallback.Validate();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        double weightDecay = learningRate * Constraint.NonNegative.At(WeightDecay, plan.Clock);
        var momentum = new MuonMomentumFormula<T>(Constraint.UnitInterval.At(Momentum, plan.Clock), Nesterov);
        plan.PrepareFor(Fallback, IsOther);
        if (plan.Layout.All(IsOther))
        {
            plan.LeaveSlots(1);
            return;
        }

        plan.ApplyWhole(
            1,
            whole =>
            {
                for (int i = 0; i < whole.Layout.Count; i++)
                {
                    int start = whole.Layout.OffsetOf(i), length = whole.Layout[i].Length;
                    if (IsOther(whole.Layout[i]) || length == 0)
                    {
                        continue;
                    }

                    int rows = whole.Layout[i].Dimensions[0], columns = length / rows;
                    whole.SweepTensor(momentum, i);
                    double norm = whole.Norm(whole.Update.Slice(start, length));
                    double divisor = AddEpsilonToNorm ? norm + epsilon : Math.Max(norm, epsilon);
                    NewtonSchulz.Orthogonalize(whole.ChangeUpdate().Slice(start, length), rows, columns, divisor, NewtonSchulzSteps, whole.Engine);
                    var scale = new ScaleFormula<T>(learningRate * FactorOf(rows, columns));
                    if (weightDecay == 0)
                    {
                        whole.SweepRange(scale, start, length);
                    }
                    else
                    {
                        whole.SweepRange(Formula.Then<T, ScaleFormula<T>, DecayFormula<T>>(scale, new(weightDecay)), start, length);
                    }
                }
            },
            mayThrow: false);
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return Part.Of(state.Parameters.Layout, IsOther).EvaluationParameters(state, Fallback, 0, 0);
    }

    private static bool IsMatrix(TensorShape shape) => shape.Dimensions.Count >= 2;

    private static bool IsOther(TensorShape shape) => !IsMatrix(shape);

    private static int Steps(SourceHyperparameters h) =>
        (h.Number("ns_coefficients", 0), h.Number("ns_coefficients", 1), h.Number("ns_coefficients", 2)) is (NewtonSchulz.A, NewtonSchulz.B, NewtonSchulz.C)
            ? h.Count("ns_steps")
            : throw new FormatException("Hyperparameter 'ns_coefficients' must be the author's.");

    private double FactorOf(int rows, int columns) => ShapeFactor == MuonShapeFactor.Original
        ? Math.Sqrt(Math.Max(1, (double)rows / columns))
        : 0.2 * Math.Sqrt(Math.Max(rows, columns));
}

/// <summary><c>m = mu m + (1 - mu) g; u = (1 - mu) g + mu m</c> (Nesterov) <c>or m</c>.</summary>
internal readonly struct MuonMomentumFormula<T>(double momentum, bool nesterov) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T momentum = T.CreateTruncating(momentum), gain = T.CreateTruncating(1 - momentum);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var fresh = update * gain;
        var mean = L.FusedMultiplyAdd(slots.Read(0), momentum, fresh);
        slots.Write(0, mean);
        return nesterov ? L.FusedMultiplyAdd(mean, momentum, fresh) : mean;
    }
}
