using System.Diagnostics;
using System.Globalization;
using Optim.Fingerprint;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Checkpoints;

/// <summary>A process that saves in a loop is killed at any instant (SIGKILL), again and again: the file is whole each time, and the run ends in the same bits.</summary>
public class CrashTests(ITestOutputHelper output)
{
    /// <summary>How often; OPTIM_KILLS says otherwise.</summary>
    private const int UsualKills = 8;

    [Fact]
    public void A_process_killed_while_it_saves_leaves_a_file_that_loads_and_a_run_that_ends_in_the_same_bits()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable("OPTIM_KILLS") ?? UsualKills.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        using TemporaryFolder folder = new();
        string path = folder["run.safetensors"];
        var random = new Random(kills);
        long reached = 0;
        int leftOver = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            int steps = random.Next(1, 4);
            KillWhileSaving(path, steps, microseconds: random.Next(0, 20_000));
            leftOver += Directory.GetFiles(folder.Path, ".*.tmp").Length;
            var state = Checkpoint.Load<double>(path);
            Assert.InRange(state.StepCount, reached + steps - 1, long.MaxValue);
            reached = state.StepCount;
        }

        var whole = Until(SavingLoop.Begin(), reached + 20);
        Same.Bits(whole, Until(Checkpoint.Load<double>(path), reached + 20));
        Assert.Equal(Until(SavingLoop.Begin(), reached), Checkpoint.Load<double>(path));

        // What the killed ones left behind goes with the next save.
        Checkpoint.Save(path, whole);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kills} kills, {kills} loads; {leftOver} in the midst of a write; the run reached step {reached} and has the bits of the run that was never killed"));
    }

    private static OptimizerState<double> Until(OptimizerState<double> state, long step)
    {
        while (state.StepCount < step)
        {
            state = SavingLoop.Next(state);
        }

        return state;
    }

    private static void KillWhileSaving(string path, int steps, int microseconds)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Optim.Fingerprint.dll"));
        start.ArgumentList.Add("save");
        start.ArgumentList.Add(path);
        using var process = Process.Start(start)!;
        try
        {
            for (int saved = 0; saved < steps; saved++)
            {
                Assert.NotNull(process.StandardOutput.ReadLine());
            }

            for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun).TotalMicroseconds < microseconds;)
            {
            }
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }
}
