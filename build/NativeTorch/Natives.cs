using System.Reflection;
using System.Runtime.InteropServices;

namespace Optim.NativeTorch;

/// <summary>
/// Loads libtorch out of the cache of packages, and TorchSharp's own library: as it is where the system's libstdc++ is new enough, else a patched copy. On Debian 12 and Ubuntu 22.04, TorchSharp 0.107 does
/// not load for want of one symbol of GCC 13's libstdc++. For tests, samples and benchmarks of this repository.
/// </summary>
public static class Natives
{
    private static readonly Lazy<string?> Reason = new(Load);

    /// <summary>Why the native libraries do not load here; null where they do.</summary>
    public static string? WhyNot => Reason.Value;

    /// <summary>Whether TorchSharp's own library was patched.</summary>
    public static bool ArePatched { get; private set; }

    /// <exception cref="PlatformNotSupportedException">They do not load here; the message says why.</exception>
    public static void Require()
    {
        if (WhyNot is { } reason)
        {
            throw new PlatformNotSupportedException(reason);
        }
    }

    private static string? Load()
    {
        try
        {
            if (PackageOf("LibTorchPackage") is { } torch && PackageOf("TorchSharpPackage") is { } wrapper)
            {
                string libraries = Path.Combine(torch, "runtimes", "linux-x64", "native");
                NativeLibrary.Load(Path.Combine(libraries, "libtorch_cpu.so"));
                NativeLibrary.Load(Path.Combine(libraries, "libtorch.so"));
                LoadWrapper(Path.Combine(wrapper, "runtimes", "linux-x64", "native", "libLibTorchSharp.so"));
            }

            using var one = global::TorchSharp.torch.ones(1);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or TypeInitializationException or NotSupportedException or IOException or InvalidDataException)
        {
            return $"libtorch does not load here: {(e.InnerException ?? e).Message}";
        }
    }

    private static void LoadWrapper(string library)
    {
        if (NativeLibrary.TryLoad(library, out _))
        {
            return;
        }

        string copy = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
        if (!File.Exists(copy))
        {
            byte[] elf = File.ReadAllBytes(library);
            new ElfPatch(elf).Loosen("GLIBCXX_3.4.32", "_ZSt21ios_base_library_initv", "getpid");
            string partial = FormattableString.Invariant($"{copy}.{Environment.ProcessId}");
            File.WriteAllBytes(partial, elf);
            File.Move(partial, copy, overwrite: true);
        }

        NativeLibrary.Load(copy);
        ArePatched = true;
    }

    private static string? PackageOf(string key) =>
        typeof(Natives).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == key)?.Value;
}
