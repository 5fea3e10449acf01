using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>The backward function: from the gradient with respect to the output to that with respect to the input; writes parameter gradients into the pass.</summary>
/// <param name="gradient">The gradient, image by image; the layer may overwrite it.</param>
/// <returns>The gradient with respect to the input; empty if the pass does not need it.</returns>
internal delegate T[] Pullback<T>(T[] gradient)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>A layer: a function of images and parameters, with its derivative.</summary>
/// <remarks>Immutable: parameters and statistics are passed to it, and everything the backward pass needs is in the pullback that the forward pass returns.</remarks>
/// <param name="input">The input shape, per image.</param>
/// <param name="output">The output shape.</param>
internal abstract class Layer<T>(ImageShape input, ImageShape output)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The input shape, per image.</summary>
    public ImageShape Input => input;

    /// <summary>The output shape.</summary>
    public ImageShape Output => output;

    /// <summary>The trained parameters, under the layer's own names, such as <c>weight</c>.</summary>
    public virtual IReadOnlyList<TensorShape> Parameters => [];

    /// <summary>The statistics observed in training and used in evaluation.</summary>
    public virtual IReadOnlyList<TensorShape> Statistics => [];

    /// <summary>A short description of the layer; empty if not worth mentioning.</summary>
    public abstract string Description { get; }

    /// <summary>Writes the initial values of a parameter.</summary>
    /// <param name="parameter">Its index in <see cref="Parameters"/>.</param>
    /// <param name="values">Zeros, to be overwritten.</param>
    /// <param name="random">The random number generator.</param>
    public virtual void Initialize(int parameter, Span<T> values, SeededRandom random)
    {
    }

    /// <summary>Writes the initial values of a statistic.</summary>
    /// <param name="statistic">Its index in <see cref="Statistics"/>.</param>
    /// <param name="values">Zeros, to be overwritten.</param>
    public virtual void InitializeStatistic(int statistic, Span<T> values)
    {
    }

    /// <summary>Applies the layer to a batch.</summary>
    /// <param name="input">The images, one after another. A layer may overwrite it if no earlier layer needs its output: only <see cref="Relu{T}"/> does.</param>
    /// <param name="pass">Parameters, statistics and memory.</param>
    /// <returns>The outputs, image by image, and the pullback.</returns>
    public abstract (T[] Output, Pullback<T> Pullback) Forward(T[] input, Pass<T> pass);

    /// <summary>The number of window positions along a side.</summary>
    /// <exception cref="ArgumentException">The window does not fit.</exception>
    protected static int Places(int side, int window, int stride, int padding = 0) => window <= side + (2 * padding)
        ? ((side + (2 * padding) - window) / stride) + 1
        : throw new ArgumentException(FormattableString.Invariant(
            $"Images must have {window - (2 * padding)} or more pixels a side where a window of {window}x{window} slides over them, had {side}."));

    /// <summary>Uniform within <c>sqrt(6 / inputs)</c> (He, Zhang, Ren and Sun 2015), which preserves the variance with ReLU.</summary>
    protected static void FillForRectifiers(Span<T> values, int inputs, SeededRandom random)
    {
        double limit = Math.Sqrt(6.0 / inputs);
        foreach (ref T value in values)
        {
            value = T.CreateTruncating(limit * ((2 * random.NextDouble()) - 1));
        }
    }
}
