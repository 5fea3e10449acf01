using Spectre.Console;

namespace Optim.Cli.Reports;

/// <summary>The colours of series: distinguishable with red-green colour blindness, and legible on light and dark backgrounds.</summary>
internal static class Palette
{
    private static readonly string[] Colors = ["#1f83d6", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#8f7ee7"];

    /// <summary>The colours in order, as in CSS.</summary>
    public static IReadOnlyList<string> Web => Colors;

    /// <summary>The colour of a series in the terminal.</summary>
    public static Color Terminal(int series) => Style.Parse(Colors[series % Colors.Length]).Foreground;
}
