using Optim.Reports;
using Spectre.Console;

namespace Optim.Cli.Reports;

/// <summary>The colours of series in the terminal: those of the charts.</summary>
internal static class Palette
{
    /// <summary>The colour of a series in the terminal.</summary>
    public static Color Terminal(int series) => Style.Parse(Chart.Colors[series % Chart.Colors.Count]).Foreground;
}
