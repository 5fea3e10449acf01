using System.Runtime.InteropServices;
using Optim.Checkpoints;

namespace Optim;

/// <summary>Replaces a file atomically, as for checkpoints.</summary>
/// <remarks>
/// A temporary file in the same folder is written, flushed to disk and renamed; then the folder is flushed, so that the new name survives a power
/// failure. A crash at any instant leaves the old file or the new one, and perhaps a temporary file, which the next save of the same file removes: it is recognized as stale
/// by the missing lock of its writer. A link is followed, and the file that it leads to replaced; mode, owner and group stay, as far as the process may give them. What is no regular file (a pipe, a device), or
/// a mount point of its own, is refused. Another hard link of the file keeps the old contents.
/// </remarks>
public static partial class AtomicFile
{
    private const string Ending = ".tmp";

    private const int BufferBytes = 1 << 16;

    private const int Attempts = 20, GuidDigits = 32;

    /// <summary>Replaces a file, or creates it.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Writes the new contents. Its exceptions are passed on, and the old file is unchanged.</param>
    /// <exception cref="IOException">The disk is full or fails, or what is there is no regular file; it is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        var (full, folder, prefix) = Placed(path);
        var owned = RegularFile.RequireReplaceable(full, folder);
        RemoveLeftOver(folder, prefix);
        using var stream = Temporary(folder, prefix);
        try
        {
            if (owned is { } before)
            {
                RegularFile.Keep(before, stream);
            }

            // The handle stays open until the new name stands: with it the lock that tells others that this file is not left over.
            write(stream);
            stream.Flush(flushToDisk: true);
            File.Move(stream.Name, full, overwrite: true);
        }
        catch
        {
            TryDelete(stream.Name);
            throw;
        }

        FlushFolder(folder);
    }

    /// <summary>Fails now where <see cref="Write"/> would fail later, after the work of hours: a temporary file is made beside the file, and removed.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <exception cref="IOException">What is there is no regular file, or a mount point of its own; or the folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file may not be written.</exception>
    public static void RequireWritable(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (full, folder, prefix) = Placed(path);
        RegularFile.RequireReplaceable(full, folder);
        if (File.Exists(full))
        {
            File.OpenHandle(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }

        using var stream = Temporary(folder, prefix);
        TryDelete(stream.Name);
    }

    /// <summary>Removes the temporary files of writers that are gone: for files whose names are used once, which no later save of the same file cleans up after.</summary>
    /// <param name="folder">The folder; it exists.</param>
    /// <param name="beginning">What the names of the files begin with that were being written.</param>
    /// <exception cref="IOException">The folder cannot be read. A file that cannot be removed is left.</exception>
    public static void RemoveStale(string folder, string beginning)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(beginning);
        RemoveLeftOver(folder, $".{beginning}");
    }

    private static (string Full, string Folder, string Prefix) Placed(string path)
    {
        string full = RegularFile.Resolved(path);
        if (Directory.Exists(full))
        {
            throw new UnauthorizedAccessException($"'{full}' is a folder.");
        }

        return (full, Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.");
    }

    /// <summary>A new file that is not mistaken for a stale one.</summary>
    /// <remarks>A file exists before its lock. Another save of the same file that looks in between takes the lock and removes it; then the next one is tried.</remarks>
    private static FileStream Temporary(string folder, string prefix)
    {
        for (int attempt = 1; ; attempt++)
        {
            string path = Path.Combine(folder, prefix + Guid.NewGuid().ToString("N") + Ending);
            try
            {
                var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Delete, BufferBytes);
                if (File.Exists(path))
                {
                    return stream;
                }

                stream.Dispose();
            }
            catch (IOException) when (attempt < Attempts)
            {
                TryDelete(path);
            }

            if (attempt >= Attempts)
            {
                throw new IOException(FormattableString.Invariant($"No temporary file could be kept in '{folder}': others removed {attempt}."));
            }
        }
    }

    private static void RemoveLeftOver(string folder, string prefix)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*" + Ending, new EnumerationOptions { AttributesToSkip = FileAttributes.None }))
        {
            if (IsTemporary(Path.GetFileName(file), prefix))
            {
                try
                {
                    using var alone = File.Open(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                    TryDelete(file);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Someone is writing it, or it is not ours to remove.
                }
            }
        }
    }

    /// <summary>Whether it is <c>.NAME.GUID.tmp</c> of a name that begins so.</summary>
    private static bool IsTemporary(string file, string prefix)
    {
        int end = file.Length - Ending.Length, begin = end - GuidDigits;
        return begin >= prefix.Length && file[begin - 1] == '.' && file.StartsWith(prefix, StringComparison.Ordinal) && Guid.TryParseExact(file.AsSpan(begin, GuidDigits), "N", out _);
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is being thrown already says more; the next save removes it.
        }
    }

    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // .NET opens no folders. Where the system does not either, the name reaches the disk a little later.
        int descriptor = Open(folder, 0);
        if (descriptor >= 0)
        {
            _ = Flush(descriptor);
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
