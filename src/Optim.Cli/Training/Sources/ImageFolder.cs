using Optim.Networks;
using StbImageSharp;

namespace Optim.Cli.Training.Sources;

/// <summary>
/// A folder of class folders, each with images of its class: PNG, JPEG or BMP, all of one size or brought to one. Where the folder has <c>train</c> and <c>test</c> (or <c>val</c>), the class folders are in these.
/// </summary>
internal static class ImageFolder
{
    private const int MostClasses = 256;

    // A header may claim any size, and memory is taken for it before a pixel is read. Photographs have 50 million.
    private const long MostPixels = 1L << 28;

    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".bmp"], TestNames = ["test", "val", "valid", "validation"];

    /// <summary>Whether a folder is one: there is an image two folders deep or three, and no IDX file.</summary>
    public static bool IsOne(DirectoryInfo folder) =>
        folder.Exists && !folder.EnumerateFiles("*idx3-ubyte*").Any() && folder.EnumerateDirectories().Any(inner => Images(inner).Any() || inner.EnumerateDirectories().Any(deeper => Images(deeper).Any()));

    /// <summary>Loads the images.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="holdOut">The fraction to hold out; null for a fifth, or for none where there is a part for testing.</param>
    /// <param name="size">The size to bring them to; null for images that are all of one size.</param>
    /// <param name="seed">Determines which are held out.</param>
    /// <exception cref="FormatException">A fraction is given and there is a part for testing.</exception>
    /// <exception cref="IOException">An image cannot be read, or is of another size; the message names it.</exception>
    public static Dataset Load(DirectoryInfo folder, double? holdOut, ImageSize? size, long seed)
    {
        var parts = folder.GetDirectories();
        var training = parts.FirstOrDefault(part => part.Name.Equals("train", StringComparison.OrdinalIgnoreCase));
        var test = TestNames.Select(name => parts.FirstOrDefault(part => part.Name.Equals(name, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(part => part is not null);
        string source = $"Images of the folder '{folder.Name}'";
        if (training is not null && test is not null)
        {
            if (holdOut is not null)
            {
                throw new FormatException($"--hold-out is for data without a part for testing; '{folder}' has '{test.Name}'.");
            }

            string[] classes = ClassesOf(training);
            if (ClassesOf(test).Except(classes, StringComparer.Ordinal).FirstOrDefault() is { } stranger)
            {
                throw new IOException($"'{test}' must have the classes of '{training}', and has '{stranger}' besides.");
            }

            var files = Files(training, classes);
            return Of(folder.Name, source, classes, size, files, Files(test, classes));
        }

        string[] names = ClassesOf(folder);
        var all = Files(folder, names);
        var (others, held) = HoldOut.Of(all.Count, holdOut ?? DataSource.UsualHoldOut, seed, ("an image", "images"), what => new FormatException($"--hold-out {what}"));
        return Of(folder.Name, source, names, size, [.. others.Select(i => all[i])], [.. held.Select(i => all[i])]);
    }

    private static Dataset Of(
        string name, string source, string[] classes, ImageSize? asked, IReadOnlyList<(FileInfo File, byte Label)> training, IReadOnlyList<(FileInfo File, byte Label)> test)
    {
        (FileInfo File, (int Width, int Height) Size, int Channels)[] images = [.. training.Concat(test).Select(image => Info(image.File))];
        var size = asked?.For(images.Take(training.Count).Select(image => image.Size)) ?? images[0].Size;
        var others = images.Where(image => image.Size != size).ToArray();
        if (asked is null && others.Length > 0)
        {
            var (file, (width, height), _) = others[0];
            throw new IOException(FormattableString.Invariant(
                $"'{file}' must be of {size.Width} x {size.Height} pixels, as '{images[0].File}' is, was of {width} x {height}. Bring all images to one size: --image-size {ImageSize.Usual} cuts and resizes them to the most frequent one, --image-size {size.Width}x{size.Height} to that."));
        }

        // One image in colour makes all of them images in colour.
        bool isGrey = images.All(image => image.Channels <= 2);
        ImageShape shape = new(isGrey ? 1 : 3, size.Height, size.Width);
        string brought = others.Length > 0 ? FormattableString.Invariant($", {others.Length} of {images.Length} brought to {size.Width} x {size.Height} pixels") : "";
        return new(name, source + brought, null, null, classes, Examples(training), Examples(test));

        Examples Examples(IReadOnlyList<(FileInfo File, byte Label)> images)
        {
            byte[] pixels = new byte[SizeOf(images.Count, shape, name)];
            for (int i = 0; i < images.Count; i++)
            {
                var image = Decode(images[i].File, isGrey ? ColorComponents.Grey : ColorComponents.RedGreenBlue);
                Resampling.Resize(image.Data, (image.Width, image.Height), size, shape.Channels).CopyTo(pixels, i * shape.Length);
            }

            return new(shape, pixels, [.. images.Select(image => image.Label)]);
        }
    }

    /// <summary>The bytes of some images.</summary>
    /// <exception cref="IOException">They are more than an array holds.</exception>
    public static int SizeOf(int images, ImageShape shape, string folder) => DataSource.RequireFits(
        (long)images * shape.Channels * shape.Pixels,
        (most, bytes) => new IOException(FormattableString.Invariant($"'{folder}' must have fewer than {most} bytes of pixels, has {images} images of {shape}: {bytes}. Make them smaller, or take fewer.")));

    private static string[] ClassesOf(DirectoryInfo folder)
    {
        string[] names = [.. folder.EnumerateDirectories().Where(inner => Images(inner).Any()).Select(inner => inner.Name).Order(StringComparer.Ordinal)];
        return names.Length is >= 2 and <= MostClasses
            ? names
            : throw new IOException(FormattableString.Invariant($"'{folder}' must have from 2 to {MostClasses} folders with images, one for each class, has {names.Length}."));
    }

    private static IReadOnlyList<(FileInfo File, byte Label)> Files(DirectoryInfo folder, string[] classes) =>
        [.. classes.Index().SelectMany(item => Images(new(Path.Combine(folder.FullName, item.Item))).Select(file => (file, (byte)item.Index)))];

    private static IEnumerable<FileInfo> Images(DirectoryInfo folder) => !folder.Exists ? [] : folder.EnumerateFiles()
        .Where(file => Endings.Contains(file.Extension.ToLowerInvariant())).OrderBy(file => file.Name, StringComparer.Ordinal);

    private static ImageResult Decode(FileInfo file, ColorComponents components) => Guarded(file, stream => ImageResult.FromStream(stream, components));

    private static (FileInfo File, (int Width, int Height) Size, int Channels) Info(FileInfo file)
    {
        var (width, height, channels) = Guarded(file, stream =>
            ImageInfo.FromStream(stream) is { } info ? (info.Width, info.Height, (int)info.ColorComponents) : throw new InvalidOperationException("its form is unknown"));
        return width > 0 && height > 0 && (long)width * height <= MostPixels
            ? (file, (width, height), channels)
            : throw new IOException(FormattableString.Invariant($"'{file}' must have from 1 to {MostPixels} pixels, has {width} x {height}."));
    }

    private static R Guarded<R>(FileInfo file, Func<Stream, R> read)
    {
        using var stream = file.OpenRead();
        try
        {
            return read(stream);
        }
        catch (Exception e) when (e is not (IOException or UnauthorizedAccessException or OutOfMemoryException) or EndOfStreamException)
        {
            // The library's own words may be what is left of a C string: control characters.
            string why = e.Message.Any(char.IsControl) ? "it is damaged" : e.Message;
            throw new IOException($"'{file}' must be an image in PNG, JPEG or BMP: {why}", e);
        }
    }
}
