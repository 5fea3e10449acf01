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
    /// plain or with <c>.gz</c>, also with a dot instead of the hyphen before <c>idx</c>, and with <c>test</c> for <c>t10k</c>. Without the last two a part of the first is held out. The files do not contain class names: a
    /// file <c>labels.txt</c> may (one per line); else a folder with "fashion" in its name or its parent's is Fashion-MNIST; else classes are numbers, from 0 to the largest label.
    /// <para>EMNIST's files (<c>emnist-letters-train-images-idx3-ubyte</c> and so on) are turned upright, and their classes are named by <c>emnist-letters-mapping.txt</c>, where it is there. In a folder with
    /// several of its parts a path names one: <c>FOLDER/emnist-letters</c>.</para>
    /// </remarks>
    /// <param name="folder">The folder.</param>
    /// <param name="holdOut">The fraction of the training images to hold out, in (0, 1), where there are none to test on. Default null: there must be.</param>
    /// <param name="seed">Determines which are held out. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in (0, 1).</exception>
    /// <exception cref="IdxException">A file is missing or invalid, or a fraction is given and there are images to test on; the message names it and says what is wrong.</exception>
    public static Dataset Load(DirectoryInfo folder, double? holdOut = null, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (holdOut is { } fraction && !(fraction > 0 && fraction < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(holdOut), FormattableString.Invariant($"{nameof(holdOut)} must be in (0, 1), was {fraction}."));
        }

        if (Emnist.PartOf(folder) is { } part)
        {
            return part.Load(holdOut, seed);
        }

        if (!folder.Exists)
        {
            throw new IdxException($"The folder of the data must exist, was '{folder.FullName}'.");
        }

        var training = Examples(folder, "train");
        Examples test;
        if (HasTest(folder, ""))
        {
            RefuseHoldOut(folder, holdOut);
            test = Examples(folder, "t10k");
        }
        else
        {
            (training, test) = HeldOut(folder, training, holdOut, seed);
        }

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

    /// <summary>Whether there is any file of images to test on.</summary>
    internal static bool HasTest(DirectoryInfo folder, string prefix) => folder.EnumerateFiles()
        .Any(file => file.Name.StartsWith(prefix + "t10k-", StringComparison.Ordinal) || file.Name.StartsWith(prefix + "test-", StringComparison.Ordinal));

    internal static void RefuseHoldOut(DirectoryInfo folder, double? holdOut)
    {
        if (holdOut is { } fraction)
        {
            throw new IdxException(FormattableString.Invariant($"A fraction to hold out ({fraction}) is for data without images to test on; '{folder.FullName}' has them."));
        }
    }

    internal static (Examples Training, Examples Test) HeldOut(DirectoryInfo folder, Examples all, double? holdOut, long seed)
    {
        if (holdOut is not { } fraction)
        {
            throw new IdxException(
                $"The folder '{folder.FullName}' must hold images to test on, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, and holds none; a fraction of those to train on can be held out (--hold-out 0.2).");
        }

        var (training, test) = HoldOut.Of(all.Count, fraction, seed, ("an image", "images"), what => new IdxException($"The fraction to hold out {what}"));
        return (all.Pick(training), all.Pick(test));
    }

    internal static Examples Examples(DirectoryInfo folder, string part)
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
        string[] parts = part.EndsWith("t10k", StringComparison.Ordinal) ? [part, part[..^4] + "test"] : [part];
        string[] names =
        [
            .. from name in parts
               from point in (char[])['-', '.']
               from end in (string[])["", ".gz"]
               select FormattableString.Invariant($"{name}-{what}{point}idx{dimensions}-ubyte{end}"),
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
            : [.. Enumerable.Range(0, Math.Max(2, largest + 1)).Select(Text)];
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
