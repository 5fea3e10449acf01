using System.Numerics;

namespace Optim.Execution;

/// <content>The names of version 0.1's previews, for one version more.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="SetParameters{F}"/>
    [Obsolete("It is called SetParameters.")]
    public void Place<F>(F formula)
        where F : struct, IFormula<T> => SetParameters(formula);

    /// <inheritdoc cref="TransformParameters{F}(F)"/>
    [Obsolete("It is called TransformParameters.")]
    public void Relocate<F>(F formula)
        where F : struct, IFormula<T> => TransformParameters(formula);

    /// <inheritdoc cref="TransformParameters(int, Action{TensorStepContext{T}}, bool)"/>
    [Obsolete("It is called TransformParameters, and its work takes a TensorStepContext.")]
    public void RelocateWhole(int slotCount, Action<Whole<T>> work, bool mayThrow = true) => TransformParameters(slotCount, Work(work), mayThrow);

    /// <inheritdoc cref="ApplyToTensors"/>
    [Obsolete("It is called ApplyToTensors, and its work takes a TensorStepContext.")]
    public void ApplyWhole(int slotCount, Action<Whole<T>> work, bool mayThrow = true) => ApplyToTensors(slotCount, Work(work), mayThrow);

    /// <inheritdoc cref="Skip"/>
    [Obsolete("It is called Skip.")]
    public void Leave(Rule rule) => Skip(rule);

    /// <inheritdoc cref="SkipSlots"/>
    [Obsolete("It is called SkipSlots.")]
    public void LeaveSlots(int count) => SkipSlots(count);

    /// <inheritdoc cref="Branch"/>
    [Obsolete("It is called Branch, and its condition takes a TensorStepContext.")]
    public void Choose(Func<Whole<T>, bool> condition, Action whenTrue, Action whenFalse, bool mayThrow = false)
    {
        ArgumentNullException.ThrowIfNull(condition);
        Branch(context => condition((Whole<T>)context), whenTrue, whenFalse, mayThrow);
    }

    [Obsolete("Goes with the others.")]
    private static Action<TensorStepContext<T>> Work(Action<Whole<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return context => work((Whole<T>)context);
    }
}

/// <summary>The old name of <see cref="TensorStepContext{T}"/>, for one version more.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
[Obsolete("It is called TensorStepContext.")]
public sealed class Whole<T> : TensorStepContext<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    internal Whole(Pass<T> pass, Plan<T> plan, Scope scope, int firstSlot, int slotCount)
        : base(pass, plan, scope, firstSlot, slotCount)
    {
    }
}
