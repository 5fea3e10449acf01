// A rule of one's own: a record, a formula, nothing else. It is a value like any other rule: it composes, has schedules, runs fused at every SIMD
// width, in place and out of place, in float and in double.
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Optim;
using Optim.CSharp;
using Optim.Execution;
using Optim.Lanes;

var target = new float[1000];
for (int i = 0; i < target.Length; i++)
{
    target[i] = MathF.Sin(i);
}

var x = Parameter.Of("x", new float[1000]);
var rule = new ClipByGlobalNorm(10).Then(new SoftSign { LearningRate = Schedule.Linear(0.1, 0.01, 300) });
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
return distance < 0.5 ? 0 : 1;

/// <summary>The mean gradient, softened: <c>m = b m + (1 - b) g; p -= lr m / (|m| + d)</c>.</summary>
internal sealed record SoftSign : Rule
{
    /// <summary>lr.</summary>
    public Schedule LearningRate { get; init; } = 0.01;

    /// <summary>b.</summary>
    public double Beta { get; init; } = 0.9;

    /// <summary>d, below which a step is proportional.</summary>
    public double Softness { get; init; } = 0.1;

    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg")];

    public override void Prepare<T>(Plan<T> plan) => plan.Apply(new Formula<T>(LearningRate.At(plan.Clock), Beta, Softness));

    private readonly struct Formula<T>(double rate, double beta, double softness) : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T rate = T.CreateTruncating(rate), beta = T.CreateTruncating(beta), gain = T.CreateTruncating(1 - beta), softness = T.CreateTruncating(softness);

        public static int SlotCount => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            var m = L.FusedMultiplyAdd(slots.Read(0), beta, update * gain);
            slots.Write(0, m);
            return m * rate / (L.Abs(m) + L.Broadcast(softness));
        }
    }
}
