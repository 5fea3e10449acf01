namespace Optim;

/// <summary>A rule, here Adam, that moves no parameter along its gradient.</summary>
/// <formula>
/// u = the step of the rule inside; k = 1 where u g > 0, 0 elsewhere
/// p -= u k / max(mean(k), c), the mean over each tensor
/// </formula>
/// <paper>Liang, Chen, Liu and Liu 2024, Cautious Optimizers: Improving Training with One Line of Code</paper>
/// <definition>The paper's, as pytorch-image-models has it: the mean over a tensor is at least c = 0.001.</definition>
/// <differs>The paper's algorithm 2 divides by the number kept plus 1.</differs>
/// <remarks>
/// g is what the wrapper is given. What the rule inside keeps is not masked. The whole step is, its decay included; so that the decay is not masked, as in <see cref="AdamW.Cautious"/>, put it behind:
/// <c>new Cautious(new AdamW().AsDirection()).Then(new AddDecayedWeights(wd)).Then(new ScaleByLearningRate(lr))</c>. NaN in a step stays. Keeps nothing.
/// </remarks>
[RegisteredRule("cautious", "caution", IsWrapper = true, IsElementwise = false, IsPerTensor = true, ExtraMoves = 3)]
public sealed partial record Cautious : Wrapper
{
    /// <summary>Around <see cref="Adam"/> with its defaults.</summary>
    public Cautious()
        : this(new Adam())
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that steps, a chain perhaps.</param>
    public Cautious(Rule inner)
        : base(inner)
    {
    }

    private const int BlockLength = 1 << 16;

    /// <summary>c, the least mean that is divided by, in (0, 1]. Default 0.001: a step is never enlarged more than 1000 times.</summary>
    [Range(Bounds.PositiveFraction)] public partial double LeastFraction { get; init; } = Caution.LeastFraction;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new()
    {
        KeepsPointOut = "its step is masked afterwards; put that rule around, or behind",
        KeepsRestOut = "its step would be compared with a gradient that it is not made of; put that rule around",
        KeepsAscentOut = "none of its steps is against the gradient, and nothing would move; turn the sign of the gradient in front, new Scale(-1)",
    };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var kept = plan.KeepUpdate();
        plan.Prepare(Inner);
        plan.ApplyToTensors(
            0,
            context =>
            {
                var update = context.ChangeUpdate();
                var gradient = kept.Span;
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    int start = context.Layout.OffsetOf(i), length = context.Layout[i].Length;
                    Mask(update.Slice(start, length), gradient.Slice(start, length));
                }

                kept.Release();
            },
            mayThrow: false);
    }

    private void Mask<T>(Span<T> update, ReadOnlySpan<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        long kept = 0;
        for (int start = 0; start < update.Length; start += BlockLength)
        {
            int length = Math.Min(BlockLength, update.Length - start);
            kept += MaskBlock(update.Slice(start, length), gradient.Slice(start, length));
        }

        Enlarge(update, T.CreateTruncating(Caution.Enlargement(kept, update.Length, LeastFraction)));
    }

    [MethodImpl(AggressiveOptimization)]
    private static void Enlarge<T>(Span<T> update, T factor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i + Vector<T>.Count <= update.Length; i += Vector<T>.Count)
        {
            (new Vector<T>(update[i..]) * factor).CopyTo(update[i..]);
        }

        for (; i < update.Length; i++)
        {
            update[i] *= factor;
        }
    }

    /// <summary>Masks a part of a tensor, and counts what is left: in a float's lanes no more than they count exactly.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static long MaskBlock<T>(Span<T> update, ReadOnlySpan<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var counts = Vector<T>.Zero;
        int i = 0;
        for (; i + Vector<T>.Count <= update.Length; i += Vector<T>.Count)
        {
            Vector<T> u = new(update[i..]), g = new(gradient[i..]);
            var agrees = (Vector.GreaterThan(u, Vector<T>.Zero) & Vector.GreaterThan(g, Vector<T>.Zero)) | (Vector.LessThan(u, Vector<T>.Zero) & Vector.LessThan(g, Vector<T>.Zero));
            counts += Vector.ConditionalSelect(agrees, Vector<T>.One, Vector<T>.Zero);
            Vector.ConditionalSelect(agrees, u, u * Vector<T>.Zero).CopyTo(update[i..]);
        }

        long kept = long.CreateTruncating(Vector.Sum(counts));
        for (; i < update.Length; i++)
        {
            bool agrees = Caution.Agrees(update[i], gradient[i]);
            kept += agrees ? 1 : 0;
            update[i] = agrees ? update[i] : update[i] * T.Zero;
        }

        return kept;
    }
}
