using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>Keeps every element of the update within a limit: <c>u = min(max(g, -c), c)</c>. NaN stays NaN.</summary>
/// <remarks>As PyTorch's <c>clip_grad_value_</c>.</remarks>
public sealed record ClipByValue : Rule
{
    /// <summary>Sets the limit, 1 at first.</summary>
    public ClipByValue()
    {
    }

    /// <summary>Sets the limit.</summary>
    /// <param name="clipValue">c; more than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive and finite.</exception>
    public ClipByValue(Schedule clipValue) => ClipValue = clipValue;

    /// <summary>c; more than 0. Default 1.</summary>
    public Schedule ClipValue { get; init => field = Constraint.Positive.Check(value); } = 1;

    internal static RuleEntry Entry { get; } = new(
        "clip_by_value", "clipping by value", "Every element of the update within a limit.",
        () => new ClipByValue())
    {
        Formula = """
            u = min(max(u, -c), c)
            """,
        Paper = "none",
        Definition = "PyTorch's clip_grad_value_",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["clip_grad_value"] = h => new ClipByValue(h.Number("clip_value")),
        },
    };

    /// <summary>A copy with another <see cref="ClipValue"/>.</summary>
    /// <param name="value">The value.</param>
    public ClipByValue WithClipValue(Schedule value) => this with { ClipValue = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.ObserveClipping(() => plan.Apply(new ClampFormula<T>(Constraint.Positive.At(ClipValue, plan.Clock))));
    }
}

/// <summary><c>u = min(max(g, -c), c)</c>.</summary>
internal readonly struct ClampFormula<T>(double limit) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T limit = T.CreateTruncating(limit);

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => L.Min(L.Max(update, L.Broadcast(-limit)), L.Broadcast(limit));
}
