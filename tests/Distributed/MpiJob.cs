using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Optim.Distributed.Tests;

/// <summary>A program under mpiexec.</summary>
internal sealed class MpiJob : IDisposable
{
    private static readonly string? Launcher = ((string[])["mpiexec.mpich", "mpiexec.hydra"]).SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    private readonly Process process;
    private readonly StringBuilder output = new();

    /// <param name="ranks">The number of ranks.</param>
    /// <param name="program">A library beside the tests.</param>
    /// <param name="arguments">What it is given.</param>
    public MpiJob(int ranks, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Launcher!) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        string[] words = ["-n", ranks.ToString(CultureInfo.InvariantCulture), Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, program), .. arguments];
        Array.ForEach(words, start.ArgumentList.Add);
        start.Environment["TERM"] = "dumb";
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        process = Process.Start(start)!;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
    }

    /// <summary>Why no job can be started; null where one can.</summary>
    public static string? Absence { get; } = Environment.GetEnvironmentVariable("OPTIM_REQUIRE_MPI") == "true" ? null
        : !MpiCommunicator.Status.IsAvailable ? MpiCommunicator.Status.Reason
        : Launcher is null ? "MPICH's mpiexec is not on the path: build/install-mpi.sh installs it."
        : null;

    /// <summary>Waits for its end.</summary>
    public (int ExitCode, string Output) End()
    {
        if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The job did not end: {output}");
        }

        process.WaitForExit();
        lock (output)
        {
            return (process.ExitCode, output.ToString());
        }
    }

    public bool HasEnded => process.HasExited;

    /// <summary>Kills one rank, by its process's number, which it says first; false if it has not said it yet, or has ended.</summary>
    public bool KillRank(int rank)
    {
        Match said;
        lock (output)
        {
            said = Regex.Match(output.ToString(), FormattableString.Invariant($@"^rank {rank} of \d+: process (\d+)\r?$"), RegexOptions.Multiline);
        }

        if (!said.Success || process.HasExited)
        {
            return false;
        }

        try
        {
            using var killed = Process.GetProcessById(int.Parse(said.Groups[1].Value, CultureInfo.InvariantCulture));
            if (killed.HasExited)
            {
                return false;
            }

            killed.Kill();
            return true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended since.
            return false;
        }
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (output)
        {
            output.AppendLine(line.Data);
        }
    }
}
