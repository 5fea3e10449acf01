using System.Diagnostics;
using Xunit;

namespace Optim.Properties.Checkpoints;

/// <summary>A disk that is full: a tmpfs of 256 KiB, where the process may mount one.</summary>
public class FullDiskTests
{
    [TmpfsFact]
    public void A_full_disk_is_an_error_that_leaves_the_old_checkpoint_as_it_was()
    {
        using TemporaryFolder folder = new();
        Assert.True(Tmpfs.Mount(folder.Path));
        try
        {
            var small = Optimizer.Init(new Adam(), TensorSet.Filled(Layout.OfVector(1000), 0.5));
            var large = Optimizer.Init(new Adam(), TensorSet.Filled(Layout.OfVector(100_000), 0.5));
            string path = folder["a.safetensors"];
            Checkpoint.Save(path, small);
            byte[] before = File.ReadAllBytes(path);

            // Larger than the disk, and then one that would fit, were the old one not there.
            Assert.ThrowsAny<IOException>(() => Checkpoint.Save(path, large));
            Assert.Equal([path], Directory.GetFiles(folder.Path));
            Assert.Equal(before, File.ReadAllBytes(path));
            Assert.Equal(small, Checkpoint.Load<double>(path));
            var half = Optimizer.Init(new Adam(), TensorSet.Filled(Layout.OfVector(10_000), 0.5));
            Assert.ThrowsAny<IOException>(() => new CheckpointFolder(folder.Path, keep: 1).Save(half.Step(half.Parameters).Item1));
            Assert.Equal([path], Directory.GetFiles(folder.Path));
            Checkpoint.Save(path, small.Step(small.Parameters).Item1);
            Assert.Equal(1, Checkpoint.Load<double>(path).StepCount);
        }
        finally
        {
            Tmpfs.Unmount(folder.Path);
        }
    }
}

/// <summary>A small disk in memory.</summary>
internal static class Tmpfs
{
    public static bool Mount(string folder) => OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder);

    public static bool Unmount(string folder) => Run("umount", folder);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A test for processes that may mount a tmpfs; elsewhere it is skipped, and says so.</summary>
internal sealed class TmpfsFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> Mounts = new(() =>
    {
        using TemporaryFolder folder = new();
        return Tmpfs.Mount(folder.Path) && Tmpfs.Unmount(folder.Path);
    });

    public TmpfsFactAttribute()
    {
        if (!Mounts.Value)
        {
            Skip = "This process may not mount a tmpfs, so that no disk can be filled.";
        }
    }
}
