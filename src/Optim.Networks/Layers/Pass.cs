using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>What one layer is given for one batch, forwards and backwards.</summary>
internal sealed class Pass<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Numbers that one thread works on at a time: they fit its cache, and are worth handing to it.
    private const int PieceElements = 1 << 15;

    /// <summary>The number of images.</summary>
    public required int Count { get; init; }

    /// <summary>Whether this is training, where dropout drops and batch normalisation looks at the batch.</summary>
    public required bool Training { get; init; }

    /// <summary>Whether the gradient by the inputs is needed; not so for the first layer.</summary>
    public required bool WantsInputGradient { get; init; }

    /// <summary>The layer's parameters.</summary>
    public required T[][] Parameters { get; init; }

    /// <summary>Where the pullback writes the gradient by each parameter.</summary>
    public required T[][] Gradients { get; init; }

    /// <summary>The layer's statistics.</summary>
    public required T[][] Statistics { get; init; }

    /// <summary>Where a pass in training writes the statistics' successors.</summary>
    public required T[][] NextStatistics { get; init; }

    /// <summary>Random numbers for training.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Arrays.</summary>
    public required Workspace<T> Workspace { get; init; }

    /// <summary>The most threads. No number depends on it.</summary>
    public required int Threads { get; init; }

    /// <summary>Runs independent pieces of work, on as many threads as allowed.</summary>
    /// <param name="count">The number of pieces; it may depend on shapes alone, so that sums of pieces are the same for any number of threads.</param>
    /// <param name="piece">Does the piece of a number.</param>
    public void Split(int count, Action<int> piece)
    {
        if (Threads == 1 || count == 1)
        {
            for (int i = 0; i < count; i++)
            {
                piece(i);
            }

            return;
        }

        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Threads }, piece);
    }

    /// <summary>Runs something for each image, several images at a time.</summary>
    /// <param name="length">Numbers an image.</param>
    /// <param name="image">Does the image of a number.</param>
    public void SplitImages(int length, Action<int> image)
    {
        int together = Math.Max(1, PieceElements / length);
        Split((Count + together - 1) / together, piece =>
        {
            for (int i = piece * together; i < Math.Min(Count, (piece + 1) * together); i++)
            {
                image(i);
            }
        });
    }

    /// <summary>Runs something for pieces of an array that hold whole rows.</summary>
    /// <param name="row">Numbers a row.</param>
    /// <param name="length">Numbers in all.</param>
    /// <param name="piece">Is given where a piece begins and how long it is.</param>
    public void SplitRows(int row, int length, Action<int, int> piece)
    {
        int size = RowPieceLength(row);
        Split(RowPieces(row, length), i => piece(i * size, Math.Min(size, length - (i * size))));
    }

    /// <summary>How many pieces <see cref="SplitRows"/> makes.</summary>
    public static int RowPieces(int row, int length) => (length + RowPieceLength(row) - 1) / RowPieceLength(row);

    /// <summary>The number of the piece that begins somewhere.</summary>
    public static int RowPiece(int row, int from) => from / RowPieceLength(row);

    /// <summary>How long a piece is; the last may be shorter.</summary>
    public static int RowPieceLength(int row) => Math.Max(1, PieceElements / row) * row;
}
