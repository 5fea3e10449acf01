using System.CommandLine;

namespace Optim.Cli.Reports;

/// <summary>The options that say where a command's report goes, the same for every command that has one.</summary>
internal sealed class ReportOptions
{
    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "Writes a page with interactive charts to this file, too.",
        HelpName = "report.html",
    };

    private readonly Option<DirectoryInfo?> embedScripts = new("--embed-scripts")
    {
        Description = "With --output: copies the charts' scripts from this folder (npm's node_modules, or vega.min.js, vega-lite.min.js, vega-embed.min.js) into the page, which then needs no network.",
        HelpName = "folder",
    };

    private readonly Option<bool> json = SharedOptions.Json();

    private readonly Option<DirectoryInfo?> csv = new("--csv")
    {
        Description = "Writes every table of figures to this folder, too: a CSV file each.",
        HelpName = "folder",
    };

    private readonly Option<DirectoryInfo?> tensorBoard = new("--tensorboard")
    {
        Description = "Writes the curves to this folder, too, as TensorBoard reads them: a folder a run.",
        HelpName = "folder",
    };

    private readonly bool hasRuns;

    /// <param name="hasRuns">Whether the command's report has runs for TensorBoard.</param>
    public ReportOptions(bool hasRuns = true) => this.hasRuns = hasRuns;

    /// <summary>Adds the options to a command, after its own.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[output, embedScripts, json, csv, .. hasRuns ? (Option[])[tensorBoard] : []])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether the results are printed for machines.</summary>
    public bool Json(ParseResult parse) => parse.GetValue(json);

    /// <summary>Where the report goes. Refuses what cannot be written, before the work and not after it.</summary>
    /// <exception cref="FormatException">An option is missing that another needs.</exception>
    /// <exception cref="IOException">A file or folder will not do; the message is a sentence that says which option's and why.</exception>
    public ReportDestinations Destinations(ParseResult parse)
    {
        var page = parse.GetValue(output);
        var scripts = parse.GetValue(embedScripts);
        if (scripts is not null && page is null)
        {
            throw new FormatException("--embed-scripts needs --output: it is the page that the scripts go into.");
        }

        return new(
            parse.GetValue(json),
            page is null ? null : Guarded("--output must be a file that can be written", page, () => WritableFile(page)),
            scripts is null ? ChartScripts.Linked : Guarded("--embed-scripts must be a folder with the charts' scripts", scripts, () => ChartScripts.Embedded(scripts)),
            Folder(csv, parse), hasRuns ? Folder(tensorBoard, parse) : null);
    }

    /// <summary>Refuses a file that cannot be written, before the work and not after it. Leaves no trace of the attempt.</summary>
    /// <exception cref="IOException">It cannot; the message names option and file.</exception>
    public static void RequireWritable(string option, FileInfo file) => Guarded($"{option} must be a file that can be written", file, () => WritableFile(file));

    private static DirectoryInfo? Folder(Option<DirectoryInfo?> option, ParseResult parse) =>
        parse.GetValue(option) is { } folder ? Guarded($"{option.Name} must be a folder that can be written", folder, () => WritableFolder(folder)) : null;

    /// <summary>Leaves no trace of the attempt.</summary>
    private static FileInfo WritableFile(FileInfo file)
    {
        bool existed = file.Exists;
        using (file.Open(FileMode.OpenOrCreate, FileAccess.Write))
        {
        }

        if (!existed)
        {
            file.Delete();
        }

        return file;
    }

    /// <summary>Leaves no trace of the attempt, but parents that were missing.</summary>
    private static DirectoryInfo WritableFolder(DirectoryInfo folder)
    {
        bool existed = folder.Exists;
        folder.Create();
        WritableFile(new(Path.Combine(folder.FullName, $".{Guid.NewGuid():N}.tmp")));
        if (!existed)
        {
            folder.Delete();
        }

        return folder;
    }

    private static V Guarded<V>(string constraint, FileSystemInfo value, Func<V> check)
    {
        try
        {
            return check();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{constraint}, was '{value}': {e.Message}", e);
        }
    }
}
