using System.CommandLine;
using Optim.Reports;

namespace Optim.Cli.Reports;

/// <summary>The options for a report's destinations, shared by all commands with reports.</summary>
internal sealed class ReportOptions
{
    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "Also write a page with interactive charts to this file.",
        HelpName = "report.html",
    };

    private readonly Option<bool> linkScripts = new("--link-scripts")
    {
        Description = "With --output: the page loads the charts' scripts from cdn.jsdelivr.net, and is 830 KB smaller. By default they are in the page, which needs no network.",
    };

    private readonly Option<bool> json = SharedOptions.Json();

    private readonly Option<DirectoryInfo?> csv = new("--csv")
    {
        Description = "Also write every table to this folder, one CSV file each.",
        HelpName = "folder",
    };

    private readonly Option<DirectoryInfo?> tensorBoard = new("--tensorboard")
    {
        Description = "Also write the curves to this folder for TensorBoard, one folder per run.",
        HelpName = "folder",
    };

    private readonly bool hasRuns;

    /// <param name="hasRuns">Whether the report has TensorBoard runs.</param>
    public ReportOptions(bool hasRuns = true) => this.hasRuns = hasRuns;

    /// <summary>Adds the options to a command, after its own.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[output, linkScripts, json, csv, .. hasRuns ? (Option[])[tensorBoard] : []])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether to print JSON.</summary>
    public bool Json(ParseResult parse) => parse.GetValue(json);

    /// <summary>The report's destinations. Fails early if one is not writable.</summary>
    /// <exception cref="FormatException">An option that another one requires is missing.</exception>
    /// <exception cref="IOException">A file or folder is unusable; the message says which option's and why.</exception>
    public ReportDestinations Destinations(ParseResult parse)
    {
        var page = parse.GetValue(output);
        bool links = parse.GetValue(linkScripts);
        if (links && page is null)
        {
            throw new FormatException("--link-scripts needs --output: it is about the page.");
        }

        return new(
            parse.GetValue(json),
            page is null ? null : Guarded("--output must be a file that can be written", page, () => WritableFile(page)),
            links ? ChartScripts.Linked : ChartScripts.Embedded,
            Folder(csv, parse), hasRuns ? Folder(tensorBoard, parse) : null);
    }

    /// <summary>Fails early if a file is not writable. Leaves nothing behind.</summary>
    /// <exception cref="IOException">It is not writable; the message names option and file.</exception>
    public static void RequireWritable(string option, FileInfo file) => Guarded($"{option} must be a file that can be written", file, () => WritableFile(file));

    private static DirectoryInfo? Folder(Option<DirectoryInfo?> option, ParseResult parse) =>
        parse.GetValue(option) is { } folder ? Guarded($"{option.Name} must be a folder that can be written", folder, () => WritableFolder(folder)) : null;

    /// <summary>Leaves nothing behind.</summary>
    private static FileInfo WritableFile(FileInfo file)
    {
        AtomicFile.RequireWritable(file.FullName);
        return file;
    }

    /// <summary>Leaves nothing behind except missing parent folders.</summary>
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
