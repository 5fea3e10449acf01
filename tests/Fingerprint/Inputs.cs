using System.Numerics;

namespace Optim.Fingerprint;

/// <summary>What rules are run on: the same numbers for all, made once.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal static class Inputs<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>What a thread takes at a time; three take part from four of it on.</summary>
    private const int Chunk = 32 * 1024;

    private static readonly Layout Small = Layout.Of(new TensorShape("weight", 6, 5), new TensorShape("bias", 5), new TensorShape("scale"));

    /// <summary>Matrices long and wide, and shapes that are no matrices.</summary>
    private static readonly Layout Matrices = Layout.Of(
        new TensorShape("tall", 37, 21), new TensorShape("wide", 5, 60), new TensorShape("bias", 35), new TensorShape("square", 24, 24), new TensorShape("scalar"),
        new TensorShape("filter", 6, 3, 5), new TensorShape("row", 1, 19), new TensorShape("column", 19, 1), new TensorShape("none", 0, 3));

    /// <summary>A matrix whose products are split over threads.</summary>
    private static readonly Layout Square = Layout.Of(new TensorShape("square", 65, 65), new TensorShape("bias", 65));

    /// <summary>Lengths about those of lanes; shapes; many steps.</summary>
    public static IReadOnlyList<Run<T>> Usual { get; } =
    [
        .. new[] { 0, 1, 7, 15, 16, 17, 63, 300 }.Select(length => Make(length, Layout.OfVector(length), steps: 3)),
        Make(1001, Matrices, steps: 3),
        Make(1002, Small, steps: 30),
    ];

    /// <summary>Work that is split: three threads in float, two in double.</summary>
    public static IReadOnlyList<Run<T>> Split => field ??= typeof(T) == typeof(float)
        ? [Make(1003, Layout.OfVector((4 * Chunk) + 13), steps: 1, 3), Make(1004, Square, steps: 1, 3)]
        : [Make(1003, Layout.OfVector((2 * Chunk) + 13), steps: 1, 2), Make(1004, Square, steps: 1, 2)];

    /// <summary>More of the same: every length to beyond two of the widest lanes, the edges of leaves and chunks, and one from which on steps write past the caches.</summary>
    public static IReadOnlyList<Run<T>> Long => field ??=
    [
        .. Enumerable.Range(0, 132).Concat([255, 256, 257, 4097, 8191, 8192, 8193, Chunk - 1, Chunk, Chunk + 1]).Select(length => Make(length, Layout.OfVector(length), steps: 4)),
        Make(2001, Matrices, steps: 12, 2, 3),
        Make(2005, Square, steps: 4, 2, 3, 4),
        Make(2002, Small, steps: 300),
        Make(2003, Layout.OfVector((5 * Chunk) + 13), steps: 4, 2, 3, 4),
        Make(2004, Layout.OfVector((16 * Chunk) + 1), steps: 2, 2, 3, 4),
    ];

    /// <summary>Matrices and other shapes, some steps.</summary>
    public static Run<T> Matrix { get; } = Make(1005, Matrices, steps: 6);

    /// <summary>The ends of the number line: finite alone, and with NaNs and infinities.</summary>
    public static IReadOnlyList<Run<T>> Extreme { get; } = [MakeExtreme(1, finite: true), MakeExtreme(2, finite: false)];

    private static Run<T> Make(int seed, Layout layout, int steps, params int[] threads)
    {
        var draw = new Draw(seed);
        return new(draw.Usual<T>(layout), [.. Enumerable.Range(0, steps).Select(_ => draw.Usual<T>(layout))], threads);
    }

    private static Run<T> MakeExtreme(int seed, bool finite)
    {
        var layout = Layout.Of(new TensorShape("weight", 5, 7), new TensorShape("bias", 37), new TensorShape("scale"));
        var draw = new Draw(seed);
        return new(draw.Extreme<T>(layout, finite: true), [.. Enumerable.Range(0, 3).Select(_ => draw.Extreme<T>(layout, finite))], []);
    }
}

/// <summary>A start, and a gradient for each step from there.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="Start">The parameters.</param>
/// <param name="Gradients">The gradients.</param>
/// <param name="Threads">With how many threads it is run besides one.</param>
internal sealed record Run<T>(TensorSet<T> Start, IReadOnlyList<TensorSet<T>> Gradients, IReadOnlyList<int> Threads)
    where T : unmanaged, IFloatingPointIeee754<T>;
