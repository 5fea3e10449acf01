using System.Reflection;
using System.Runtime.InteropServices;

namespace Optim.Distributed;

/// <summary>
/// Finds MPI. MPI.NET binds <c>msmpi.dll</c>: on Windows that is Microsoft MPI; elsewhere the name leads to MPICH or what shares its binary interface (Intel MPI, MVAPICH, Cray MPICH), whose handles are the same numbers.
/// Open MPI's are pointers.
/// </summary>
internal static partial class MpiLibrary
{
    public const string PathVariable = "OPTIM_MPI_PATH";

    private const string HowToGet =
        "Debian and Ubuntu: apt-get install mpich; Fedora: dnf install mpich; macOS: brew install mpich; Windows: Microsoft MPI. Another library of MPICH's binary interface: OPTIM_MPI_PATH names its file";

    private static readonly Lazy<(MpiStatus Status, IntPtr Handle)> Found = new(Load);

    public static MpiStatus Status => Found.Value.Status;

    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static void Require()
    {
        if (!Status.IsAvailable)
        {
            throw new InvalidOperationException(Status.Reason);
        }
    }

    /// <summary>The library that can be used, or why none can.</summary>
    /// <param name="variable">A variable of the environment, or null.</param>
    /// <param name="load">A library by its name; 0 where there is none.</param>
    /// <param name="exports">Whether a library exports a name.</param>
    internal static (MpiStatus Status, IntPtr Handle) Find(Func<string, string?> variable, Func<string, IntPtr> load, Func<IntPtr, string, bool> exports)
    {
        if (variable("OMPI_COMM_WORLD_SIZE") is not null)
        {
            return Absent($"Open MPI's mpiexec has started this process, and its binary interface differs from MPICH's, which Optim needs: start it with MPICH's (mpiexec.mpich, mpiexec.hydra). {HowToGet}.");
        }

        string[] names = variable(PathVariable) is { Length: > 0 } path ? [path]
            : OperatingSystem.IsWindows() ? ["msmpi.dll"]
            : OperatingSystem.IsMacOS() ? ["libmpi.12.dylib", "/opt/homebrew/lib/libmpi.12.dylib", "/usr/local/lib/libmpi.12.dylib"]
            : ["libmpich.so.12", "libmpi.so.12"];
        foreach (string name in names)
        {
            if (load(name) is not 0 and var handle)
            {
                // What Open MPI alone exports.
                return exports(handle, "ompi_mpi_comm_world")
                    ? Absent($"'{name}' is Open MPI's, whose binary interface differs from MPICH's, which Optim needs. {HowToGet}.")
                    : (new(true, name, ""), handle);
            }
        }

        bool open = load("libmpi.so.40") != 0;
        return Absent((open ? "Open MPI is installed, whose binary interface differs from MPICH's, which Optim needs" : $"MPI is not installed: no {string.Join(", no ", names)}") + $". {HowToGet}.");
    }

    private static (MpiStatus, IntPtr) Load()
    {
        // UCX, by which MPICH exchanges, would take the signal for itself by which .NET knows of a null reference, and end the process where an exception is to be thrown.
        // .NET's own variables are not those of native code.
        if (!OperatingSystem.IsWindows())
        {
            _ = SetNativeVariable("UCX_ERROR_SIGNALS", "", replaces: 0);
        }

        var found = Find(
            Environment.GetEnvironmentVariable, name => NativeLibrary.TryLoad(name, out var handle) ? handle : IntPtr.Zero, (handle, name) => NativeLibrary.TryGetExport(handle, name, out _));
        if (found.Status.IsAvailable)
        {
            NativeLibrary.SetDllImportResolver(typeof(MPI.Unsafe).Assembly, Resolved);
        }

        return found;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetNativeVariable(string name, string value, int replaces);

    private static (MpiStatus, IntPtr) Absent(string reason) => (new(false, "", reason), IntPtr.Zero);

    private static IntPtr Resolved(string name, Assembly assembly, DllImportSearchPath? search) =>
        name.StartsWith("msmpi", StringComparison.OrdinalIgnoreCase) ? Found.Value.Handle : IntPtr.Zero;
}
