using System.Numerics;
using Optim.Networks.Layers;
using Optim.Values;

namespace Optim.Networks;

/// <summary>The description of a layer of a <see cref="Network{T}"/>. It specifies its output size; its input size follows from the network.</summary>
/// <remarks>The kinds: <see cref="Dense"/>, <see cref="Convolution"/>, <see cref="MaxPool"/>, <see cref="Relu"/>, <see cref="BatchNormalization"/>, <see cref="Dropout"/>, <see cref="Flatten"/>.</remarks>
public abstract record Layer
{
    private protected Layer()
    {
    }

    /// <summary>The prefix of its tensors' names: <c>hidden</c> for <c>hidden.weight</c>. Null for its kind and number, such as <c>dense2</c>. Default null.</summary>
    public string? Name { get; init; }

    /// <summary>The name and the members, numbers in the invariant culture.</summary>
    public sealed override string ToString() => InvariantText.Of(GetType().Name, PrintMembers);

    internal abstract string Kind { get; }

    internal abstract Layer<T> Create<T>(ImageShape input)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Validates a size.</summary>
    private protected static int AtLeast(int least, int value, string name) => value >= least
        ? value
        : throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{name} must be {least} or more, was {value}."));
}

/// <summary><c>y = x W + b</c>: a fully connected layer; images are flattened. Tensors: <c>weight</c> of inputs x units, <c>bias</c>.</summary>
/// <remarks>Weights are initialized uniformly within <c>sqrt(6 / inputs)</c> (He, Zhang, Ren and Sun 2015), biases at 0.</remarks>
public sealed record Dense : Layer
{
    /// <summary>A dense layer.</summary>
    /// <param name="units">The number of outputs; 1 or more.</param>
    public Dense(int units) => Units = units;

    /// <summary>The number of outputs; 1 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Units { get; init => field = AtLeast(1, value, nameof(Units)); }

    internal override string Kind => "dense";

    internal override Layer<T> Create<T>(ImageShape input) => new Dense<T>(input, Units);
}

/// <summary>A square kernel slides over the image; each position gives <c>patch W + b</c>. Pixels outside the image are 0.</summary>
/// <remarks>
/// As everywhere in deep learning, this is a cross-correlation: the kernel is not flipped. Tensors: <c>weight</c> of <c>kernel * kernel * input channels</c> x channels, a patch
/// in row-major order with interleaved channels, and <c>bias</c>. They are initialized as those of <see cref="Dense"/>.
/// </remarks>
public sealed record Convolution : Layer
{
    /// <summary>A convolution.</summary>
    /// <param name="channels">Output channels; 1 or more.</param>
    /// <param name="kernel">The kernel's height and width; 1 or more.</param>
    public Convolution(int channels, int kernel) => (Channels, Kernel) = (channels, kernel);

    /// <summary>Output channels; 1 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Channels { get; init => field = AtLeast(1, value, nameof(Channels)); }

    /// <summary>The kernel's height and width; 1 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Kernel { get; init => field = AtLeast(1, value, nameof(Kernel)); }

    /// <summary>The stride; 1 or more. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Stride { get; init => field = AtLeast(1, value, nameof(Stride)); } = 1;

    /// <summary>The zero padding; 0 or more. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0.</exception>
    public int Padding { get; init => field = AtLeast(0, value, nameof(Padding)); }

    /// <summary>Whether there is a bias; it is redundant before batch normalisation. Default true.</summary>
    public bool Bias { get; init; } = true;

    internal override string Kind => "conv";

    internal override Layer<T> Create<T>(ImageShape input) => new Convolution<T>(input, Channels, Kernel, Stride, Padding, Bias);
}

/// <summary>The maximum of each channel within a sliding window; incomplete windows at the right and bottom are dropped.</summary>
/// <remarks>The gradient goes to the first maximum.</remarks>
public sealed record MaxPool : Layer
{
    private readonly int? stride;

    /// <summary>Max-pooling.</summary>
    /// <param name="size">The kernel's height and width; 1 or more.</param>
    public MaxPool(int size) => Size = size;

    /// <summary>The kernel's height and width; 1 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Size { get; init => field = AtLeast(1, value, nameof(Size)); }

    /// <summary>The stride; 1 or more. Default <see cref="Size"/>: adjacent windows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Stride { get => stride ?? Size; init => stride = AtLeast(1, value, nameof(Stride)); }

    internal override string Kind => "pool";

    internal override Layer<T> Create<T>(ImageShape input) => new MaxPool<T>(input, Size, Stride);
}

/// <summary><c>max(0, x)</c>. NaN stays NaN.</summary>
public sealed record Relu : Layer
{
    internal override string Kind => "relu";

    internal override Layer<T> Create<T>(ImageShape input) => new Relu<T>(input);
}

/// <summary>
/// <c>y = weight (x - mean) / sqrt(variance + 1e-5) + bias</c> (Ioffe and Szegedy 2015), per channel for images and per feature
/// for vectors: with the batch's mean and variance in training, with running statistics in evaluation.
/// </summary>
/// <remarks>
/// PyTorch's definition: the batch is divided by its biased variance, the running variance follows the unbiased one, and both running statistics are updated with momentum 0.1
/// at each batch. Tensors: <c>weight</c> and <c>bias</c>, initially 1 and 0; statistics: <c>running_mean</c> and <c>running_var</c>, 0 and 1.
/// </remarks>
public sealed record BatchNormalization : Layer
{
    internal override string Kind => "norm";

    internal override Layer<T> Create<T>(ImageShape input) => new BatchNormalization<T>(input);
}

/// <summary>
/// In training, each element is set to 0 with a probability and otherwise divided by the keep probability (inverted dropout; Srivastava, Hinton, Krizhevsky, Sutskever and
/// Salakhutdinov 2014); in evaluation, the identity.
/// </summary>
public sealed record Dropout : Layer
{
    /// <summary>Dropout.</summary>
    /// <param name="rate">The dropout probability, in [0, 1).</param>
    public Dropout(double rate) => Rate = rate;

    /// <summary>The dropout probability, in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public double Rate
    {
        get;
        init => field = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Rate), FormattableString.Invariant($"{nameof(Rate)} must be in [0, 1), was {value}."));
    }

    internal override string Kind => "dropout";

    internal override Layer<T> Create<T>(ImageShape input) => new Dropout<T>(input, Rate);
}

/// <summary>Flattens an image to a vector of features.</summary>
public sealed record Flatten : Layer
{
    internal override string Kind => "flatten";

    internal override Layer<T> Create<T>(ImageShape input) => new Flatten<T>(input);
}
