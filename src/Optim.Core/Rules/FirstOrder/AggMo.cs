using System.Globalization;
using System.Text;

namespace Optim;

/// <summary>The mean of momenta that are damped differently.</summary>
/// <formula>
/// g += wd p
/// v_i = b_i v_i + g, i = 1 ... K
/// u = (v_1 + ... + v_K) / K
/// p -= lr u
/// </formula>
/// <paper>Lucas, Sun, Zemel, Grosse 2019, Aggregated momentum: stability through passive damping</paper>
/// <definition>The paper's and the authors' code.</definition>
/// <remarks>With one beta it is <see cref="Sgd"/> with momentum. Slots: one for each beta, named by it: <c>momentum_buffer[0.9]</c>.</remarks>
[RegisteredRule("aggmo", "AggMo", StartingRate = 0.003)]
public sealed partial record AggMo : Rule
{
    /// <summary>The most betas there may be.</summary>
    public const int MaxBetas = 8;

    private readonly double[] betas = [0, 0.9, 0.99];

    /// <summary>lr, 0 or more. Default 0.01; the authors name none.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>b_1 to b_K, 1 to 8 of them, each in [0, 1). Copied. Default 0, 0.9, 0.99.</summary>
    public IReadOnlyList<double> Betas
    {
        get => betas.AsReadOnly();
        init => betas = Checked(value);
    }

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [.. betas.Select(beta => new SlotDeclaration($"momentum_buffer[{Text(beta)}]"))];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        switch (betas.Length)
        {
            case 1: Apply<T, One>(plan, at.LearningRate); break;
            case 2: Apply<T, Two>(plan, at.LearningRate); break;
            case 3: Apply<T, Three>(plan, at.LearningRate); break;
            case 4: Apply<T, Four>(plan, at.LearningRate); break;
            case 5: Apply<T, Five>(plan, at.LearningRate); break;
            case 6: Apply<T, Six>(plan, at.LearningRate); break;
            case 7: Apply<T, Seven>(plan, at.LearningRate); break;
            default: Apply<T, Eight>(plan, at.LearningRate); break;
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
        where N : struct, ICount => plan.Apply(new AggMoFormula<T, N>(betas, learningRate / betas.Length));

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
