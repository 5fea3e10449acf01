using System.Globalization;
using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>
/// A square kernel slides over the image; each position gives <c>patch W + b</c>. The patches are the rows of one matrix (im2col), so that
/// all positions of several images are one matrix product.
/// </summary>
/// <remarks>
/// As everywhere in deep learning, this is a cross-correlation: the kernel is not flipped. Pixels outside the image are 0. <c>weight</c> is
/// <c>[kernel * kernel * input channels, output channels]</c>, patches in row-major order with interleaved channels.
/// </remarks>
internal sealed class Convolution<T> : Layer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Weight = 0, Bias = 1;

    // Elements of the patches of one piece of work: they are used again at once, from the second-level cache.
    private const int PieceElements = 1 << 17;

    private readonly Patches<T> patches;
    private readonly int piece;

    /// <param name="input">The shape of the images.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="kernel">The kernel's height and width.</param>
    /// <param name="stride">The stride.</param>
    /// <param name="padding">The zero padding.</param>
    /// <param name="bias">Whether there is a bias; it is redundant before batch normalisation.</param>
    public Convolution(ImageShape input, int channels, int kernel, int stride = 1, int padding = 0, bool bias = true)
        : base(input, new(channels, Places(input.Height, kernel, stride, padding), Places(input.Width, kernel, stride, padding)))
    {
        patches = new(input, Output.Height, Output.Width, kernel, stride, padding);
        piece = Math.Max(1, PieceElements / (patches.Rows * patches.Columns));
        var weight = new TensorShape("weight", patches.Columns, channels);
        Parameters = bias ? [weight, new("bias", channels)] : [weight];
        Description = string.Create(CultureInfo.InvariantCulture, $"conv {kernel}x{kernel}x{channels}");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TensorShape> Parameters { get; }

    /// <inheritdoc/>
    public override string Description { get; }

    private bool HasBias => Parameters.Count > 1;

    private int Channels => Output.Channels;

    /// <inheritdoc/>
    public override void Initialize(int parameter, Span<T> values, SeededRandom random)
    {
        if (parameter == Weight)
        {
            FillForRectifiers(values, patches.Columns, random);
        }
    }

    /// <inheritdoc/>
    public override (T[] Output, Pullback<T> Pullback) Forward(T[] input, Pass<T> pass)
    {
        var output = pass.Workspace.Take(pass.Count * Output.Length);
        Rows.Split(pass, piece, rows =>
        {
            int places = rows.Count * patches.Rows;
            var matrix = ReadPatches(rows, input, pass);
            var y = rows.ToWrite(output, Output.Length);
            RowMajor.Multiply(matrix, pass.Parameters[Weight], y, places, patches.Columns, Channels);
            if (HasBias)
            {
                RowMajor.AddToRows<T>(y, pass.Parameters[Bias]);
            }

            rows.Write(y, output);
            pass.Workspace.Return(matrix);
        });
        return (output, gradient => Backward(input, gradient, pass));
    }

    private T[] Backward(T[] input, T[] gradient, Pass<T> pass)
    {
        var weights = PartialSums<T>.Of(pass, piece, pass.Gradients[Weight]);
        var biases = HasBias ? PartialSums<T>.Of(pass, piece, pass.Gradients[Bias]) : null;
        var back = pass.WantsInputGradient ? pass.Workspace.Take(pass.Count * Input.Length) : [];
        Rows.Split(pass, piece, rows =>
        {
            int places = rows.Count * patches.Rows;
            var dy = rows.Read(gradient, Output.Length);
            var matrix = ReadPatches(rows, input, pass);
            RowMajor.MultiplyTransposed(matrix, dy, weights[rows.Number], patches.Columns, places, Channels);
            if (biases is not null)
            {
                RowMajor.SumRows<T>(dy, biases[rows.Number]);
            }

            if (pass.WantsInputGradient)
            {
                RowMajor.MultiplyByTransposed(dy, pass.Parameters[Weight], matrix, places, Channels, patches.Columns);
                patches.AddBack(matrix, back.AsSpan(rows.First * Input.Length, rows.Count * Input.Length));
            }

            pass.Workspace.Return(matrix);
            rows.Done(dy);
        });
        weights.Add();
        biases?.Add();
        return back;
    }

    private T[] ReadPatches(Rows<T> rows, T[] input, Pass<T> pass)
    {
        var matrix = pass.Workspace.Borrow(rows.Count * patches.Rows * patches.Columns);
        patches.Read(input.AsSpan(rows.First * Input.Length, rows.Count * Input.Length), matrix);
        return matrix;
    }
}
