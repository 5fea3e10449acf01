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

    /// <summary>c, the least mean that is divided by, in (0, 1]. Default 0.001: a step is never enlarged more than 1000 times.</summary>
    [Range(Bounds.PositiveFraction)] public partial double LeastFraction { get; init; } = 1e-3;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { KeepsPointOut = "its step is masked afterwards; put that rule around, or behind" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        T[] gradient = [];
        plan.Watch(0, context => gradient = context.Update.ToArray());
        plan.Prepare(Inner);
        plan.ApplyToTensors(
            0,
            context =>
            {
                var update = context.ChangeUpdate();
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    int start = context.Layout.OffsetOf(i), length = context.Layout[i].Length;
                    Mask(update.Slice(start, length), gradient.AsSpan(start, length));
                }
            },
            mayThrow: false);
    }

    private void Mask<T>(Span<T> update, ReadOnlySpan<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int kept = 0;
        for (int i = 0; i < update.Length; i++)
        {
            // By sign alone: the product of the two may underflow. Times 0 rather than 0, so that NaN is not hidden.
            bool agrees = (update[i] > T.Zero && gradient[i] > T.Zero) || (update[i] < T.Zero && gradient[i] < T.Zero);
            kept += agrees ? 1 : 0;
            update[i] = agrees ? update[i] : update[i] * T.Zero;
        }

        T enlargement = T.CreateTruncating(1 / Math.Max(kept / (double)Math.Max(update.Length, 1), LeastFraction));
        for (int i = 0; i < update.Length; i++)
        {
            update[i] *= enlargement;
        }
    }
}
