using System.Diagnostics;
using Optim.Cli;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Checkpoints;

/// <summary>What stands where a file is saved: it is replaced as a file would be, or refused before anything is lost. Pipes stand for devices here, which a fault would destroy.</summary>
public class ReplacedFileTests
{
    private static readonly OptimizerState<double> State = Optimizer.Init(new Adam(), TensorSet.OfArray([1.0, 2]));

    [UnixFact]
    public void A_link_is_followed_and_what_it_leads_to_replaced()
    {
        using TemporaryFolder folder = new(), other = new();
        File.WriteAllText(other["target"], "old");
        File.CreateSymbolicLink(folder["link"], other["target"]);
        File.CreateSymbolicLink(folder["link of link"], folder["link"]);
        Checkpoint.Save(folder["link of link"], State);
        Assert.Equal(State, Checkpoint.Load<double>(other["target"]));
        Assert.Equal(other["target"], new FileInfo(folder["link"]).LinkTarget);
        Assert.Equal([other["target"]], Directory.GetFiles(other.Path));

        // One that leads nowhere yet, and one that leads to itself.
        File.CreateSymbolicLink(folder["dangling"], other["new"]);
        Checkpoint.Save(folder["dangling"], State);
        Assert.Equal(State, Checkpoint.Load<double>(other["new"]));
        File.CreateSymbolicLink(folder["circle"], folder["circle"]);
        Assert.ThrowsAny<IOException>(() => Checkpoint.Save(folder["circle"], State));
    }

    [UnixFact]
    public void The_mode_of_a_file_stays()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using TemporaryFolder folder = new();
        foreach (var mode in (UnixFileMode[])[UnixFileMode.UserRead | UnixFileMode.UserWrite, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite])
        {
            File.WriteAllText(folder["a"], "old");
            File.SetUnixFileMode(folder["a"], mode);
            Checkpoint.Save(folder["a"], State);
            Assert.Equal(mode, File.GetUnixFileMode(folder["a"]));
        }
    }

    [UnixFact]
    public void A_pipe_is_neither_replaced_nor_waited_for()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using TemporaryFolder folder = new();
        using (var made = Process.Start("mkfifo", folder["pipe"]))
        {
            made.WaitForExit();
        }

        File.CreateSymbolicLink(folder["link"], folder["pipe"]);
        foreach (string name in (string[])["pipe", "link"])
        {
            Assert.Contains("must be a regular file to be replaced, was a pipe", Assert.Throws<IOException>(() => Checkpoint.Save(folder[name], State)).Message, StringComparison.Ordinal);
            Assert.Contains("was a pipe", Assert.Throws<IOException>(() => AtomicFile.RequireWritable(folder[name])).Message, StringComparison.Ordinal);
            var opened = Task.Run(() => Assert.Throws<CheckpointException>(() => Checkpoint.Load<double>(folder[name])));
            Assert.True(opened.Wait(TimeSpan.FromSeconds(30)), "waited for the pipe's writer");
            using StringWriter output = new(), error = new();
            Assert.NotEqual(0, Program.Run(["find-lr", "--repeats", "1", "--output", folder[name]], output, error));
            Assert.Contains("was a pipe", error.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }

    [Fact]
    public void What_would_fail_at_the_end_fails_at_the_start_and_leaves_nothing()
    {
        using TemporaryFolder folder = new();
        AtomicFile.RequireWritable(folder["new"]);
        File.WriteAllText(folder["old"], "old");
        AtomicFile.RequireWritable(folder["old"]);
        Assert.Equal("old", File.ReadAllText(folder["old"]));
        Assert.Equal([folder["old"]], Directory.GetFileSystemEntries(folder.Path));
        Assert.ThrowsAny<IOException>(() => AtomicFile.RequireWritable(folder["no/such/file"]));
    }

    [Fact]
    public void A_folder_of_checkpoints_keeps_no_temporary_files_of_other_steps()
    {
        using TemporaryFolder folder = new();
        string left = folder[$".step-0000000007.safetensors.{Guid.NewGuid():N}.tmp"], foreign = folder[$".mine.{Guid.NewGuid():N}.tmp"];
        File.WriteAllText(left, "cut off");
        File.WriteAllText(foreign, "not ours");
        new CheckpointFolder(folder.Path).Save(State);
        Assert.False(File.Exists(left));
        Assert.True(File.Exists(foreign));
    }
}
