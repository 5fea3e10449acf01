using System.Diagnostics;
using System.Globalization;

namespace Optim.Cli.Bench.Matrices;

/// <summary>
/// An external program that runs the same tasks: it prints lines with the task's name, a tab and the seconds per execution, and first, after a '#', its description.
/// </summary>
internal static class Peer
{
    /// <summary>Runs it, with Intel MKL preloaded if available.</summary>
    /// <param name="command">The program and its arguments, separated by spaces.</param>
    /// <exception cref="InvalidOperationException">It does not start, fails, or its output is invalid; the message contains the output.</exception>
    public static (string Name, IReadOnlyDictionary<string, double> Seconds) Run(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            throw new InvalidOperationException("--peer must name a program, was empty.");
        }

        var start = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Acceleration.Mkl.Path is { } library)
        {
            start.Environment["LD_PRELOAD"] = library;
            start.Environment["MKL_THREADING_LAYER"] = "SEQUENTIAL";
        }

        string output, error;
        try
        {
            using var process = Process.Start(start)!;
            var reading = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            error = reading.GetAwaiter().GetResult();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"'{command}' ended with {process.ExitCode}: {error}"));
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"'{command}' could not be started: {e.Message}", e);
        }

        return Parse(command, output);
    }

    public static (string Name, IReadOnlyDictionary<string, double> Seconds) Parse(string command, string output)
    {
        string name = command;
        var seconds = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith('#'))
            {
                name = line[1..].Trim();
            }
            else if (line.Split('\t') is [var work, var text] && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            {
                seconds[work] = value;
            }
            else
            {
                throw new InvalidOperationException($"'{command}' must print lines of a name, a tab and seconds, it printed: {line}");
            }
        }

        return (name, seconds);
    }
}
