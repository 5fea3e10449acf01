using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>From the gradient by what a layer gave to the gradient by what it was given; writes those by its parameters into the pass.</summary>
/// <param name="gradient">An array an image; the layer may overwrite it.</param>
/// <returns>The gradient by the inputs; empty where the pass wants none.</returns>
internal delegate T[] Pullback<T>(T[] gradient)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>A step of a network: a function of images and parameters, with its derivative.</summary>
/// <remarks>Immutable: parameters and statistics are handed to it, and all that a backward pass needs is in the pullback that the forward pass returns.</remarks>
/// <param name="input">The shape of what comes in, for each image.</param>
/// <param name="output">The shape of what goes out.</param>
internal abstract class Layer<T>(ImageShape input, ImageShape output)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The shape of what comes in, for each image.</summary>
    public ImageShape Input => input;

    /// <summary>The shape of what goes out.</summary>
    public ImageShape Output => output;

    /// <summary>What is trained; names are the layer's own, as <c>weight</c>.</summary>
    public virtual IReadOnlyList<TensorShape> Parameters => [];

    /// <summary>What training observes and evaluation uses.</summary>
    public virtual IReadOnlyList<TensorShape> Statistics => [];

    /// <summary>The layer in a word or two, for descriptions; empty for one that goes without saying.</summary>
    public abstract string Description { get; }

    /// <summary>Writes the initial values of a parameter.</summary>
    /// <param name="parameter">Its place among <see cref="Parameters"/>.</param>
    /// <param name="values">Zeros, to be overwritten.</param>
    /// <param name="random">Where random values come from.</param>
    public virtual void Initialize(int parameter, Span<T> values, SeededRandom random)
    {
    }

    /// <summary>Writes the initial values of a statistic.</summary>
    /// <param name="statistic">Its place among <see cref="Statistics"/>.</param>
    /// <param name="values">Zeros, to be overwritten.</param>
    public virtual void InitializeStatistic(int statistic, Span<T> values)
    {
    }

    /// <summary>Applies the layer to a batch.</summary>
    /// <param name="input">Image after image. A layer may overwrite it if none before needs what it gave: <see cref="Relu{T}"/> alone does.</param>
    /// <param name="pass">Parameters, statistics and memory.</param>
    /// <returns>Image after image, and the derivative there.</returns>
    public abstract (T[] Output, Pullback<T> Pullback) Forward(T[] input, Pass<T> pass);

    /// <summary>How many places a sliding window has along a side.</summary>
    /// <exception cref="ArgumentException">The window does not fit.</exception>
    protected static int Places(int side, int window, int stride, int padding = 0) => window <= side + (2 * padding)
        ? ((side + (2 * padding) - window) / stride) + 1
        : throw new ArgumentException(FormattableString.Invariant(
            $"Images must have {window - (2 * padding)} or more pixels a side where a window of {window}x{window} slides over them, had {side}."));

    /// <summary>Uniform within <c>sqrt(6 / inputs)</c> (He, Zhang, Ren and Sun 2015), so that rectified units keep the variance.</summary>
    protected static void FillForRectifiers(Span<T> values, int inputs, SeededRandom random)
    {
        double limit = Math.Sqrt(6.0 / inputs);
        foreach (ref T value in values)
        {
            value = T.CreateTruncating(limit * ((2 * random.NextDouble()) - 1));
        }
    }
}
