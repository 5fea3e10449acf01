using System.Numerics;

namespace Optim.Execution;

/// <content>What one rule leaves out on some of the tensors: its weight decay.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The tensors that are exempt from decay, in runs; null where none is.</summary>
    internal TensorRuns? Exempt => scope.Exempt?.RunsOf(Layout);

    /// <summary>Adds weight decay to the update, <c>u = u + wd p</c> with p from before the step, but on the tensors that <see cref="DecayExemption"/> exempts. A decay of 0 is left out: 0 times infinity is NaN.</summary>
    /// <param name="weightDecay">wd.</param>
    public void ApplyDecay(double weightDecay)
    {
        if (DecayWhereAny(weightDecay) != 0)
        {
            ApplyExempting(default(PassThrough<T>), new DecayFormula<T>(weightDecay));
        }
    }

    /// <summary>A decay, or 0 where every tensor is exempt from it.</summary>
    internal double DecayWhereAny(double weightDecay) => weightDecay == 0 || Exempt is { AreAllIn: true } ? 0 : weightDecay;

    /// <summary>Appends one formula for the tensors that are exempt and another, of the same slots, for those that decay.</summary>
    internal void ApplyExempting<A, B>(A exempt, B decaying)
        where A : struct, IFormula<T>
        where B : struct, IFormula<T>
    {
        EndSetting();
        ArgumentOutOfRangeException.ThrowIfNotEqual(A.SlotCount, B.SlotCount);
        int firstSlot = ClaimFor(decaying);
        switch (Exempt)
        {
            case null: Append(decaying, firstSlot); break;
            case { AreAllIn: true }: Append(exempt, firstSlot); break;
            case var runs:
                draft.Items.Add(StageCache<T>.Take(cache, StageCache<T>.Take(cache, exempt, firstSlot), StageCache<T>.Take(cache, decaying, firstSlot), runs));
                break;
        }
    }

    /// <summary>As <see cref="ApplyExempting"/>, the results the new parameters.</summary>
    internal void SetParametersExempting<A, B>(A exempt, B decaying)
        where A : struct, IFormula<T>
        where B : struct, IFormula<T>
    {
        ApplyExempting(exempt, decaying);
        draft.SetsParameters = true;
    }

    /// <summary>Appends all that another rule does, without the decay that it and the rules inside it have on some tensors.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="tensors">Which tensors; the same function at every step.</param>
    internal void PrepareExempting(Rule rule, Func<TensorShape, bool> tensors)
    {
        var outer = scope;
        var exempt = TensorSubset.Of(Layout, tensors);
        scope = outer with { Exempt = outer.Exempt?.Or(exempt) ?? exempt };
        Prepare(rule);
        scope = outer;
    }
}
