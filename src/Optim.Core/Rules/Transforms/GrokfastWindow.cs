namespace Optim;

/// <summary>The mean of a window of gradients, amplified: what generalizes changes slowly.</summary>
/// <formula>u = u + l mean of the last W u, this one included; u alone until there are W</formula>
/// <paper>Lee, Kang, Kim and Lee 2024, Grokfast: Accelerated Grokking by Amplifying Slow Gradients</paper>
/// <definition>The authors' code (gradfilter_ma).</definition>
/// <remarks>
/// It keeps every gradient of the window: <see cref="Grokfast"/> does nearly the same with one. Without <see cref="Warmup"/> the mean is of as many as there are; with <see cref="Sum"/> it is their sum. Slots: <c>grad[0]</c> to
/// <c>grad[W - 1]</c>.
/// </remarks>
[RegisteredRule("grokfast_window", "Grokfast over a window", IsElementwise = false, IsComputeBound = true)]
public sealed partial record GrokfastWindow : Rule
{
    /// <summary>W, the gradients of the window, 1 or more. Default 4; the authors' 100 needs a hundred times the memory of the parameters.</summary>
    [AtLeast(1)] public partial int WindowSize { get; init; } = 4;

    /// <summary>l, how much of the mean is added, 0 or more. Default 5.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Amplification { get; init; } = 5;

    /// <summary>Whether the sum is added rather than the mean. Default false.</summary>
    public bool Sum { get; init; }

    /// <summary>Whether nothing is added until the window is full. Default true.</summary>
    public bool Warmup { get; init; } = true;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [.. Enumerable.Range(0, WindowSize).Select(i => new SlotDeclaration(FormattableString.Invariant($"grad[{i}]")))];

    internal override long CountSlots() => WindowSize;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        int place = (int)(plan.Clock % WindowSize), filled = (int)Math.Min(plan.Step, WindowSize);
        double share = (Warmup && filled < WindowSize ? 0 : at.Amplification) / (Sum ? 1 : filled);
        plan.ApplyToTensors(
            WindowSize,
            context =>
            {
                var update = context.ChangeUpdate();
                update.CopyTo(context.ReplaceSlot(place));
                if (share == 0)
                {
                    return;
                }

                for (int i = 0; i < update.Length; i++)
                {
                    double sum = 0;
                    for (int slot = 0; slot < filled; slot++)
                    {
                        sum += double.CreateTruncating(context.Slot(slot)[i]);
                    }

                    update[i] = T.CreateTruncating(double.CreateTruncating(update[i]) + (share * sum));
                }
            },
            mayThrow: false);
    }
}
