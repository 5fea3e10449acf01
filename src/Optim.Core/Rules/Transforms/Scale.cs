using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>Multiplies the update by a factor: <c>u = c g</c>. A factor of -1 ascends.</summary>
public sealed record Scale : Rule
{
    /// <summary>Sets the factor, 1 at first.</summary>
    public Scale()
    {
    }

    /// <summary>Sets the factor.</summary>
    /// <param name="factor">c; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not finite.</exception>
    public Scale(Schedule factor) => Factor = factor;

    /// <summary>c; finite. Default 1.</summary>
    public Schedule Factor { get; init => field = Constraint.Finite.Check(value); } = 1;

    internal static RuleEntry Entry { get; } = new(
        "scale", "factor", "The update times a factor.",
        () => new Scale())
    {
        Formula = """
            u = c u
            """,
        Paper = "none",
        Definition = "our own",
    };

    /// <summary>A copy with another <see cref="Factor"/>.</summary>
    /// <param name="value">The value.</param>
    public Scale WithFactor(Schedule value) => this with { Factor = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Apply(new ScaleFormula<T>(Constraint.Finite.At(Factor, plan.Clock)));
    }
}

/// <summary><c>u = c g</c>.</summary>
internal readonly struct ScaleFormula<T>(double factor) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T factor = T.CreateTruncating(factor);

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => update * factor;
}

/// <summary><c>u = -g</c>: what <c>Maximize</c> does before anything else sees the gradient.</summary>
internal readonly struct NegateFormula<T> : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => -update;
}
