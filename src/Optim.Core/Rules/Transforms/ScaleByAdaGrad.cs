using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>AdaGrad's direction, without a learning rate: <c>s += g^2; u = g / (sqrt(s) + eps)</c>.</summary>
/// <remarks>
/// Definition: PyTorch's <c>Adagrad</c> (Duchi, Hazan and Singer 2011, diagonal form, epsilon as their delta outside the root).
/// Slot: <c>sum</c>. The piece of <see cref="AdaGrad"/>.
/// </remarks>
public sealed record ScaleByAdaGrad : Rule
{
    /// <summary>eps, 0 or more. Default 1e-10.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-10;

    /// <summary>What s starts from, 0 or more. Default 0 (0.1 in some libraries).</summary>
    public double InitialAccumulator { get; init => field = Constraint.NonNegative.Check(value); }

    internal static RuleEntry Entry { get; } = new(
        "scale_by_adagrad", "AdaGrad's direction", "The update divided by the root of the sum of squares.",
        () => new ScaleByAdaGrad())
    {
        Formula = """
            s += u^2; u = u / (sqrt(s) + eps)
            """,
        Paper = "Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods",
        Definition = "PyTorch's Adagrad",
    };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByAdaGrad WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="InitialAccumulator"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByAdaGrad WithInitialAccumulator(double value) => this with { InitialAccumulator = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("sum", InitialAccumulator)];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Apply(new AdaGradFormula<T>(Constraint.NonNegative.At(Epsilon, plan.Clock)));
    }
}

/// <summary><c>s += g^2; u = g / (sqrt(s) + eps)</c>.</summary>
internal readonly struct AdaGradFormula<T>(double epsilon) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var sum = L.FusedMultiplyAdd(update, update, slots.Read(0));
        slots.Write(0, sum);
        return update / (L.Sqrt(sum) + L.Broadcast(epsilon));
    }
}
