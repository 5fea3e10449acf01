using System.Globalization;

namespace Optim.Cli.Training.Sources;

/// <summary>The size to which images are brought: <c>--image-size</c>.</summary>
/// <param name="Width">The width in pixels; null for that of the most frequent size.</param>
/// <param name="Height">The height in pixels; null for that of the most frequent size.</param>
internal sealed record ImageSize(int? Width, int? Height)
{
    /// <summary>The most frequent size of the images to train on.</summary>
    public const string Usual = "usual";

    private const int Most = 4096;

    /// <summary>The size that a text names: <c>28</c>, <c>28x20</c> (width and height) or <c>usual</c>; null for no text.</summary>
    /// <exception cref="FormatException">It names none.</exception>
    public static ImageSize? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (text.Equals(Usual, StringComparison.OrdinalIgnoreCase))
        {
            return new(null, null);
        }

        int[] sides = [.. text.Split('x', 'X').Select(side => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out int pixels) && pixels <= Most ? pixels : 0)];
        return sides.Length is 1 or 2 && sides.All(side => side > 0)
            ? new(sides[0], sides[^1])
            : throw new FormatException(FormattableString.Invariant($"--image-size must be {Usual}, a side or width x height, from 1 to {Most} pixels (28, 28x20), was '{text}'."));
    }

    /// <summary>The size for images of these sizes, of which the first of the most frequent is the usual one.</summary>
    public (int Width, int Height) For(IEnumerable<(int Width, int Height)> sizes) => Width is { } width && Height is { } height ? (width, height) : sizes.CountBy(size => size).MaxBy(size => size.Value).Key;

    /// <summary>As it is typed.</summary>
    public override string ToString() => Width is { } width && Height is { } height ? string.Create(CultureInfo.InvariantCulture, $"{width}x{height}") : Usual;
}
