using Optim.Threading;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Numerics;
using Optim.Execution;
using Optim.Tensors;

namespace Optim;

/// <summary>A report of one step, from <see cref="Optimizer.StepWithReport{T}"/>: norms of the gradient, the update and the parameters, rates, clipping, non-finite values.</summary>
/// <remarks>
/// Immutable, compared by value. Norms are Euclidean, accumulated in double, with the same bits for any number of threads and any SIMD width. A norm is NaN or infinite
/// if its input is; no other value is, except <see cref="UpdateRatio"/> as documented.
/// </remarks>
public sealed record StepReport
{
    internal StepReport(TensorReport total, IReadOnlyDictionary<string, TensorReport> tensors)
    {
        Total = total;
        Tensors = tensors;
    }

    /// <summary>The step's number, from 1.</summary>
    public long Step { get; internal init; }

    /// <summary>The loss passed to the step; null if none.</summary>
    public double? Loss { get; internal init; }

    /// <summary>The global norm of the gradient before any clipping.</summary>
    public double GradientNorm => Total.GradientNorm;

    /// <summary>The norm of the change of the parameters, after rounding.</summary>
    public double UpdateNorm => Total.UpdateNorm;

    /// <summary>The norm of the parameters before the step.</summary>
    public double ParameterNorm => Total.ParameterNorm;

    /// <summary>The ratio of the update's norm to the parameters': 0 if nothing moved, infinity if all-zero parameters moved. About 1e-3 is typical.</summary>
    public double UpdateRatio => Total.UpdateRatio;

    /// <summary>The fraction of elements, in [0, 1], whose update a clipping rule reduced; zeros are never clipped. 0 if there is no such rule.</summary>
    public double ClipFraction => Total.ClipFraction;

    /// <summary>The number of NaN or infinite elements of the gradient.</summary>
    public long NonFiniteCount => Total.NonFiniteCount;

    /// <summary>The current learning rates, by path, as in <see cref="OptimizerState{T}.Hyperparameters"/> before the step.</summary>
    public IReadOnlyDictionary<string, double> LearningRates { get; internal init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>The learning rate if all of <see cref="LearningRates"/> are equal; else null.</summary>
    public double? LearningRate => LearningRates.Values.Distinct().Take(2).ToList() is [var rate] ? rate : null;

    /// <summary>The same for each tensor, by name, in layout order.</summary>
    public IReadOnlyDictionary<string, TensorReport> Tensors { get; }

    private TensorReport Total { get; }

    /// <inheritdoc/>
    public bool Equals(StepReport? other) =>
        other is not null && Step == other.Step && Nullable.Equals(Loss, other.Loss) && Total.Equals(other.Total)
        && LearningRates.SequenceEqual(other.LearningRates) && Tensors.Values.SequenceEqual(other.Tensors.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Step, Loss, Total);

    /// <summary>The step over all tensors in one line, numbers to six digits in the invariant culture.</summary>
    public override string ToString()
    {
        string loss = Loss is { } given ? string.Create(CultureInfo.InvariantCulture, $"loss {given:G6}, ") : "";
        string rates = string.Concat(LearningRates.Select(rate => string.Create(CultureInfo.InvariantCulture, $", {rate.Key} {rate.Value:G6}")));
        return string.Create(CultureInfo.InvariantCulture, $"step {Step}: {loss}{Total.Figures}{rates}");
    }

    /// <summary>Of the gradient only, whose memory the step may reuse.</summary>
    internal static TensorReport[] OfGradient<T>(TensorSet<T> gradient, int threads)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Parts(gradient, threads, (name, values, norm) => new TensorReport(name, values.Length)
        {
            GradientNorm = norm, NonFiniteCount = double.IsFinite(norm) ? 0 : NonFinite(values),
        });

    /// <summary>All of it.</summary>
    /// <param name="begun">The result of <see cref="OfGradient"/>.</param>
    /// <param name="before">The parameters before the step.</param>
    /// <param name="after">The parameters after it.</param>
    /// <param name="clips">The clipping counts.</param>
    /// <param name="threads">The maximum number of threads.</param>
    internal static StepReport Of<T>(TensorReport[] begun, TensorSet<T> before, TensorSet<T> after, ClipRecord clips, int threads)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var layout = before.Layout;
        bool[] clipped = clips.Clipped();
        double[] moved = Norms(before - after), were = Norms(before);
        TensorReport[] all =
        [
            .. begun.Select((report, i) => report with
            {
                UpdateNorm = moved[i], ParameterNorm = were[i], ClipFraction = Share(i == layout.Count ? clipped : clipped.AsSpan(layout.OffsetOf(i), layout[i].Length)),
            }),
        ];
        var tensors = new OrderedDictionary<string, TensorReport>(all.SkipLast(1).Select(report => KeyValuePair.Create(report.Name, report)), StringComparer.Ordinal);
        return new(all[^1], new ReadOnlyDictionary<string, TensorReport>(tensors));

        double[] Norms(TensorSet<T> set) => Parts(set, threads, (_, _, norm) => norm);

        static double Share(ReadOnlySpan<bool> flags) => flags.IsEmpty ? 0 : (double)flags.Count(true) / flags.Length;
    }

    /// <summary>A value per tensor, followed by that of all together.</summary>
    private static unsafe R[] Parts<T, R>(TensorSet<T> set, int threads, Reading<T, R> of)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var results = new R[set.Count + 1];
        fixed (T* x = set.Span)
        {
            for (int i = 0; i < set.Count; i++)
            {
                int start = set.Layout.OffsetOf(i), length = set.Layout[i].Length;
                results[i] = of(set.Layout[i].Name, new(x + start, length), GlobalNorm.Of(x + start, length, 2, Chunks.ThreadsFor(length, threads)));
            }

            results[^1] = of("", new(x, set.Length), GlobalNorm.Of(x, set.Layout, 2, Chunks.ThreadsFor(set.Length, threads)));
        }

        return results;
    }

    private static long NonFinite<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        long count = 0;
        foreach (T value in values)
        {
            count += T.IsFinite(value) ? 0 : 1;
        }

        return count;
    }

    private delegate R Reading<T, R>(string name, ReadOnlySpan<T> values, double norm);
}

/// <summary>A report of one step on one tensor: see <see cref="StepReport"/>.</summary>
public sealed record TensorReport
{
    internal TensorReport(string name, int length)
    {
        Name = name;
        Length = length;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The number of its elements.</summary>
    public int Length { get; }

    /// <summary>The norm of its gradient before any clipping.</summary>
    public double GradientNorm { get; internal init; }

    /// <summary>The norm of its change, after rounding.</summary>
    public double UpdateNorm { get; internal init; }

    /// <summary>The norm of its elements before the step.</summary>
    public double ParameterNorm { get; internal init; }

    /// <summary>The ratio of the update's norm to the parameters': 0 if nothing moved, infinity if all-zero parameters moved.</summary>
    public double UpdateRatio => UpdateNorm == 0 ? 0 : UpdateNorm / ParameterNorm;

    /// <summary>The fraction of its elements, in [0, 1], whose update a clipping rule reduced.</summary>
    public double ClipFraction { get; internal init; }

    /// <summary>The number of NaN or infinite elements of its gradient.</summary>
    public long NonFiniteCount { get; internal init; }

    internal string Figures => string.Create(
        CultureInfo.InvariantCulture,
        $"gradient norm {GradientNorm:G6}, update norm {UpdateNorm:G6}, parameter norm {ParameterNorm:G6}, ratio {UpdateRatio:G6}, clipped {100 * ClipFraction:G3}%, not finite {NonFiniteCount}");

    /// <summary>The tensor in one line, numbers to six digits in the invariant culture.</summary>
    public override string ToString() => $"{Name}: {Figures}";
}
