using Optim.LinearAlgebra;

namespace Optim;

/// <summary>Whose Shampoo.</summary>
public enum ShampooForm
{
    /// <summary>Every preconditioner sees the gradient itself; the exponent is -1/(2k) for k dimensions, -1/4 for matrices.</summary>
    Paper,

    /// <summary>moskomule's and torch_optimizer's: each preconditioner sees what the one before made of the gradient; the exponent is -1/k, -1/2 for matrices.</summary>
    Moskomule,
}

/// <summary>A preconditioner for each dimension of a tensor.</summary>
/// <formula>L = R = eps I at first; L += G G^T; R += G^T G; p -= lr L^(-1/4) G R^(-1/4) (k dimensions: exponent -1/(2k))</formula>
/// <paper>Gupta, Koren and Singer 2018, Shampoo: Preconditioned Stochastic Tensor Optimization</paper>
/// <definition>The paper's, for up to four dimensions; dimensions above MaxPreconditionerDimension keep a diagonal.</definition>
/// <differs>
/// torch_optimizer (after moskomule) has exponent -1/k, and its second preconditioner sees what the first made of the gradient (Form = Moskomule).
/// </differs>
/// <remarks>
/// A tensor of k dimensions has k preconditioners with exponent -1/(2k); so a vector has the whole matrix of AdaGrad with -1/2, and a scalar is AdaGrad's.
/// Dimensions beyond the fourth count as one with the fourth. A dimension above <see cref="MaxPreconditionerDimension"/> keeps the diagonal alone, as in the
/// paper's experiments; a long vector is then AdaGrad's. The paper computes the roots at each step; <see cref="UpdateFrequency"/> does so less often.
/// <see cref="ShampooForm.Moskomule"/> is torch_optimizer's form. Roots come from an eigen-decomposition in double. In float the preconditioners are kept in
/// float, where eigenvalues below 2^-22 of the largest are rounding and count as that (in double 2^-50), and an element beyond the range of float is kept as
/// the largest number. NaN or infinity in a tensor's gradient makes the tensor NaN from then on. Slots: <c>precond_0</c> to <c>precond_3</c> and their roots
/// <c>inv_precond_0</c> to <c>inv_precond_3</c>, each empty where a tensor has no such dimension; with <see cref="Momentum"/> <c>momentum_buffer</c>.
/// Gradients beyond 1e18 (in double precision 1e100), products of whose squares are infinite, may make parameters NaN.
/// </remarks>
[RegisteredRule("shampoo", "Shampoo", StartingRate = 0.3, IsElementwise = false, IsPerTensor = true, IsComputeBound = true)]
public sealed partial record Shampoo : Rule
{
    /// <summary>Whose formula where implementations differ. Default the paper's.</summary>
    public ShampooForm Form { get; init; }

    /// <summary>lr, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.1;

    /// <summary>
    /// mu, the part of the last preconditioned gradient that is mixed into the next gradient, in [0, 1), as torch_optimizer has it; for the usual
    /// momentum put <see cref="ScaleByMomentum"/> behind. Default 0: none, and no slot.
    /// </summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>eps, what stands on the diagonal of each preconditioner before the first step, 0 or more. Default 1e-4.</summary>
    [Range(Bounds.NonNegative)] public partial double Epsilon { get; init; } = 1e-4;

    /// <summary>The steps from one computation of the roots to the next, 1 or more; the first step is one. Default 1.</summary>
    [AtLeast(1)] public partial int UpdateFrequency { get; init; } = 1;

    /// <summary>The largest dimension that has a whole matrix, 1 or more; its memory is the square, its time the cube. Default 1200.</summary>
    [AtLeast(1)] public partial int MaxPreconditionerDimension { get; init; } = 1200;

    private bool HasMomentum => Momentum is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots()
    {
        SlotDeclaration[] preconditioners =
        [
            .. Numbered("precond_", mode => new SlotDeclaration(mode, Epsilon) { OnDiagonal = true }),
            .. Numbered("inv_precond_", mode => new SlotDeclaration(mode)),
        ];
        return HasMomentum ? [.. preconditioners, new("momentum_buffer")] : preconditioners;

        IEnumerable<SlotDeclaration> Numbered(string name, Func<string, SlotDeclaration> slot) => Enumerable.Range(0, Mode.Most)
            .Select(i => slot(FormattableString.Invariant($"{name}{i}")) with { Dimensions = shape => Preconditioner(shape, i) });
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { KeepsProjectionOut = MixedElements.KeepProjectionOut };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        const int Buffer = 2 * Mode.Most;
        bool first = plan.Step == 1, refresh = plan.Clock % UpdateFrequency == 0;
        plan.ApplyToTensors(
            HasMomentum ? Buffer + 1 : Buffer,
            context =>
            {
                if (at.Momentum != 0 && !first)
                {
                    context.Sweep(new MixFormula<T>(at.Momentum), Buffer);
                }

                context.Decay(at.WeightDecay);
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    Precondition(context, i, refresh);
                }

                if (HasMomentum)
                {
                    context.Update.CopyTo(context.ChangeSlot(Buffer));
                }

                context.Then(new ScaleFormula<T>(at.LearningRate));
            },
            mayThrow: false);
    }

    private int[] Preconditioner(TensorShape shape, int mode)
    {
        int[] sizes = Mode.Sizes(shape);
        return mode >= sizes.Length || shape.Length == 0 ? [0]
            : sizes[mode] > MaxPreconditionerDimension ? [sizes[mode]]
            : [sizes[mode], sizes[mode]];
    }

    private void Precondition<T>(TensorStepContext<T> context, int tensor, bool refresh)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var shape = context.Layout[tensor];
        if (shape.Length == 0)
        {
            return;
        }

        var modes = Mode.Of(shape);
        int exponent = Form == ShampooForm.Paper ? 2 * modes.Length : modes.Length;
        var update = context.ChangeUpdate().Slice(context.Layout.OffsetOf(tensor), shape.Length);
        double[] gradient = Widening.Of<T>(update), result = gradient;
        for (int i = 0; i < modes.Length; i++)
        {
            bool diagonal = modes[i].Size > MaxPreconditionerDimension;
            double[] seen = Form == ShampooForm.Paper ? gradient : result;
            var kept = Accumulate(Of(i), diagonal ? modes[i].GramDiagonal(seen) : modes[i].Gram(seen, context.Engine));
            var root = Of(Mode.Most + i);
            if (refresh)
            {
                double[] fresh = diagonal
                    ? Array.ConvertAll(Widening.Of<T>(kept), x => Symmetric.InverseRoot(x, exponent))
                    : Symmetric.InverseRoot(
                        Widening.Of<T>(kept), modes[i].Size, exponent, Epsilon, Math.ScaleB(1, typeof(T) == typeof(float) ? -22 : -50), context.Engine);
                Store(fresh, root);
            }

            result = diagonal ? modes[i].ApplyDiagonal(Widening.Of<T>(root), result) : modes[i].Apply(Widening.Of<T>(root), result, context.Engine);
        }

        for (int i = 0; i < result.Length; i++)
        {
            update[i] = T.CreateTruncating(result[i]);
        }

        Span<T> Of(int slot)
        {
            var layout = context.SlotLayout(slot);
            return context.ChangeSlot(slot).Slice(layout.OffsetOf(tensor), layout[tensor].Length);
        }
    }

    private static Span<T> Accumulate<T>(Span<T> kept, double[] added)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < added.Length; i++)
        {
            kept[i] = Exact.Saturated<T>(double.CreateTruncating(kept[i]) + added[i]);
        }

        return kept;
    }

    private static void Store<T>(double[] values, Span<T> slot)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            slot[i] = Exact.Saturated<T>(values[i]);
        }
    }
}

[Formula]
internal readonly partial struct MixFormula<T>(double momentum)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T momentum = T.CreateTruncating(momentum), gain = T.CreateTruncating(1 - momentum);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg)
        where L : struct, ILane<L, T> => L.FusedMultiplyAdd(exp_avg, momentum, update * gain);
}
