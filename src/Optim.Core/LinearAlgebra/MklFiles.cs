using System.Buffers.Binary;
using System.Diagnostics;

namespace Optim.LinearAlgebra;

/// <summary>Intel MKL's files.</summary>
internal static class MklFiles
{
    /// <summary>The library's file names, newest first.</summary>
    public static IReadOnlyList<string> Names { get; } = OperatingSystem.IsWindows()
        ? ["mkl_rt.2.dll", "mkl_rt.1.dll", "mkl_rt.dll"]
        : ["libmkl_rt.so.2", "libmkl_rt.so.1", "libmkl_rt.so"];

    // What a computation needs on any processor: the library itself only hands calls on.
    private static IReadOnlyList<string> Parts { get; } = OperatingSystem.IsWindows()
        ? ["mkl_core", "mkl_sequential", "mkl_def"]
        : ["mkl_core", "mkl_sequential", "mkl_def", "mkl_intel_lp64"];

    private static IReadOnlyList<string> Folders { get; } = ["lib", "lib/intel64", "bin", "redist/intel64"];

    /// <summary>The library in a folder; null if it is not there.</summary>
    public static string? In(string folder) => Names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The library in an Intel installation; null if it is not there.</summary>
    public static string? UnderRoot(string root) =>
        Folders.Select(folder => In(Path.Combine(root, folder))).FirstOrDefault(file => file is not null);

    /// <summary>The file from which this process loaded the library.</summary>
    public static string? Loaded()
    {
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().Select(module => module.FileName)
            .FirstOrDefault(file => Path.GetFileName(file).Contains("mkl_rt", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The first component missing beside the library; null if it is complete.</summary>
    /// <param name="library">The library's file.</param>
    public static string? MissingPart(string library)
    {
        string file = File.ResolveLinkTarget(library, returnFinalTarget: true)?.FullName ?? library;
        string folder = Path.GetDirectoryName(file) ?? "", name = Path.GetFileName(file);
        int known = name.IndexOf("mkl_rt", StringComparison.Ordinal);
        var (before, after) = known < 0 ? ("lib", ".so") : (name[..known], name[(known + "mkl_rt".Length)..]);
        return Parts.Select(part => before + part + after).FirstOrDefault(part => !File.Exists(Path.Combine(folder, part)));
    }

    /// <summary>What is wrong with a file, as the rest of a sentence about it; null if it is safe to load.</summary>
    /// <remarks>Linux kills a process that loads a truncated library.</remarks>
    /// <param name="file">The file.</param>
    public static string? Damage(string file)
    {
        if (!File.Exists(file))
        {
            return "does not exist";
        }

        if (!OperatingSystem.IsLinux())
        {
            return new FileInfo(file).Length == 0 ? "is empty" : null;
        }

        try
        {
            using var stream = File.OpenRead(file);
            if (stream.Length == 0)
            {
                return "is empty";
            }

            return ElfDamage(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {e.Message.TrimEnd('.')}";
        }
    }

    // Offsets by the System V ABI: an ELF header of 64 bytes, then program headers, each with where its bytes are in the file and how many.
    private static string? ElfDamage(FileStream stream)
    {
        const int HeaderLength = 64, LeastEntry = 56;
        Span<byte> header = stackalloc byte[HeaderLength], entry = stackalloc byte[LeastEntry];
        if (stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength || !header.StartsWith("\u007fELF"u8) || header[4] != 2 || header[5] != 1)
        {
            return "is not a library for 64 bits";
        }

        long start = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(header[54..]), count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        for (int i = 0; i < count; i++)
        {
            long at = start + ((long)i * size);
            if (at < 0 || at > stream.Length - LeastEntry)
            {
                return "is cut off";
            }

            stream.Position = at;
            stream.ReadExactly(entry);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]), length = BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
            if (offset > (ulong)stream.Length || length > (ulong)stream.Length - offset)
            {
                return "is cut off";
            }
        }

        return null;
    }
}
