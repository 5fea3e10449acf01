namespace Optim;

/// <summary>In which norm Scion's steps have length 1.</summary>
public enum ScionNorm
{
    /// <summary><see cref="SpectralConvolution"/> for tensors of rank 3 and 4, <see cref="Spectral"/> for matrices, <see cref="BiasRms"/> for vectors and scalars.</summary>
    Auto,

    /// <summary>The orthogonal factor of the matrix [d0, rest] times <c>sqrt(rows / columns)</c>; not normalized <c>sqrt(rows)</c>.</summary>
    Spectral,

    /// <summary>That of [outputs, rest] times <c>sqrt(outputs / inputs) / k</c> for rank 3, over k^2 for rank 4, k the last dimension.</summary>
    SpectralConvolution,

    /// <summary>The signs over the number of columns; not normalized the signs.</summary>
    Sign,

    /// <summary>Each column over its root mean square, and over the number of columns where normalized.</summary>
    Columns,

    /// <summary>Each row over its norm, and over the root of the number of columns where normalized.</summary>
    Rows,

    /// <summary>The root mean square over the first axis.</summary>
    BiasRms,
}

/// <summary>Steps of a given length in a norm chosen for each tensor, towards a ball in that norm.</summary>
/// <formula>
/// b = beta b + (1 - beta) g
/// u = s lmo(b), of length s in the norm
/// p = (1 - lr) p - lr u; unconstrained p = p - lr u
/// </formula>
/// <paper>Pethick, Xie, Antonakopoulos, Zhu, Silveti-Falls and Cevher 2025, Training Deep Learning Models with Norm-Constrained LMOs</paper>
/// <definition>The authors' code, in the parameters' own type; its momentum is 1 - beta.</definition>
/// <differs>kozistr takes the sum for the mean in the norm of biases, and k for k^2.</differs>
/// <remarks>
/// Constrained, the weights stay in the ball of radius <see cref="Radius"/>: the step is a convex combination. For layers of different norms make a rule each, in a <see cref="Partition"/>. Orthogonal factors are by five iterations of
/// Newton-Schulz. A rank below 2 has the root mean square for all norms but the signs. Slot: <c>momentum_buffer</c>.
/// </remarks>
[RegisteredRule("scion", "Scion", StartingRate = 0.01, IsElementwise = false, IsPerTensor = true, IsComputeBound = true)]
public sealed partial record Scion : Rule
{
    private const double Guard = 1e-8, NormGuard = 1e-7;

    /// <summary>lr, how far to go towards the ball, 0 or more; 1 is to its edge. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>beta, how much of the mean stays, in [0, 1). Default 0; the authors' momentum is 1 - beta.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta { get; init; } = 0;

    /// <summary>The norm. Default by rank.</summary>
    public ScionNorm Norm { get; init; }

    /// <summary>s, the radius of the ball, 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Radius { get; init; } = 1;

    /// <summary>Whether the weights are free to leave the ball. Default false.</summary>
    public bool Unconstrained { get; init; }

    /// <summary>Whether the norm is over the number of columns too, where it has such a form. Default true; the authors' is off for columns.</summary>
    public bool Normalized { get; init; } = true;

    /// <summary>Whether the factor of <see cref="ScionNorm.Spectral"/> is at least 1. Default false.</summary>
    public bool AtLeastOne { get; init; }

    /// <summary>Whether <see cref="ScionNorm.Columns"/> and <see cref="ScionNorm.Rows"/> see the transpose. Default false.</summary>
    public bool Transpose { get; init; }

    /// <summary>The iterations of Newton-Schulz, 1 or more. Default 5.</summary>
    [AtLeast(1)] public partial int NewtonSchulzSteps { get; init; } = 5;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("momentum_buffer")];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { KeepsProjectionOut = MixedElements.KeepProjectionOut };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var orthogonal = new Orthogonalization(MuonCoefficients.Original, NewtonSchulzSteps, NormGuard) { AddEpsilonToNorm = true };
        plan.ApplyToTensors(
            1,
            context =>
            {
                context.Sweep(new MovingMeanFormula<T>(at.Beta));
                double rate = at.LearningRate * at.Radius;
                double[] factors = [.. Enumerable.Range(0, context.Layout.Count).Select(i => context.Moves(i, rate) ? rate * Minimize(context, i, orthogonal) : 0)];
                context.ThenPerTensor(i => new WideScaleFormula<T>(factors[i]));
            },
            mayThrow: false);
        if (!Unconstrained && at.LearningRate != 0)
        {
            plan.Apply(new DecayFormula<T>(at.LearningRate));
        }
    }

    /// <summary>Makes the step of a tensor in place, up to the factor that is returned.</summary>
    private double Minimize<T>(TensorStepContext<T> context, int tensor, Orthogonalization orthogonal)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var shape = context.Layout[tensor];
        int rank = shape.Dimensions.Count, start = context.Layout.OffsetOf(tensor);
        if (shape.Length == 0)
        {
            return 0;
        }

        var (rows, columns, _) = orthogonal.MatricesOf(shape);
        switch (Resolved(rank))
        {
            case ScionNorm.Spectral:
                orthogonal.Apply(context, tensor);
                double factor = Math.Sqrt(Normalized ? (double)rows / columns : rows);
                return AtLeastOne ? Math.Max(1, factor) : factor;
            case ScionNorm.SpectralConvolution:
                orthogonal.Apply(context, tensor);
                int kernel = rank < 3 ? 1 : shape.Dimensions[^1];
                return Math.Sqrt((double)rows / shape.Dimensions[1]) / (rank == 4 ? kernel * kernel : kernel);
            case ScionNorm.Sign:
                context.SweepRange(default(SignFormula<T>), start, shape.Length);
                return Normalized ? 1.0 / columns : 1;
            case ScionNorm.Columns:
                DivideLines(context.ChangeUpdate().Slice(start, shape.Length), rows, columns, acrossRows: !Transpose, (sum, lines, length) => Math.Sqrt(sum / length) * (Normalized ? lines : 1));
                return 1;
            case ScionNorm.Rows:
                DivideLines(context.ChangeUpdate().Slice(start, shape.Length), rows, columns, acrossRows: Transpose, (sum, _, length) => Math.Sqrt(sum) * (Normalized ? Math.Sqrt(length) : 1));
                return 1;
            default:
                DivideLines(context.ChangeUpdate().Slice(start, shape.Length), rows, columns, acrossRows: true, (sum, _, length) => Math.Sqrt(sum / length));
                return 1;
        }
    }

    private ScionNorm Resolved(int rank) => (Norm, rank) switch
    {
        (ScionNorm.Sign, _) => ScionNorm.Sign,
        (_, < 2) => ScionNorm.BiasRms,
        (ScionNorm.Auto, 2) => ScionNorm.Spectral,
        (ScionNorm.Auto, _) => ScionNorm.SpectralConvolution,
        _ => Norm,
    };

    /// <summary>Divides each column, <paramref name="acrossRows"/>, or each row by its size and a little more.</summary>
    /// <param name="x">Rows by columns.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="acrossRows">Whether a line is a column.</param>
    /// <param name="size">From a line's sum of squares, the number of lines and their length to its size.</param>
    private static void DivideLines<T>(Span<T> x, int rows, int columns, bool acrossRows, Func<double, int, int, double> size)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (lines, length, line, along) = acrossRows ? (columns, rows, 1, columns) : (rows, columns, columns, 1);
        for (int i = 0; i < lines; i++)
        {
            double sum = 0;
            for (int j = 0; j < length; j++)
            {
                double value = double.CreateTruncating(x[(i * line) + (j * along)]);
                sum += value * value;
            }

            double divisor = size(sum, lines, length) + Guard;
            for (int j = 0; j < length; j++)
            {
                ref T value = ref x[(i * line) + (j * along)];
                value = T.CreateTruncating(double.CreateTruncating(value) / divisor);
            }
        }
    }
}
