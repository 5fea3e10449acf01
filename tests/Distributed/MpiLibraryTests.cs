using Xunit;

namespace Optim.Distributed.Tests;

/// <summary>Which libraries are taken for MPI, and what is said where none can be.</summary>
public class MpiLibraryTests
{
    [Fact]
    public void A_library_of_MPICHs_interface_is_taken()
    {
        var (status, handle) = MpiLibrary.Find(_ => null, _ => 7, (_, _) => false);
        Assert.True(status.IsAvailable);
        Assert.Equal(("", (nint)7), (status.Reason, handle));
        Assert.Equal("mine.so", MpiLibrary.Find(name => name == "OPTIM_MPI_PATH" ? "mine.so" : null, name => name == "mine.so" ? 3 : 0, (_, _) => false).Status.Path);
    }

    [Fact]
    public void Open_MPIs_library_is_refused_by_what_it_alone_exports()
    {
        string? asked = null;
        var (status, handle) = MpiLibrary.Find(
            name => name == "OPTIM_MPI_PATH" ? "/opt/libmpi.so" : null, _ => 7, (_, name) =>
            {
                asked = name;
                return true;
            });
        Assert.Equal("ompi_mpi_comm_world", asked);
        Assert.Equal((false, (nint)0), (status.IsAvailable, handle));
        Assert.StartsWith("'/opt/libmpi.so' is Open MPI's, whose binary interface differs from MPICH's, which Optim needs. Debian and Ubuntu: apt-get install mpich", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MPI_that_is_installed_under_its_own_name_is_refused() => Assert.StartsWith(
        "Open MPI is installed, whose binary interface differs from MPICH's, which Optim needs. ", MpiLibrary.Find(_ => null, name => name == "libmpi.so.40" ? 7 : 0, (_, _) => true).Status.Reason, StringComparison.Ordinal);

    [Fact]
    public void Open_MPIs_mpiexec_is_refused_before_a_library_is_loaded() => Assert.StartsWith(
        "Open MPI's mpiexec has started this process",
        MpiLibrary.Find(name => name == "OMPI_COMM_WORLD_SIZE" ? "2" : null, name => throw new InvalidOperationException(name), (_, _) => true).Status.Reason, StringComparison.Ordinal);

    [MpiFact]
    public void A_null_reference_is_an_exception_where_MPI_is_loaded()
    {
        Assert.True(MpiCommunicator.Status.IsAvailable);
        int[]? none = Array.Empty<int[]>().FirstOrDefault();
        Assert.Throws<NullReferenceException>(() => none!.Length);
    }

    [Fact]
    public void Where_there_is_none_it_is_said_how_to_get_it() => Assert.Contains("apt-get install mpich", MpiLibrary.Find(_ => null, _ => 0, (_, _) => false).Status.Reason, StringComparison.Ordinal);
}
