using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>The context of a layer's forward and backward pass over one batch.</summary>
internal sealed class Pass<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Numbers that one thread works on at a time: they fit its cache, and are worth handing to it.
    private const int PieceElements = 1 << 15;

    /// <summary>The number of images.</summary>
    public required int Count { get; init; }

    /// <summary>Whether this is training, in which dropout is active and batch normalisation uses the batch.</summary>
    public required bool Training { get; init; }

    /// <summary>Whether the gradient with respect to the input is needed; false for the first layer.</summary>
    public required bool WantsInputGradient { get; init; }

    /// <summary>The layer's parameters.</summary>
    public required T[][] Parameters { get; init; }

    /// <summary>The destination of the parameter gradients.</summary>
    public required T[][] Gradients { get; init; }

    /// <summary>The layer's statistics.</summary>
    public required T[][] Statistics { get; init; }

    /// <summary>The destination of the updated statistics in training.</summary>
    public required T[][] NextStatistics { get; init; }

    /// <summary>Random numbers for training.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>The workspace.</summary>
    public required Workspace<T> Workspace { get; init; }

    /// <summary>The maximum number of threads. No result depends on it.</summary>
    public required int Threads { get; init; }

    /// <summary>Runs independent pieces of work on the allowed threads.</summary>
    /// <param name="count">The number of pieces; it may depend only on shapes, so that sums of pieces are the same for any number of threads.</param>
    /// <param name="piece">Processes a piece by its number.</param>
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

    /// <summary>Runs an action for each image, several images at a time.</summary>
    /// <param name="length">Values per image.</param>
    /// <param name="image">Processes an image by its number.</param>
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

    /// <summary>Runs an action for pieces of an array of whole rows.</summary>
    /// <param name="row">Values per row.</param>
    /// <param name="length">The total number of values.</param>
    /// <param name="piece">Receives a piece's offset and length.</param>
    public void SplitRows(int row, int length, Action<int, int> piece)
    {
        int size = RowPieceLength(row);
        Split(RowPieces(row, length), i => piece(i * size, Math.Min(size, length - (i * size))));
    }

    /// <summary>The number of pieces of <see cref="SplitRows"/>.</summary>
    public static int RowPieces(int row, int length) => (length + RowPieceLength(row) - 1) / RowPieceLength(row);

    /// <summary>The number of the piece at an offset.</summary>
    public static int RowPiece(int row, int from) => from / RowPieceLength(row);

    /// <summary>The length of a piece; the last may be shorter.</summary>
    public static int RowPieceLength(int row) => Math.Max(1, PieceElements / row) * row;
}
