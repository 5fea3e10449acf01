using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Optim.Execution;
using Optim.Lanes;

namespace Optim.Samples.Laws;

// Rules with one mistake each, of the kinds that have been shipped: all of them train, and a falling loss shows none of them.

/// <summary>A mean of gradients whose bias is corrected by a counter that the rule keeps itself, not by the state's clock.</summary>
public sealed record CountsItself : Rule
{
    private int steps;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("mean")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => plan.Apply(new MeanFormula<T>(0.9, 1 - Math.Pow(0.9, ++steps)));
}

/// <summary>The same with the state's clock, cut off at 32 bits: after 2^31 steps the power is taken to a negative number.</summary>
public sealed record CountsIn32Bits : Rule
{
    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("mean")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => plan.Apply(new MeanFormula<T>(0.9, 1 - Math.Pow(0.9, unchecked((int)plan.Step))));
}

/// <summary>Drops every other update, by a random number that no state knows of.</summary>
public sealed record DrawsByItself : Rule
{
    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => plan.Prepare(new Scale(Random.Shared.Next(2)));
}

/// <summary>Divides by the norm of the first gradient, which it keeps in a field: a resumed run, or a second one, finds another's.</summary>
public sealed record RemembersTheFirstGradient : Rule
{
    private double first;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        bool begins = plan.Clock == 0;
        plan.ApplyAfterNorm<ScaledFormula<T>>(2, norm =>
        {
            first = begins ? norm : first;
            return new ScaledFormula<T>(1 / (1 + first));
        });
    }
}

/// <summary>Writes the update where the gradient stands, to save a copy. The gradient is the caller's.</summary>
public sealed record WritesIntoTheGradient : Rule
{
    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(0, context =>
    {
        var gradient = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(context.Update), context.Update.Length);
        foreach (ref var g in gradient)
        {
            g = T.Max(T.Min(g, T.One), -T.One);
        }
    });
}

/// <summary>Takes the mean from the update, as the sum of the sums of the threads: another number of threads rounds otherwise.</summary>
public sealed record SumsByThread : Rule
{
    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(0, context =>
    {
        int share = (context.Layout.Length / context.MaxThreads) + 1;
        T total = T.Zero;
        for (int start = 0; start < context.Layout.Length; start += share)
        {
            T part = T.Zero;
            foreach (var u in context.Update.Slice(start, Math.Min(share, context.Layout.Length - start)))
            {
                part += u;
            }

            total += part;
        }

        T mean = total / T.CreateTruncating(Math.Max(1, context.Layout.Length));
        foreach (ref var u in context.ChangeUpdate())
        {
            u -= mean;
        }
    });
}

/// <summary>Meant to be elementwise, but a loop that runs over one element too many mixes neighbours.</summary>
public sealed record MixesNeighbours : Rule
{
    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(0, context =>
    {
        var u = context.ChangeUpdate();
        for (int i = 1; i < u.Length; i++)
        {
            u[i] = (u[i] + u[i - 1]) / (T.One + T.One);
        }
    });
}

/// <summary>A sign by comparison alone: where the gradient is 0 it steps all the same.</summary>
public sealed record SignOfZero : Rule
{
    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => plan.Apply(default(SignFormula<T>));
}

/// <summary>Returns the change itself, as optimizers that add it do; here it is subtracted.</summary>
public sealed record Ascends : Rule
{
    /// <summary>lr.</summary>
    public Schedule LearningRate { get; init; } = 1e-3;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => plan.Apply(new ScaledFormula<T>(-LearningRate.At(plan.Clock)));
}

/// <summary>Adds the weight decay before it flips the sign to ascend, so that the weights grow.</summary>
public sealed record DecaysBeforeItFlips : Rule
{
    /// <summary>wd.</summary>
    public Schedule WeightDecay { get; init; } = 0.1;

    /// <summary>Whether to ascend.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        plan.Prepare(new AddDecayedWeights(WeightDecay));
        plan.Prepare(new Scale(Maximize ? -1 : 1));
    }
}

internal readonly struct MeanFormula<T>(double beta, double correction) : IFormula<T>
    where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
{
    private readonly T beta = T.CreateTruncating(beta);
    private readonly T complement = T.CreateTruncating(1 - beta);
    private readonly T correction = T.CreateTruncating(correction);

    public static int SlotCount => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var mean = L.FusedMultiplyAdd(update, complement, slots.Read(0) * beta);
        slots.Write(0, mean);
        return mean / L.Broadcast(correction);
    }
}

internal readonly struct ScaledFormula<T>(double factor) : IFormula<T>
    where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
{
    private readonly T factor = T.CreateTruncating(factor);

    public static int SlotCount => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => update * factor;
}

internal readonly struct SignFormula<T> : IFormula<T>
    where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
{
    public static int SlotCount => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => L.SelectPositive(update, L.One, L.One * -T.One);
}
