using Spectre.Console;

namespace Optim.Cli.Info;

/// <summary>The text report: one line per fact.</summary>
internal static class InfoScreen
{
    public static void Show(IAnsiConsole console, MachineInfo info)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, text) in Lines(info))
        {
            grid.AddRow(new Text(name), new Text(text));
        }

        console.Write(grid);
    }

    private static IEnumerable<(string Name, string Text)> Lines(MachineInfo info)
    {
        yield return ("Optim", info.Version);
        yield return ("Runtime", $"{info.Runtime}, {info.Architecture}");
        yield return ("System", info.System);
        yield return ("Processor", info.Processor);
        yield return ("Processors", FormattableString.Invariant($"{info.Processors}"));
        yield return ("Features", info.Features.Count > 0 ? string.Join(", ", info.Features) : "none that is used");
        yield return ("Lane in use", info.LaneBits > 0
            ? FormattableString.Invariant($"{info.LaneBits} bits: {info.LaneBits / 32} float or {info.LaneBits / 64} double per instruction")
            : "none: scalar code");
        yield return ("Formulas", info.Fused ? "fused at run time" : "in blocks, without a JIT");
        yield return ("Subnormals", info.KeepsSubnormals ? "kept" : "flushed to zero: a library built with fast-math is loaded, and bits depend on the thread");
        if (info.Mkl.IsAvailable)
        {
            yield return ("Intel MKL", $"{info.Mkl.Version}, {info.Mkl.Processor}");
            yield return ("", info.Mkl.Path!);
            yield return ("", $"mode {info.Mkl.Reproducibility}: {(info.Mkl.Reason is { } reason ? reason : "the same bits on this machine, wherever arrays lie and on any number of threads")}");
        }
        else
        {
            yield return ("Intel MKL", $"absent. {info.Mkl.Reason}");
        }
    }
}
