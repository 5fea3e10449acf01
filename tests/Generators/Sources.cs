namespace Optim.Generators.Tests;

internal static class Sources
{
    /// <summary>A user's rule, as docs/own-rule.md teaches it.</summary>
    public const string Softened = """
        namespace Mine;

        /// <summary>The mean gradient, softened.</summary>
        /// <formula>
        /// m = b m + (1 - b) g
        /// p -= lr m / (|m| + d), for d &lt; 1
        /// </formula>
        /// <paper>none</paper>
        [Rule]
        public sealed partial record Softened : Rule
        {
            /// <summary>lr, 0 or more. Default 0.01.</summary>
            [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

            /// <summary>b, in [0, 1). Default 0.9.</summary>
            [Range(Bounds.UnitInterval)] public partial double Beta { get; init; } = 0.9;

            /// <summary>How often. Default 1.</summary>
            [AtLeast(1)] public partial int Times { get; init; } = 1;

            /// <summary>Whether it ascends. Default false.</summary>
            public bool Maximize { get; init; }

            /// <inheritdoc/>
            public override IReadOnlyList<SlotDeclaration> DeclareSlots() => SoftenedFormula.Slots;

            /// <inheritdoc/>
            public override void Prepare<T>(Plan<T> plan) => plan.Apply(new SoftenedFormula<T>(At(plan).LearningRate, Beta, 0.1));
        }

        /// <summary>Its arithmetic.</summary>
        [Formula]
        internal readonly partial struct SoftenedFormula<T>(double rate, double beta, double softness)
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
        """;
}
