using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Aggregated momentum, the mean of K momenta that are damped differently: <c>g += wd p; v_i = b_i v_i + g;
/// p -= lr (v_1 + ... + v_K) / K</c>.
/// </summary>
/// <remarks>
/// Definition: Lucas, Sun, Zemel and Grosse 2019, "Aggregated momentum: stability through passive damping", as in the authors' code. With
/// one beta it is <see cref="Sgd"/> with momentum. Slots: one for each beta, named by it: <c>momentum_buffer[0.9]</c>.
/// </remarks>
public sealed record AggMo : Rule
{
    /// <summary>The most betas there may be.</summary>
    public const int MaxBetas = 8;

    private readonly double[] betas = [0, 0.9, 0.99];

    /// <summary>lr, 0 or more. Default 0.01; the authors name none.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>b_1 to b_K, 1 to 8 of them, each in [0, 1). Copied. Default 0, 0.9, 0.99.</summary>
    public IReadOnlyList<double> Betas
    {
        get => betas.AsReadOnly();
        init => betas = Checked(value);
    }

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    internal static RuleEntry Entry { get; } = new(
        "aggmo", "AggMo", "The mean of momenta that are damped differently.",
        () => new AggMo(), 0.03, rate => new AggMo { LearningRate = rate })
    {
        Formula = """
            g += wd p
            v_i = b_i v_i + g, i = 1 ... K
            u = (v_1 + ... + v_K) / K
            p -= lr u
            """,
        Paper = "Lucas, Sun, Zemel, Grosse 2019, Aggregated momentum: stability through passive damping",
        Definition = "The paper's and the authors' code.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["aggmo"] = h => new AggMo { LearningRate = h.LearningRate, Betas = h.Numbers("betas"), WeightDecay = h.Number("weight_decay") },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AggMo WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AggMo WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Betas"/>.</summary>
    /// <param name="value">The value.</param>
    public AggMo WithBetas(IReadOnlyList<double> value) => this with { Betas = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [.. betas.Select(beta => new SlotDeclaration($"momentum_buffer[{Text(beta)}]"))];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock);
        plan.ApplyGradientTerms(maximize: false, Constraint.NonNegative.At(WeightDecay, plan.Clock));
        switch (betas.Length)
        {
            case 1: Apply<T, One>(plan, learningRate); break;
            case 2: Apply<T, Two>(plan, learningRate); break;
            case 3: Apply<T, Three>(plan, learningRate); break;
            case 4: Apply<T, Four>(plan, learningRate); break;
            case 5: Apply<T, Five>(plan, learningRate); break;
            case 6: Apply<T, Six>(plan, learningRate); break;
            case 7: Apply<T, Seven>(plan, learningRate); break;
            default: Apply<T, Eight>(plan, learningRate); break;
        }
    }

    /// <inheritdoc/>
    public bool Equals(AggMo? other) => other is not null
        && LearningRate.Equals(other.LearningRate) && WeightDecay.Equals(other.WeightDecay) && betas.AsSpan().SequenceEqual(other.betas);

    /// <inheritdoc/>
    public override int GetHashCode() => betas.Aggregate(HashCode.Combine(LearningRate, WeightDecay, betas.Length), HashCode.Combine);

    /// <summary>Prints the hyperparameters.</summary>
    /// <param name="builder">Takes the text.</param>
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append(CultureInfo.InvariantCulture, $"{nameof(LearningRate)} = {LearningRate}, {nameof(Betas)} = [").AppendJoin(", ", betas.Select(Text))
            .Append(CultureInfo.InvariantCulture, $"], {nameof(WeightDecay)} = {WeightDecay}");
        return true;
    }

    private static double[] Checked(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values, nameof(Betas));
        double[] copy = [.. values];
        if (copy.Length is < 1 or > MaxBetas)
        {
            throw new ArgumentOutOfRangeException(
                nameof(Betas), string.Create(CultureInfo.InvariantCulture, $"{nameof(Betas)} must be 1 to {MaxBetas} numbers, was {copy.Length}."));
        }

        Array.ForEach(copy, beta => Constraint.UnitInterval.Check(beta, nameof(Betas)));
        return copy;
    }

    private static string Text(double beta) => beta == 0 ? "0.0" : beta.ToString("R", CultureInfo.InvariantCulture);

    private void Apply<T, N>(Plan<T> plan, double learningRate)
        where T : unmanaged, IFloatingPointIeee754<T>
        where N : struct, ICount =>
        plan.Apply(new AggMoFormula<T, N>(betas, learningRate / betas.Length));

    private readonly struct One : ICount
    {
        public static int Value => 1;
    }

    private readonly struct Two : ICount
    {
        public static int Value => 2;
    }

    private readonly struct Three : ICount
    {
        public static int Value => 3;
    }

    private readonly struct Four : ICount
    {
        public static int Value => 4;
    }

    private readonly struct Five : ICount
    {
        public static int Value => 5;
    }

    private readonly struct Six : ICount
    {
        public static int Value => 6;
    }

    private readonly struct Seven : ICount
    {
        public static int Value => 7;
    }

    private readonly struct Eight : ICount
    {
        public static int Value => AggMo.MaxBetas;
    }
}

/// <summary>A number known when a formula is compiled.</summary>
internal interface ICount
{
    static abstract int Value { get; }
}

/// <summary><c>v_i = b_i v_i + g; u = rate (v_1 + ... + v_K)</c>.</summary>
internal readonly struct AggMoFormula<T, N> : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where N : struct, ICount
{
    private readonly Row<T> betas;
    private readonly T rate;

    public AggMoFormula(double[] betas, double rate)
    {
        for (int i = 0; i < N.Value; i++)
        {
            this.betas[i] = T.CreateTruncating(betas[i]);
        }

        this.rate = T.CreateTruncating(rate);
    }

    public static int SlotCount => N.Value;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        Row<L> buffers = default;
        for (int i = 0; i < N.Value; i++)
        {
            buffers[i] = L.FusedMultiplyAdd(slots.Read(i), betas[i], update);
        }

        var sum = buffers[0];
        for (int i = 1; i < N.Value; i++)
        {
            sum += buffers[i];
        }

        for (int i = 0; i < N.Value; i++)
        {
            slots.Write(i, buffers[i]);
        }

        return sum * rate;
    }

    [InlineArray(AggMo.MaxBetas)]
    private struct Row<E>
    {
        private E first;
    }
}
