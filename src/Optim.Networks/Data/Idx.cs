using System.Globalization;

namespace Optim.Networks;

/// <summary>Data sets in the file format of MNIST and Fashion-MNIST: images and labels in the IDX format, plain or gzipped.</summary>
public static class Idx
{
    /// <summary>Optional class names, one per line.</summary>
    public const string ClassFile = "labels.txt";

    private const string FashionName = "Fashion-MNIST", FashionFolder = "fashion";

    private static readonly string[] FashionClasses =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>Loads the data set in a folder.</summary>
    /// <remarks>
    /// The files are <c>train-images-idx3-ubyte</c>, <c>train-labels-idx1-ubyte</c>, <c>t10k-images-idx3-ubyte</c> and <c>t10k-labels-idx1-ubyte</c>, each
    /// plain or with <c>.gz</c>, also with a dot instead of the hyphen before <c>idx</c>. The files do not contain class names: a
    /// file <c>labels.txt</c> may (one per line); else a folder with "fashion" in its name or its parent's is Fashion-MNIST; else classes are numbers.
    /// </remarks>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IdxException">A file is missing or invalid; the message names it and says what is wrong.</exception>
    public static Dataset Load(DirectoryInfo folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!folder.Exists)
        {
            throw new IdxException($"The folder of the data must exist, was '{folder.FullName}'.");
        }

        var training = Examples(folder, "train");
        var test = Examples(folder, "t10k");
        if (training.Shape != test.Shape)
        {
            throw new IdxException($"'{folder.FullName}': images to train on and to test on must have the same shape, were {training.Shape} and {test.Shape}.");
        }

        bool fashion = new[] { folder, folder.Parent }.Any(x => x?.Name.Contains(FashionFolder, StringComparison.OrdinalIgnoreCase) == true);
        var classes = Classes(folder, training, test, fashion);
        return fashion
            ? new(FashionName, "H. Xiao, K. Rasul and R. Vollgraf (2017), Zalando SE", "https://github.com/zalandoresearch/fashion-mnist", "MIT", classes, training, test)
            : new(folder.Name, $"IDX files of the folder '{folder.Name}'", null, null, classes, training, test);
    }

    private static Examples Examples(DirectoryInfo folder, string part)
    {
        var (imageFile, images) = IdxFile.Read(Find(folder, part, "images", 3), 3);
        var (labelFile, labels) = IdxFile.Read(Find(folder, part, "labels", 1), 1);
        if (images.Sizes[0] != labels.Sizes[0])
        {
            throw new IdxException(FormattableString.Invariant(
                $"'{labelFile}' must hold a label for each image of '{imageFile}', held {labels.Sizes[0]} labels for {images.Sizes[0]} images."));
        }

        if (images.Values.Length == 0)
        {
            throw new IdxException($"'{imageFile}' must hold at least one image of at least one pixel, was {string.Join(" x ", images.Sizes.Select(Text))}.");
        }

        return new(new(1, images.Sizes[1], images.Sizes[2]), images.Values, labels.Values, byte.MaxValue);
    }

    private static FileInfo Find(DirectoryInfo folder, string part, string what, int dimensions)
    {
        string[] names =
        [
            .. from point in (char[])['-', '.']
               from end in (string[])["", ".gz"]
               select FormattableString.Invariant($"{part}-{what}{point}idx{dimensions}-ubyte{end}"),
        ];
        return names.Select(name => new FileInfo(Path.Combine(folder.FullName, name))).FirstOrDefault(file => file.Exists)
            ?? throw new IdxException($"The folder '{folder.FullName}' must hold one of {string.Join(", ", names)}, and holds none.");
    }

    private static string[] Classes(DirectoryInfo folder, Examples training, Examples test, bool fashion)
    {
        int largest = Math.Max(Largest(training.Labels), Largest(test.Labels));
        var file = new FileInfo(Path.Combine(folder.FullName, ClassFile));
        string[] names = file.Exists ? [.. File.ReadLines(file.FullName).Select(line => line.Trim()).Where(line => line.Length > 0)]
            : fashion ? FashionClasses
            : [.. Enumerable.Range(0, Math.Max(10, largest + 1)).Select(Text)];
        if (largest >= names.Length)
        {
            throw new IdxException(FormattableString.Invariant(
                $"'{folder.FullName}': labels must be below {names.Length}, the number of classes{(file.Exists ? $" in '{ClassFile}'" : "")}, was {largest}."));
        }

        return names.Distinct(StringComparer.Ordinal).Count() == names.Length && names.Length > 1
            ? names : throw new IdxException($"'{file.FullName}' must hold two classes or more with different names.");

        static int Largest(ReadOnlySpan<byte> labels)
        {
            int most = 0;
            foreach (byte label in labels)
            {
                most = Math.Max(most, label);
            }

            return most;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
