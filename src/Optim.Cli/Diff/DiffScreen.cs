using Optim.Cli.Inspect;
using Spectre.Console;

namespace Optim.Cli.Diff;

/// <summary>The text report: one line per difference.</summary>
internal static class DiffScreen
{
    public static void Show(IAnsiConsole console, FileDifference difference)
    {
        foreach (var text in difference.Metadata)
        {
            console.WriteLine($"{InspectScreen.Printed(text.Key)}");
            console.WriteLine($"  - {InspectScreen.Printed(text.First ?? "none")}");
            console.WriteLine($"  + {InspectScreen.Printed(text.Second ?? "none")}");
        }

        foreach (string name in difference.OnlyInFirst)
        {
            console.WriteLine($"- {InspectScreen.Printed(name)}");
        }

        foreach (string name in difference.OnlyInSecond)
        {
            console.WriteLine($"+ {InspectScreen.Printed(name)}");
        }

        foreach (var tensor in difference.Tensors)
        {
            console.WriteLine($"{InspectScreen.Printed(tensor.Name)}  {Finding(tensor)}");
        }

        console.WriteLine(difference.Same
            ? FormattableString.Invariant($"The same: {difference.Equal} tensors, to the bit{(difference.DurationsDiffer ? "; the trainings took other times" : "")}.")
            : FormattableString.Invariant($"{difference.Equal} tensors are the same to the bit, {difference.Tensors.Count} differ, {difference.OnlyInFirst.Count + difference.OnlyInSecond.Count} have no counterpart."));
    }

    private static string Finding(TensorDifference tensor)
    {
        string form = tensor.First == tensor.Second ? "" : $"{tensor.First} and {tensor.Second}";
        string numbers = tensor.Differing is not { } differing ? ""
            : differing == 0 ? "the same numbers in other bits"
            : FormattableString.Invariant($"{differing} elements, at most by {InspectScreen.Number(tensor.Largest)} (element {tensor.At}), by norm {InspectScreen.Number(tensor.Relative)}");
        return form.Length > 0 && numbers.Length > 0 ? $"{form}: {numbers}" : form.Length > 0 ? form : numbers.Length > 0 ? numbers : "other bytes";
    }
}
