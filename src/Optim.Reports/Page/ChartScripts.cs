using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Optim.Reports;

/// <summary>Where a page's charts get the scripts that draw them: Vega, Vega-Lite and Vega-Embed (BSD 3-Clause).</summary>
public enum ChartScripts
{
    /// <summary>In the page, which then needs no network. It is about 830 KB larger.</summary>
    Embedded,

    /// <summary>From cdn.jsdelivr.net, when the page is opened.</summary>
    Linked,
}

/// <summary>The scripts as elements of a page.</summary>
internal static partial class ScriptElements
{
    // The versions that lie in Page/Scripts, also where a page loads them from the network.
    private static readonly (string Package, string Version)[] Needed = [("vega", "6.4.0"), ("vega-lite", "6.4.3"), ("vega-embed", "7.3.0")];

    private static readonly Lazy<string> Embedded = new(() =>
        "<!-- Vega, Vega-Lite, Vega-Embed: https://vega.github.io, BSD 3-Clause License, copyright University of Washington Interactive Data Lab and others. -->\n"
        + string.Join('\n', Needed.Select(script => $"<script>{Escaped(Resource($"{script.Package}.min.js.gz"))}</script>")));

    private static readonly string Linked =
        string.Join('\n', Needed.Select(script => $"<script src=\"https://cdn.jsdelivr.net/npm/{script.Package}@{script.Version}\"></script>"));

    /// <summary>The script elements.</summary>
    public static string Html(ChartScripts scripts) => scripts == ChartScripts.Linked ? Linked : Embedded.Value;

    /// <summary>What stands in a chart's place until it is drawn.</summary>
    public static string Missing(ChartScripts scripts) =>
        scripts == ChartScripts.Linked ? "The chart needs scripts from cdn.jsdelivr.net, which did not load." : "The chart is drawn by scripts, which did not run.";

    /// <summary>A script that cannot close its element early. In the strings and patterns where these texts occur, \x3C equals &lt;.</summary>
    public static string Escaped(string script) => Dangerous().Replace(script, match => "\\x3C" + match.Value[1..]);

    private static string Resource(string name)
    {
        using var content = new GZipStream(typeof(ScriptElements).Assembly.GetManifestResourceStream(name)!, CompressionMode.Decompress);
        using var reader = new StreamReader(content, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("<(?=!--|/?script)", RegexOptions.IgnoreCase)]
    private static partial Regex Dangerous();
}
