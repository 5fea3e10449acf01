// Rules of one's own: a declaration and a formula, nothing else; the rest is generated. They are values like any other rule: they compose, have schedules, run fused at every SIMD
// width, in place and out of place, in float and in double. SoftSign stands below, ScaleByCoherence in a file of its own.
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Optim;
using Optim.CSharp;
using Optim.Execution;
using Optim.Lanes;
using Samples;

bool arrived = true;
foreach (var rule in new Rule[]
{
    new ClipByGlobalNorm(10).Then(new SoftSign { LearningRate = Schedule.Linear(0.1, 0.01, 300) }),
    new ScaleByCoherence { Beta1 = 0.8 }.Then(new ScaleByLearningRate(Schedule.Linear(0.1, 0.01, 300))),
})
{
    var target = new float[1000];
    for (int i = 0; i < target.Length; i++)
    {
        target[i] = MathF.Sin(i);
    }

    var x = Parameter.Of("x", new float[1000]);
    using var optimizer = InPlaceOptimizer.Create(rule, x);
    for (int step = 0; step < 300; step++)
    {
        for (int i = 0; i < target.Length; i++)
        {
            x.Gradient.Span[i] = 2 * (x.Values.Span[i] - target[i]);
        }

        optimizer.Step();
    }

    double distance = Math.Sqrt(target.Zip(x.Values.ToArray(), (a, b) => Math.Pow(a - b, 2)).Sum());
    Console.WriteLine(optimizer.Rule);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"distance to the target: {distance:F4}; slots: {string.Join(", ", optimizer.Snapshot().Slots.Keys)}"));
    arrived &= distance < 0.5;
}

return arrived ? 0 : 1;

/// <summary>The mean gradient, softened.</summary>
/// <formula>
/// m = b m + (1 - b) g
/// p -= lr m / (|m| + d)
/// </formula>
[Rule]
internal sealed partial record SoftSign : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>b, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta { get; init; } = 0.9;

    /// <summary>d, below which a step is proportional, more than 0. Default 0.1.</summary>
    [Range(Bounds.Positive)] public partial double Softness { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => SoftSignFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.Apply(new SoftSignFormula<T>(at.LearningRate, at.Beta, Softness));
    }
}

/// <summary>The arithmetic of <see cref="SoftSign"/>.</summary>
[Formula]
internal readonly partial struct SoftSignFormula<T>(double rate, double beta, double softness)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RunningMean<T> mean = new(beta);
    private readonly T rate = T.CreateTruncating(rate), softness = T.CreateTruncating(softness);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg)
        where L : struct, ILane<L, T>
    {
        exp_avg = mean.Next(exp_avg, g);
        return exp_avg * rate / (L.Abs(exp_avg) + L.Broadcast(softness));
    }
}
