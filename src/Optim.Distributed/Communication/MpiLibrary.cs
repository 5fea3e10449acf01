using System.Reflection;
using System.Runtime.InteropServices;

namespace Optim.Distributed;

/// <summary>
/// Finds MPI. MPI.NET binds <c>msmpi.dll</c>: on Windows that is Microsoft MPI; elsewhere the name leads to MPICH or what shares its binary interface (Intel MPI, MVAPICH, Cray MPICH), whose handles are the same numbers.
/// Open MPI's are pointers.
/// </summary>
internal static class MpiLibrary
{
    public const string PathVariable = "OPTIM_MPI_PATH";

    private const string HowToGet =
        "Debian and Ubuntu: apt-get install mpich; Fedora: dnf install mpich; macOS: brew install mpich; Windows: Microsoft MPI. Another library of MPICH's binary interface: OPTIM_MPI_PATH names its file";

    private static readonly Lazy<(MpiStatus Status, IntPtr Handle)> Found = new(Find);

    public static MpiStatus Status => Found.Value.Status;

    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static void Require()
    {
        if (!Status.IsAvailable)
        {
            throw new InvalidOperationException(Status.Reason);
        }
    }

    private static (MpiStatus, IntPtr) Find()
    {
        if (Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is not null)
        {
            return Absent($"Open MPI's mpiexec has started this process, and its binary interface differs from MPICH's, which Optim needs: start it with MPICH's (mpiexec.mpich, mpiexec.hydra). {HowToGet}.");
        }

        string[] names = Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path ? [path]
            : OperatingSystem.IsWindows() ? ["msmpi.dll"]
            : OperatingSystem.IsMacOS() ? ["libmpi.12.dylib", "/opt/homebrew/lib/libmpi.12.dylib", "/usr/local/lib/libmpi.12.dylib"]
            : ["libmpich.so.12", "libmpi.so.12"];
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, out var handle))
            {
                continue;
            }

            // What Open MPI alone exports.
            if (NativeLibrary.TryGetExport(handle, "ompi_mpi_comm_world", out _))
            {
                NativeLibrary.Free(handle);
                return Absent($"'{name}' is Open MPI's, whose binary interface differs from MPICH's, which Optim needs. {HowToGet}.");
            }

            NativeLibrary.SetDllImportResolver(typeof(MPI.Unsafe).Assembly, Resolved);
            return (new(true, name, ""), handle);
        }

        bool open = NativeLibrary.TryLoad("libmpi.so.40", out _);
        return Absent((open ? "Open MPI is installed, whose binary interface differs from MPICH's, which Optim needs" : $"MPI is not installed: no {string.Join(", no ", names)}") + $". {HowToGet}.");
    }

    private static (MpiStatus, IntPtr) Absent(string reason) => (new(false, "", reason), IntPtr.Zero);

    private static IntPtr Resolved(string name, Assembly assembly, DllImportSearchPath? search) =>
        name.StartsWith("msmpi", StringComparison.OrdinalIgnoreCase) ? Found.Value.Handle : IntPtr.Zero;
}
