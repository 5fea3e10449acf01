using System.Diagnostics;
using System.Globalization;
using Optim.LinearAlgebra;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.LinearAlgebra;

/// <summary>Finding Intel MKL, and what is not it: a reason, never a crash.</summary>
public sealed class MklLibraryTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("optim-mkl-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    [Trait("Category", "Mkl")]
    public void The_status_says_either_which_library_it_is_or_why_there_is_none()
    {
        var status = Acceleration.Mkl;
        string?[] facts = [status.Path, status.Version, status.Processor, status.Reproducibility];
        Assert.All(facts, fact => Assert.Equal(status.IsAvailable, fact is not null));
        Assert.Equal(status.IsAvailable, status.Reason is null);
        Assert.Same(status, Acceleration.Mkl);
    }

    [MklFact]
    public void Where_it_is_required_there_is_a_library() => Assert.True(Acceleration.Mkl.IsAvailable, Acceleration.Mkl.Reason);

    [Fact]
    public void A_file_that_does_not_exist_is_named() => Refused(Path.Combine(folder.FullName, "none.so"), "does not exist");

    [Fact]
    public void An_empty_folder_is_named() => Refused(folder.FullName, "has no ");

    [Fact]
    public void An_empty_file_is_no_library() => Refused(Written([]), "");

    [Fact]
    public void Text_is_no_library() => Refused(Written("not a library, and long enough to be one by its length alone, as one might think"u8.ToArray()), "");

    [Fact]
    public void A_folder_may_be_given_for_the_file_in_it()
    {
        File.WriteAllBytes(Path.Combine(folder.FullName, MklFiles.Names[1]), []);
        Refused(folder.FullName, MklFiles.Names[1]);
    }

    [Fact]
    public void Another_library_is_refused_for_what_it_lacks()
    {
        if (AnotherLibrary() is { } other)
        {
            Refused(other, "no usable Intel MKL");
        }
    }

    // Loading such a file kills the process: the pages that are missing cannot be read.
    [Fact]
    public void A_library_of_which_the_end_is_missing_is_not_loaded()
    {
        if (AnotherLibrary() is { } other)
        {
            byte[] whole = File.ReadAllBytes(other);
            foreach (int kept in new[] { 70, 200, whole.Length / 2 })
            {
                Refused(Written(whole[..kept]), "is cut off");
            }
        }
    }

    [MklFact]
    public void A_library_without_its_parts_is_not_used()
    {
        string copy = Path.Combine(folder.FullName, Path.GetFileName(Acceleration.Mkl.Path!));
        File.Copy(Acceleration.Mkl.Path!, copy);
        Refused(copy, "is not beside it");
    }

    [Fact]
    public void In_a_process_where_it_is_broken_the_managed_code_goes_on()
    {
        var lines = Run(Written([]), null);
        Assert.Equal("False", lines["used"]);
        Assert.Equal("False", lines["again"]);
        Assert.Contains("IsAvailable = False", lines["status"], StringComparison.Ordinal);
        Assert.Contains("empty", lines["status"], StringComparison.Ordinal);
        Assert.Equal("59999988", lines["dot"]);
    }

    [MklFact]
    public void Ten_million_elements_do_not_abort_the_process_whatever_its_environment_says()
    {
        // Both would have MKL compute with what is not here, or with other integers, were they not overruled.
        var lines = Run(null, null, ("MKL_THREADING_LAYER", "INTEL"), ("MKL_INTERFACE_LAYER", "ILP64"));
        Large(lines);
        Assert.Contains($"Path = {Acceleration.Mkl.Path}", lines["status"], StringComparison.Ordinal);
    }

    [MklFact]
    public void The_variable_may_name_the_folder() => Large(Run(Path.GetDirectoryName(Acceleration.Mkl.Path), null));

    [MklFact]
    public void A_path_in_code_comes_before_the_variable() => Large(Run(folder.FullName, Acceleration.Mkl.Path));

    [Fact]
    [Trait("Category", "Mkl")]
    public void Asking_changes_nothing_for_MathNet() => Assert.Equal("True", Printed(["mkl-mode"])["asked"]);

    private static void Large(Dictionary<string, string> lines)
    {
        Assert.Equal("True", lines["used"]);
        Assert.Equal("True", lines["again"]);
        Assert.StartsWith("Intel MKL ", lines["provider"], StringComparison.Ordinal);
        // 1,428,571 times 0 + 1 + ... + 6, then 0, 1, 2; by 2.
        Assert.Equal("59999988", lines["dot"]);
        Assert.Equal("8", lines["sum"]);
        Assert.Equal("4", lines["product"]);
        Assert.Equal("2", lines["solution"]);
        Assert.Equal("0.5", lines["step"]);
        Assert.Equal("True", lines["muon"]);
        Assert.InRange(double.Parse(lines["views"], CultureInfo.InvariantCulture), 0, 10);
        Assert.Equal("True", lines["managed"]);
    }

    private static void Refused(string path, string reason)
    {
        var search = MklLibrary.Load(path);
        Assert.Null(search.Library);
        Assert.Equal(new(false, null, null, null, search.Status.Reason), search.Status);
        Assert.Contains(path, search.Status.Reason, StringComparison.Ordinal);
        Assert.Contains(reason, search.Status.Reason, StringComparison.Ordinal);
        Assert.EndsWith(".", search.Status.Reason, StringComparison.Ordinal);
        Assert.Equal(search.Status, MklLibrary.Load(path).Status);
        if (!Acceleration.Mkl.IsAvailable)
        {
            Assert.Same(MklLibrary.Find(path), MklLibrary.Find(path));
        }
    }

    /// <summary>A library that every Linux has in its process; null elsewhere.</summary>
    private static string? AnotherLibrary()
    {
        using var process = Process.GetCurrentProcess();
        return OperatingSystem.IsLinux()
            ? process.Modules.Cast<ProcessModule>().Select(module => module.FileName).First(file => file.Contains("libm.so", StringComparison.Ordinal))
            : null;
    }

    private static Dictionary<string, string> Run(string? variable, string? path, params (string Name, string Value)[] environment) => Printed(
        path is null ? ["mkl"] : ["mkl", path], variable is null ? environment : [.. environment, (MklLibrary.PathVariable, variable)]);

    /// <summary>What a process of its own prints, by the names that its lines begin with.</summary>
    /// <param name="arguments">The arguments of <c>Optim.Fingerprint</c>.</param>
    /// <param name="environment">The variables that it has besides.</param>
    internal static Dictionary<string, string> Printed(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "Optim.Fingerprint.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, FormattableString.Invariant($"exit code {process.ExitCode}: {output}"));
        return output.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).ToDictionary(line => line[0], line => line[1]);
    }

    private string Written(byte[] content)
    {
        string file = Path.Combine(folder.FullName, "broken.so");
        File.WriteAllBytes(file, content);
        return file;
    }
}
