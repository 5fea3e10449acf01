using System.Globalization;

namespace Optim.Networks;

/// <summary>A part of EMNIST (letters, digits, balanced, byclass, bymerge, mnist) in a folder: MNIST's file format with names of its own, images stored column by column, and classes in a mapping.</summary>
internal sealed class Emnist
{
    private const string Mark = "emnist-", Train = "-train-images-idx3-ubyte";

    private readonly DirectoryInfo folder;
    private readonly string name;

    private Emnist(DirectoryInfo folder, string name) => (this.folder, this.name) = (folder, name);

    /// <summary>The part that a path names: that of a folder that has one alone, or <c>FOLDER/emnist-letters</c>. Null if it names none.</summary>
    /// <exception cref="IdxException">The folder has several.</exception>
    public static Emnist? PartOf(DirectoryInfo path)
    {
        if (!path.Exists)
        {
            return path.Parent is { Exists: true } parent && path.Name.StartsWith(Mark, StringComparison.Ordinal) && NamesIn(parent).Contains(path.Name) ? new(parent, path.Name) : null;
        }

        string[] names = NamesIn(path);
        return names.Length switch
        {
            0 => null,
            1 => new(path, names[0]),
            _ => throw new IdxException($"'{path.FullName}' has {names.Length.ToString(CultureInfo.InvariantCulture)} parts of EMNIST; name one: {string.Join(", ", names.Select(name => Path.Combine(path.FullName, name)))}."),
        };
    }

    /// <summary>Loads the part.</summary>
    public Dataset Load(double? holdOut, long seed)
    {
        Examples training = Upright(Idx.Examples(folder, name + "-train")), test;
        if (Idx.HasTest(folder, name + "-"))
        {
            Idx.RefuseHoldOut(folder, holdOut);
            test = Upright(Idx.Examples(folder, name + "-t10k"));
        }
        else
        {
            (training, test) = Idx.HeldOut(folder, training, holdOut, seed);
        }

        if (training.Shape != test.Shape)
        {
            throw new IdxException($"'{folder.FullName}': images to train on and to test on must have the same shape, were {training.Shape} and {test.Shape}.");
        }

        // The letters count from 1.
        var (classes, first) = Classes(training, test);
        return new(
            "EMNIST " + name[Mark.Length..], "G. Cohen, S. Afshar, J. Tapson and A. van Schaik (2017), NIST", "https://www.nist.gov/itl/products-and-services/emnist-dataset", null,
            classes, From(first, training, classes.Length), From(first, test, classes.Length));
    }

    private static string[] NamesIn(DirectoryInfo folder) =>
    [
        .. folder.EnumerateFiles(Mark + "*" + Train + "*").Select(file => file.Name[..file.Name.IndexOf(Train, StringComparison.Ordinal)]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>Rows for columns.</summary>
    private static Examples Upright(Examples stored)
    {
        int rows = stored.Shape.Width, columns = stored.Shape.Height;
        byte[] pixels = new byte[stored.Count * stored.Shape.Length];
        for (int i = 0; i < stored.Count; i++)
        {
            var image = stored.Image(i);
            for (int j = 0; j < image.Length; j++)
            {
                pixels[(i * image.Length) + j] = image[((j % columns) * rows) + (j / columns)];
            }
        }

        return new(new(1, rows, columns), pixels, stored.Labels.ToArray());
    }

    private static Examples From(int first, Examples examples, int classes)
    {
        byte[] labels = new byte[examples.Count], pixels = new byte[examples.Count * examples.Shape.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            int label = examples.Labels[i] - first;
            labels[i] = label >= 0 && label < classes
                ? (byte)label
                : throw new IdxException(FormattableString.Invariant($"Labels must be from {first} to {first + classes - 1}, as the classes are numbered, was {examples.Labels[i]}."));
            examples.Image(i).CopyTo(pixels.AsSpan(i * examples.Shape.Length));
        }

        return new(examples.Shape, pixels, labels);
    }

    private (string[] Names, int First) Classes(Examples training, Examples test)
    {
        var file = new FileInfo(Path.Combine(folder.FullName, name + "-mapping.txt"));
        if (!file.Exists)
        {
            int first = Math.Min(Least(training), Least(test)), last = Math.Max(Most(training), Most(test));
            return ([.. Enumerable.Range(first, Math.Max(2, last - first + 1)).Select(label => label.ToString(CultureInfo.InvariantCulture))], first);
        }

        // A line is a label and the code of its character, for letters that of the small one besides.
        var classes = new SortedDictionary<int, string>();
        foreach (string line in File.ReadLines(file.FullName).Where(line => line.Trim().Length > 0))
        {
            int[] numbers = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
            if (numbers.Length < 2 || numbers.Any(number => number is < 0 or > char.MaxValue) || !classes.TryAdd(numbers[0], ((char)numbers[1]).ToString()))
            {
                throw new IdxException($"'{file.FullName}' must have a label and the code of a character in each line, each label once, had '{line}'.");
            }
        }

        return classes.Count >= 2 && classes.Keys.Last() - classes.Keys.First() == classes.Count - 1
            ? ([.. classes.Values], classes.Keys.First())
            : throw new IdxException($"'{file.FullName}' must number two classes or more without a gap.");

        static int Least(Examples examples) => examples.Labels.ToArray().Min();

        static int Most(Examples examples) => examples.Labels.ToArray().Max();
    }
}
