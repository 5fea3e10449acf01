namespace Optim.Execution;

/// <summary>Marks a <c>readonly partial struct</c> of one element type whose method <c>Apply</c> is a rule's arithmetic; the rest of an <see cref="IFormula{T}"/> is generated.</summary>
/// <remarks>
/// <c>Apply</c> is generic over a lane and takes the update, if it needs it the parameter, and a <c>ref</c> for each slot, whose name is the slot's;
/// <c>out</c> where what the slot held is not used. All slots are read before the first is written. Beside the struct stands a static class of the same
/// name with <c>Slots</c>, for <see cref="Rule.DeclareSlots"/>.
/// </remarks>
/// <example><code>
/// [Formula]
/// internal readonly partial struct MeanFormula&lt;T&gt;(double beta)
///     where T : unmanaged, IFloatingPointIeee754&lt;T&gt;
/// {
///     private readonly RunningMean&lt;T&gt; mean = new(beta);
///
///     [MethodImpl(MethodImplOptions.AggressiveInlining)]
///     private L Apply&lt;L&gt;(L g, ref L exp_avg)
///         where L : struct, ILane&lt;L, T&gt; => exp_avg = mean.Next(exp_avg, g);
/// }
/// </code></example>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class FormulaAttribute : Attribute;
