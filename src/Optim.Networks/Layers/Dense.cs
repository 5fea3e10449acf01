using System.Globalization;
using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary><c>y = x W + b</c>, fully connected.</summary>
internal sealed class Dense<T>(ImageShape input, int units) : Layer<T>(input, ImageShape.Vector(units))
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Weight = 0, Bias = 1;

    // Images a piece of work, where the weights are many enough to be worth a second thread.
    private const int Piece = 64, LeastWeights = 1 << 15;

    private int Inputs => Input.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<TensorShape> Parameters { get; } = [new("weight", input.Length, units), new("bias", units)];

    /// <inheritdoc/>
    public override string Description => units.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override void Initialize(int parameter, Span<T> values, SeededRandom random)
    {
        if (parameter == Weight)
        {
            FillForRectifiers(values, Inputs, random);
        }
    }

    /// <inheritdoc/>
    public override (T[] Output, Pullback<T> Pullback) Forward(T[] input, Pass<T> pass)
    {
        int piece = Inputs * units < LeastWeights ? pass.Count : Piece;
        var output = pass.Workspace.Take(pass.Count * units);
        Rows.Split(pass, piece, rows =>
        {
            var x = rows.Read(input, Inputs);
            var y = rows.ToWrite(output, units);
            RowMajor.Multiply(x, pass.Parameters[Weight], y, rows.Count, Inputs, units);
            RowMajor.AddToRows<T>(y, pass.Parameters[Bias]);
            rows.Done(x);
            rows.Write(y, output);
        });
        return (output, gradient => Backward(input, gradient, pass, piece));
    }

    private T[] Backward(T[] input, T[] gradient, Pass<T> pass, int piece)
    {
        var weights = PartialSums<T>.Of(pass, piece, pass.Gradients[Weight]);
        var back = pass.WantsInputGradient ? pass.Workspace.Take(pass.Count * Inputs) : [];
        Rows.Split(pass, piece, rows =>
        {
            var dy = rows.Read(gradient, units);
            var x = rows.Read(input, Inputs);
            RowMajor.MultiplyTransposed(x, dy, weights[rows.Number], Inputs, rows.Count, units);
            rows.Done(x);
            if (pass.WantsInputGradient)
            {
                var dx = rows.ToWrite(back, Inputs);
                RowMajor.MultiplyByTransposed(dy, pass.Parameters[Weight], dx, rows.Count, units, Inputs);
                rows.Write(dx, back);
            }

            rows.Done(dy);
        });
        weights.Add();
        RowMajor.SumRows<T>(gradient, pass.Gradients[Bias]);
        return back;
    }
}
