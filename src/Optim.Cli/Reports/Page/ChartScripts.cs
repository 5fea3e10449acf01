using System.Text.RegularExpressions;

namespace Optim.Cli.Reports;

/// <summary>The scripts that draw a page's charts, Vega, Vega-Lite and Vega-Embed: from a CDN, or embedded.</summary>
/// <param name="Html">The script elements.</param>
/// <param name="Missing">The placeholder until a chart is drawn.</param>
internal sealed partial record ChartScripts(string Html, string Missing)
{
    private static readonly (string Package, string Major)[] Needed = [("vega", "6"), ("vega-lite", "6"), ("vega-embed", "7")];

    /// <summary>From jsdelivr.net, when the page is opened.</summary>
    public static ChartScripts Linked { get; } = new(
        string.Join('\n', Needed.Select(script => $"<script src=\"https://cdn.jsdelivr.net/npm/{script.Package}@{script.Major}\"></script>")),
        "The chart needs scripts from cdn.jsdelivr.net, which did not load.");

    /// <summary>Copied from a folder into the page, which then works offline.</summary>
    /// <param name="folder">Contains vega.min.js, vega-lite.min.js and vega-embed.min.js, or npm's node_modules, or is node_modules.</param>
    /// <exception cref="FileNotFoundException">One is missing.</exception>
    /// <exception cref="IOException">One cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to one is denied.</exception>
    public static ChartScripts Embedded(DirectoryInfo folder) => new(
        "<!-- Vega, Vega-Lite, Vega-Embed: https://vega.github.io, BSD 3-Clause License, copyright University of Washington Interactive Data Lab and others. -->\n"
        + string.Join('\n', Needed.Select(script => $"<script>{Escaped(File.ReadAllText(Find(folder, script.Package)))}</script>")),
        "The chart is drawn by scripts, which did not run.");

    /// <summary>A script that cannot close its element early. In the strings and patterns where these texts occur, \x3C equals &lt;.</summary>
    public static string Escaped(string script) => Dangerous().Replace(script, match => "\\x3C" + match.Value[1..]);

    private static string Find(DirectoryInfo folder, string package)
    {
        string file = $"{package}.min.js";
        string[] places =
        [
            Path.Combine(folder.FullName, file),
            Path.Combine(folder.FullName, package, "build", file),
            Path.Combine(folder.FullName, "node_modules", package, "build", file),
        ];
        return places.FirstOrDefault(File.Exists) ?? throw new FileNotFoundException(
            $"{file} is missing, looked for as {string.Join(", ", places)}; 'npm install {string.Join(' ', Needed.Select(script => $"{script.Package}@{script.Major}"))}' in a folder installs all of them.");
    }

    [GeneratedRegex("<(?=!--|/?script)", RegexOptions.IgnoreCase)]
    private static partial Regex Dangerous();
}
