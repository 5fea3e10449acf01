using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Optim.Fingerprint;

/// <summary>Prints what the processor offers this process, then a line a subject: the same lines wherever the determinism contract holds.</summary>
internal static class FingerprintRun
{
    private const string Usage = """
        Optim.Fingerprint [NAME...] [--interpreted] [--mkl] [--long]
        Optim.Fingerprint --list

        Prints a line of hashes for each subject, or for those named.

          --list         prints the names of all subjects
          --interpreted  runs formulas block by block, as where there is no compiler at run time
          --mkl          has MathNet compute with Intel MKL first: no hash may depend on it
          --long         on more and longer inputs; their hashes are not those of expected.txt
        """;

    /// <summary>Does what the arguments say.</summary>
    /// <param name="arguments">Names of subjects, none for all, and options.</param>
    /// <returns>The exit code: 0, 1 where a subject failed, 2 where the arguments make no sense.</returns>
    public static int Run(string[] arguments)
    {
        string[] options = [.. arguments.Where(argument => argument.StartsWith('-'))], names = [.. arguments.Except(options)];
        if (options.Except(["--list", "--interpreted", "--mkl", "--long"]).Any())
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        if (options.Contains("--interpreted"))
        {
            AppContext.SetSwitch("System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported", false);
        }

        if (options.Contains("--mkl") && !Acceleration.TryUseMkl())
        {
            Console.Error.WriteLine(Acceleration.Mkl.Reason);
            return 2;
        }

        var subjects = AllSubjects.Create(options.Contains("--long"));
        if (options.Contains("--list"))
        {
            Console.WriteLine(string.Join('\n', subjects.Select(subject => subject.Name)));
            return 0;
        }

        if (names.Except(subjects.Select(subject => subject.Name)).FirstOrDefault() is { } unknown)
        {
            Console.Error.WriteLine($"There is no subject '{unknown}'; --list prints their names.");
            return 2;
        }

        Console.WriteLine(
            $"# 512={Vector512.IsHardwareAccelerated} 256={Vector256.IsHardwareAccelerated} 128={Vector128.IsHardwareAccelerated} fused={RuntimeFeature.IsDynamicCodeSupported}");
        int failed = 0;
        foreach (var subject in subjects.Where(subject => names.Length == 0 || names.Contains(subject.Name)))
        {
            try
            {
                Console.WriteLine(subject.Line());
            }
            catch (Exception e)
            {
                // The others may still say something.
                failed = 1;
                Console.WriteLine($"{subject.Name} failed: {e.Message.ReplaceLineEndings(" ")}");
                Console.Error.WriteLine(e);
            }
        }

        return failed;
    }
}
