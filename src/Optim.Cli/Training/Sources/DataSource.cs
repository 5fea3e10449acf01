using Optim.Networks;

namespace Optim.Cli.Training.Sources;

/// <summary>The user's own data: a table, a folder of IDX files, or a folder of class folders with images.</summary>
internal static class DataSource
{
    /// <summary>The fraction that is held out where the data have no part for testing.</summary>
    public const double UsualHoldOut = 0.2;

    /// <summary>Whether a path is of a table: it is a file.</summary>
    public static bool IsTable(string path) => File.Exists(path);

    /// <summary>Loads what a path names.</summary>
    /// <param name="path">A file with a table, or a folder of images.</param>
    /// <param name="options">What is to be said about them.</param>
    /// <param name="seed">Determines what is held out.</param>
    /// <exception cref="FormatException">An option does not fit.</exception>
    /// <exception cref="IOException">They cannot be read, or are invalid.</exception>
    public static Dataset Load(string path, DataOptions options, long seed)
    {
        try
        {
            return Loaded(path, options, seed);
        }
        catch (OutOfMemoryException e)
        {
            throw new IOException($"'{path}' must fit into memory: {e.Message}", e);
        }
    }

    /// <summary>A length that an array can have.</summary>
    /// <param name="length">The length.</param>
    /// <param name="refused">The error for one that none can have, from the first such and the length.</param>
    public static int RequireFits(long length, Func<int, long, IOException> refused) => length < Array.MaxLength ? (int)length : throw refused(Array.MaxLength, length);

    private static Dataset Loaded(string path, DataOptions options, long seed)
    {
        if (IsTable(path))
        {
            RequireNoSize("a file");
            return TableSource.Load(new(path), options, seed);
        }

        if ((options.Target ?? options.Task) is not null)
        {
            throw new FormatException($"--{(options.Target is null ? "task" : "target")} is for a table, a file; --data was '{path}', which is {(Directory.Exists(path) ? "a folder" : "not there")}.");
        }

        DirectoryInfo folder = new(path);
        if (ImageFolder.IsOne(folder))
        {
            return ImageFolder.Load(folder, options.HoldOut, options.ImageSize, seed);
        }

        RequireNoSize(folder.Exists ? "none" : "not there");
        return Idx.Load(folder, options.HoldOut, seed);

        void RequireNoSize(string what)
        {
            if (options.ImageSize is not null)
            {
                throw new FormatException($"--image-size is for a folder of class folders with images; --data was '{path}', which is {what}.");
            }
        }
    }
}

/// <summary>What is to be said about one's own data.</summary>
/// <param name="Target">The column of a table that is to be predicted; null for none given.</param>
/// <param name="Task">Whether it is a class or a number: <c>classes</c>, <c>regression</c>; null to see from its values.</param>
/// <param name="HoldOut">The fraction to hold out, in (0, 1); null for the usual.</param>
/// <param name="ImageSize">The size to bring the images of a folder to; null for the one that they have.</param>
internal sealed record DataOptions(string? Target = null, string? Task = null, double? HoldOut = null, ImageSize? ImageSize = null)
{
    /// <summary>The options, each followed by a space.</summary>
    public string CommandLine() => Of("target", Target is null ? null : Train.TrainSettings.Quoted(Target)) + Of("task", Task)
        + Of("hold-out", HoldOut?.ToString(System.Globalization.CultureInfo.InvariantCulture)) + Of("image-size", ImageSize?.ToString());

    private static string Of(string name, string? text) => text is null ? "" : $"--{name} {text} ";

    /// <summary>A target of classes.</summary>
    public const string Classes = "classes";

    /// <summary>A target that is a number.</summary>
    public const string Regression = "regression";
}
