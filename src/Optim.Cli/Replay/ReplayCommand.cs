using System.CommandLine;
using Optim.Cli.Reports;
using Optim.Conformance;
using Optim.Networks;

namespace Optim.Cli.Replay;

/// <summary><c>optim replay</c>: replays recordings of other implementations step by step through ours.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("path")
        {
            Description = "Recording files, and folders of them (every *.json in a folder, sorted by name).",
            Arity = ArgumentArity.OneOrMore,
        };
        var backend = BackendOption.Create();
        var json = SharedOptions.Json();
        var command = new Command(
            "replay",
            """
            Replays recordings and compares every step.

            Exit code: 0 when every case agrees or is skipped, 1 when one fails or there is none, 2 when a path cannot be read.

            Examples:
              optim replay tests/golden
              optim replay opt_adam.json opt_sgd.json
              optim replay tests/golden --backend mkl
              optim replay tests/golden --json | jq '.cases[] | select(.outcome == "failed")'
            """)
        {
            paths, backend, json,
        };
        command.SetRun(result => Run(
            result.GetRequiredValue(paths), result.GetValue(backend), result.GetValue(json), result.InvocationConfiguration.Output, result.InvocationConfiguration.Error));
        return command;
    }

    private static int Run(IReadOnlyList<string> paths, Backend backend, bool json, TextWriter output, TextWriter error)
    {
        var results = Replayed(paths, BackendOption.OnThisMachine(backend));
        if (results.Count == 0)
        {
            error.WriteLine($"There is no case to replay in: {string.Join(", ", paths)}.");
        }

        if (json)
        {
            output.WriteLine(Json.OfRecord(ReplayDocument.Of(results)));
        }
        else
        {
            ReplayReport.Write(results, output);
        }

        return results.Count == 0 || results.Exists(r => r.Outcome == Outcome.Failed) ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>Every case of some files and folders.</summary>
    /// <exception cref="IOException">A path cannot be read.</exception>
    public static List<CaseResult> Replayed(IEnumerable<string> paths, Backend backend = Backend.Simd) =>
        [.. paths.SelectMany(Files).SelectMany(file => Replayer.ReplayFile(file, backend))];

    private static IEnumerable<string> Files(string path)
    {
        if (Directory.Exists(path))
        {
            return Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal);
        }

        return File.Exists(path) ? [path] : throw new FileNotFoundException($"There is no file or folder '{path}'.");
    }
}
