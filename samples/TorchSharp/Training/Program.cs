// Trains a residual CNN on Fashion-MNIST, or a small character-level transformer on Shakespeare, each by two rules, side by side.
//   dotnet run -c Release --project samples/TorchSharp/Training -- [cnn | transformer] [--steps N] [--report report.html] [--checkpoint FOLDER]
// With --checkpoint a run that was interrupted, by kill -9 as well, is resumed where it was, with the same bits.
using System.Globalization;
using Optim.NativeTorch;
using TorchSharp;
using Training;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (Natives.WhyNot is { } reason)
{
    Console.WriteLine($"Skipped: {reason}");
    return 0;
}

string what = args is [var first, ..] && !first.StartsWith('-') ? first : "all";
int? steps = Option("--steps") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
var folder = Option("--checkpoint") is { } path ? Directory.CreateDirectory(path) : null;
string report = Option("--report") ?? "training.html";
Console.WriteLine($"libtorch {torch.__version__}, {torch.get_num_threads()} threads");

List<Chart> charts = [];
bool learned = true;
if (what is "cnn" or "all")
{
    learned &= ResidualCnnTraining.Run(steps ?? 1500, folder, charts);
}

if (what is "transformer" or "all")
{
    learned &= TransformerTraining.Run(steps ?? 1000, folder, charts);
}

Report.Write(report, charts);
Console.WriteLine($"The curves: {Path.GetFullPath(report)}");
return learned ? 0 : 1;

string? Option(string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : null;
