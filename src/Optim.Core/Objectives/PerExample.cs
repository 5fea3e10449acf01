namespace Optim;

/// <summary>The gradients of single examples, each held within a norm before the mean of them is taken: for private training, and against outliers.</summary>
/// <remarks>
/// The examples are read one by one, so that a lazy sequence holds one gradient at a time. Sums are taken in double. See <see cref="PrivateMean"/> for what is promised and what is not.
/// </remarks>
public static class PerExample
{
    // The streams of other noise with the same seed are others.
    private const string NoiseOfMeans = "PrivateMean";

    /// <summary>The mean of gradients, each shrunk to a norm where it is longer: <c>1 / n sum(g / max(|g| / c, 1))</c>. Optax's <c>per_example_global_norm_clip</c> over the number of examples.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="gradients">A gradient for each example, one or more, all of one layout, finite.</param>
    /// <param name="maxNorm">c, more than 0.</param>
    /// <param name="perTensor">Whether each tensor of an example is held within <c>c / sqrt(the number of tensors)</c> by itself, which keeps the whole within c (Optax's <c>per_example_layer_norm_clip</c> without epsilon). Default false: all within c.</param>
    /// <returns>The mean.</returns>
    /// <exception cref="ArgumentException">There is no example, or one has another layout than the first, or is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNorm"/> is not more than 0, or not finite.</exception>
    public static TensorSet<T> ClippedMean<T>(IEnumerable<TensorSet<T>> gradients, double maxNorm, bool perTensor = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (layout, sum, count) = ClippedSum(gradients, maxNorm, perTensor);
        return Over<T>(layout, sum, count);
    }

    /// <summary>
    /// The gradient of differentially private gradient descent: the clipped sum with normal noise, over the number of examples, <c>(sum(g / max(|g| / c, 1)) + N(0, (s c)^2)) / n</c>. Abadi et al. 2016, Deep
    /// Learning with Differential Privacy; Optax's <c>contrib.differentially_private_aggregate</c>.
    /// </summary>
    /// <remarks>
    /// What holds: no example moves the sum by more than c, in the Euclidean norm, and the noise has the deviation s c in each element: the Gaussian mechanism. The noise is a function of seed, step, name of the tensor and place in it, and the
    /// same on every machine; it is not that of <see cref="AddNoise"/>, whatever the seeds are. What is not promised: there is no accountant, so no epsilon and delta follow without one, from s, the share of examples in a batch and the number of steps; batches must be drawn as it
    /// assumes (by Poisson sampling, with a fixed <paramref name="lotSize"/>); a seed that is known gives the noise away, since the generator is made to be reproducible and not for cryptography; and the noise is a floating-point number, whose
    /// lowest bits may tell more than the theorem allows. The loss, clipping counts and early stopping are not protected by it. A step that is repeated with other examples needs another seed or step.
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="gradients">A gradient for each example, all of one layout, finite. None for an empty lot, whose gradient is noise alone: <paramref name="layout"/> and <paramref name="lotSize"/> are needed then.</param>
    /// <param name="maxNorm">c, more than 0.</param>
    /// <param name="noiseMultiplier">s, the deviation of the noise on the sum in units of c; 0 or more.</param>
    /// <param name="seed">Which noise; 0 or more. Keep it as secret as the examples.</param>
    /// <param name="step">The step's number: <see cref="OptimizerState{T}.StepCount"/>; 0 or more.</param>
    /// <param name="perTensor">As in <see cref="ClippedMean"/>.</param>
    /// <param name="lotSize">What the sum is divided by, 1 or more; null, the default, for the number of examples, as Optax does. The paper takes the expected number, so that a batch's size tells nothing.</param>
    /// <param name="layout">The tensors, for a lot that may be empty, as Poisson sampling draws them now and then; null, the default, for those of the first gradient.</param>
    /// <returns>The noisy mean.</returns>
    /// <exception cref="ArgumentException">There is no example and no <paramref name="layout"/> or <paramref name="lotSize"/>; or an example has another layout than the others, or is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static TensorSet<T> PrivateMean<T>(
        IEnumerable<TensorSet<T>> gradients, double maxNorm, double noiseMultiplier, int seed, long step, bool perTensor = false, int? lotSize = null, Layout? layout = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Constraint.NonNegative.Check(noiseMultiplier, nameof(noiseMultiplier));
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(lotSize ?? 1, 1, nameof(lotSize));
        var (tensors, sum, count) = ClippedSum(gradients, maxNorm, perTensor, layout);
        if (count == 0 && lotSize is null)
        {
            throw new ArgumentException($"{nameof(lotSize)} must be given where there is no example: a mean is over one or more.", nameof(lotSize));
        }

        double deviation = noiseMultiplier * maxNorm;
        for (int tensor = 0; tensor < tensors.Count && deviation > 0; tensor++)
        {
            var random = new CounterRandom(seed, step, CounterRandom.StreamOf(tensors[tensor].Name, NoiseOfMeans));
            int start = tensors.OffsetOf(tensor);
            double[] noise = new double[tensors[tensor].Length];
            random.Normals(0, noise);
            for (int i = 0; i < noise.Length; i++)
            {
                sum[start + i] = Math.FusedMultiplyAdd(deviation, noise[i], sum[start + i]);
            }
        }

        return Over<T>(tensors, sum, lotSize ?? count);
    }

    private static TensorSet<T> Over<T>(Layout layout, double[] sum, int count)
        where T : unmanaged, IFloatingPointIeee754<T> => TensorSet.OfValues<T>(layout, Array.ConvertAll(sum, x => T.CreateTruncating(x / count)));

    private static (Layout Layout, double[] Sum, int Count) ClippedSum<T>(IEnumerable<TensorSet<T>> gradients, double maxNorm, bool perTensor, Layout? layout = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(gradients);
        Constraint.Positive.Check(maxNorm, nameof(maxNorm));
        double[] sum = new double[layout?.Length ?? 0];
        int count = 0;
        foreach (var gradient in gradients)
        {
            ArgumentNullException.ThrowIfNull(gradient, nameof(gradients));
            if (layout is null)
            {
                (layout, sum) = (gradient.Layout, new double[gradient.Layout.Length]);
            }
            else if (!layout.Equals(gradient.Layout))
            {
                throw new ArgumentException(FormattableString.Invariant($"{nameof(gradients)} must all have one layout, {layout}; that of example {count} is {gradient.Layout}."), nameof(gradients));
            }

            Add(gradient, maxNorm, perTensor, sum, count);
            count++;
        }

        return layout is null ? throw new ArgumentException($"{nameof(gradients)} must hold one or more, held none.", nameof(gradients)) : (layout, sum, count);
    }

    private static void Add<T>(TensorSet<T> gradient, double maxNorm, bool perTensor, double[] sum, int example)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var layout = gradient.Layout;
        double most = perTensor ? maxNorm / Math.Sqrt(layout.Count) : maxNorm, whole = Checked(double.CreateTruncating(gradient.Norm()));
        for (int tensor = 0; tensor < layout.Count; tensor++)
        {
            var values = gradient[tensor].Span;
            double divisor = Math.Max((perTensor ? LengthOf(values) : whole) / most, 1);
            int start = layout.OffsetOf(tensor);
            for (int i = 0; i < values.Length; i++)
            {
                sum[start + i] += double.CreateTruncating(values[i]) / divisor;
            }
        }

        static unsafe double LengthOf(ReadOnlySpan<T> values)
        {
            fixed (T* x = values)
            {
                return GlobalNorm.Of(x, values.Length, 2, threads: 1);
            }
        }

        double Checked(double norm) => double.IsFinite(norm)
            ? norm
            : throw new ArgumentException(FormattableString.Invariant($"gradients must be finite, and their norms; that of example {example} is {norm}."), "gradients");
    }
}
