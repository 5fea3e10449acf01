using System.Runtime.InteropServices;

namespace Optim.Checkpoints;

/// <summary>What is at a path, found without opening it: to open a pipe is to wait for its writer, and to replace a device or a link is to destroy it.</summary>
/// <remarks>By statx, whose result is laid out alike on all of Linux's processors. Elsewhere, and on kernels without it, nothing is known, and what is opened is as the system has it.</remarks>
internal static unsafe partial class RegularFile
{
    private const int CurrentFolder = -100, BufferBytes = 256, NumberOfModes = 0xFFF;

    private const uint BasicStats = 0x7FF, MountId = 0x1000;

    private const ushort KindBits = 0xF000, Pipe = 0x1000, CharacterDevice = 0x2000, BlockDevice = 0x6000, Socket = 0xC000;

    /// <summary>The file that a path leads to: links are followed, those of the file itself too.</summary>
    /// <exception cref="IOException">The links lead in a circle.</exception>
    public static string Resolved(string path)
    {
        var file = new FileInfo(Path.GetFullPath(path));
        return file.LinkTarget is null ? file.FullName : file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName;
    }

    /// <exception cref="NotSupportedException">A pipe, a device or a socket is there.</exception>
    public static void Require(string path)
    {
        if (FactsOf(path) is { } facts && KindOf(facts.Mode) is { } kind)
        {
            throw new NotSupportedException($"'{path}' must be a regular file, was a {kind}.");
        }
    }

    /// <summary>What a file that takes its place must keep; null where there is none, or nothing is known.</summary>
    /// <exception cref="IOException">What is there cannot be replaced: a pipe, a device, a socket, or a file that is a mount point of its own.</exception>
    public static Owned? RequireReplaceable(string path, string folder)
    {
        if (FactsOf(path) is not { } facts)
        {
            return null;
        }

        if (KindOf(facts.Mode) is { } kind)
        {
            throw new IOException($"'{path}' must be a regular file to be replaced, was a {kind}.");
        }

        if (facts.Mount is { } mount && FactsOf(folder) is { Mount: { } around } && mount != around)
        {
            throw new IOException($"'{path}' is a mount point of its own, and cannot be replaced: mount its folder instead.");
        }

        return new(facts.User, facts.Group, (UnixFileMode)(facts.Mode & NumberOfModes));
    }

    /// <summary>Gives a new file the owner, as far as the process may, and the mode of the one whose place it takes.</summary>
    public static void Keep(Owned owned, FileStream file)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // Only the superuser gives files away; a group may be one that the process is in.
        if (ChangeOwner(file.Name, owned.User, owned.Group) != 0)
        {
            _ = ChangeOwner(file.Name, uint.MaxValue, owned.Group);
        }

        File.SetUnixFileMode(file.SafeFileHandle, owned.Mode);
    }

    private static string? KindOf(ushort mode) => (mode & KindBits) switch
    {
        Pipe => "pipe",
        CharacterDevice or BlockDevice => "device",
        Socket => "socket",
        _ => null,
    };

    private static (ushort Mode, uint User, uint Group, ulong? Mount)? FactsOf(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        byte* facts = stackalloc byte[BufferBytes];
        try
        {
            if (Statx(CurrentFolder, path, 0, BasicStats | MountId, facts) != 0)
            {
                return null;
            }
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }

        // struct statx: stx_mask at 0, stx_uid at 20, stx_gid at 24, stx_mode at 28, stx_mnt_id at 144.
        uint known = *(uint*)facts;
        return (*(ushort*)(facts + 28), *(uint*)(facts + 20), *(uint*)(facts + 24), (known & MountId) != 0 ? *(ulong*)(facts + 144) : null);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ChangeOwner(string path, uint user, uint group);

    /// <summary>Whose a file is, and who may do what.</summary>
    internal readonly record struct Owned(uint User, uint Group, UnixFileMode Mode);
}
