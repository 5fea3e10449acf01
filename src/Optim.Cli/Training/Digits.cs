using System.Globalization;
using System.IO.Compression;
using Optim.Networks;

namespace Optim.Cli.Training;

/// <summary>1,797 real handwritten digits of 8 x 8 pixels, embedded in the program. Source and licence: <c>Data/NOTICE.md</c>.</summary>
internal static class Digits
{
    /// <summary>Pixels per image.</summary>
    public const int Pixels = 64;

    /// <summary>The number of classes.</summary>
    public const int Classes = 10;

    /// <summary>All images.</summary>
    public const int Count = 1797;

    /// <summary>Held-out images: a fifth.</summary>
    public const int TestCount = Count / 5;

    /// <summary>Training images.</summary>
    public const int TrainingCount = Count - TestCount;

    /// <summary>The name of the data set, for reports.</summary>
    public const string Name = "Optical Recognition of Handwritten Digits";

    /// <summary>The authors and source, for reports.</summary>
    public const string Source = "E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository, the 1,797 test images as distributed with scikit-learn";

    /// <summary>The page of the data set.</summary>
    public const string Address = "https://doi.org/10.24432/C50P49";

    /// <summary>The licence, for reports.</summary>
    public const string License = "CC BY 4.0 (scikit-learn's copy: BSD-3-Clause)";

    // The grey of a cell counts the inked pixels of a 4 x 4 block.
    private const byte MostInk = 16;

    /// <summary>The shape of an image.</summary>
    public static ImageShape Shape { get; } = new(1, 8, 8);

    /// <summary>The training digits and the held-out fifth, at random.</summary>
    /// <param name="seed">Determines which are held out.</param>
    public static Dataset Load(long seed)
    {
        var all = All();
        var (training, test) = HoldOut.Of(all.Count, TestCount, seed);
        string[] classes = [.. Enumerable.Range(0, Classes).Select(digit => digit.ToString(CultureInfo.InvariantCulture))];
        return new(Name, Source, Address, License, classes, all.Pick(training), all.Pick(test));
    }

    /// <summary>All digits.</summary>
    public static Examples All()
    {
        using var resource = typeof(Digits).Assembly.GetManifestResourceStream("digits.csv.gz")
            ?? throw new InvalidOperationException("The program must contain its resource 'digits.csv.gz', which is missing.");
        using var reader = new StreamReader(new GZipStream(resource, CompressionMode.Decompress));
        byte[] pixels = new byte[Count * Pixels], labels = new byte[Count];
        for (int row = 0; row < Count; row++)
        {
            string[] cells = reader.ReadLine()!.Split(',');
            labels[row] = byte.Parse(cells[Pixels], CultureInfo.InvariantCulture);
            for (int column = 0; column < Pixels; column++)
            {
                pixels[(row * Pixels) + column] = byte.Parse(cells[column], CultureInfo.InvariantCulture);
            }
        }

        return new(Shape, pixels, labels, MostInk);
    }
}
