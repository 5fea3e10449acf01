using Mpi = MPI.Unsafe;

namespace Optim.Distributed;

/// <summary>The processes that <c>mpiexec</c> has started, through MPI: one machine or many.</summary>
/// <remarks>
/// <code>
/// // mpiexec -n 4 dotnet run
/// return MpiCommunicator.Run(ranks => Train(ranks));
/// </code>
/// MPICH, what shares its binary interface (Intel MPI, MVAPICH), and Microsoft MPI are known; <see cref="Status"/> says what was found. A process that dies takes the job with it: <c>mpiexec</c> ends the others, and says
/// which rank it was. Calls may come from any thread, one at a time.
/// </remarks>
public sealed unsafe class MpiCommunicator : ICommunicator
{
    // MPI_THREAD_SERIALIZED and MPI_PROC_NULL.
    private const int Serialized = 2, Nobody = -1, Tag = 22;

    private static int begun;
    private readonly OneCaller caller = new();
    private bool ended;

    private MpiCommunicator(int rank, int size) => (Rank, Size) = (rank, size);

    /// <summary>Whether MPI can be used here, or how to get it.</summary>
    public static MpiStatus Status => MpiLibrary.Status;

    /// <summary>Whether an <c>mpiexec</c> has started this process.</summary>
    public static bool IsLaunched => Environment.GetEnvironmentVariable("PMI_RANK") is not null || Environment.GetEnvironmentVariable("PMI_SIZE") is not null
        || Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is not null;

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public long BytesSent { get; private set; }

    /// <summary>Begins MPI in this process, which can be done once; without <c>mpiexec</c> it is a job of one rank.</summary>
    /// <exception cref="InvalidOperationException">MPI is not there (the message says how to get it), was begun before, or lets one thread alone make calls.</exception>
    public static MpiCommunicator World()
    {
        MpiLibrary.Require();
        if (Interlocked.Exchange(ref begun, 1) != 0)
        {
            throw new InvalidOperationException("MPI was begun in this process before, which can be done once.");
        }

        int none = 0;
        byte** arguments = null;
        Check(Mpi.MPI_Init_thread(ref none, ref arguments, Serialized, out int provided));
        if (provided < Serialized)
        {
            throw new InvalidOperationException(FormattableString.Invariant($"This MPI must let calls come from any thread, one at a time (level {Serialized}); it lets level {provided}."));
        }

        Check(Mpi.MPI_Comm_rank(Mpi.MPI_COMM_WORLD, out int rank));
        Check(Mpi.MPI_Comm_size(Mpi.MPI_COMM_WORLD, out int size));
        return new(rank, size);
    }

    /// <summary>Begins MPI, runs a program's work on this rank, and ends MPI. What the work throws is written to standard error with the rank, and ends the whole job: the others do not wait for this rank for ever.</summary>
    /// <param name="work">The work; returns the process's exit code.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="InvalidOperationException">As <see cref="World"/>.</exception>
    public static int Run(Func<ICommunicator, int> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using var world = World();
        try
        {
            return work(world);
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(FormattableString.Invariant($"Rank {world.Rank} of {world.Size}: {e.GetType().Name}: {e.Message}"));
            Console.Error.Flush();
            world.Abort(1);
            throw;
        }
    }

    /// <summary>Ends all ranks at once.</summary>
    /// <param name="exitCode">What the job's exit code is to be.</param>
    public void Abort(int exitCode) => _ = Mpi.MPI_Abort(Mpi.MPI_COMM_WORLD, exitCode);

    /// <inheritdoc/>
    public void Exchange<T>(int to, ReadOnlySpan<T> sent, int from, Span<T> received)
        where T : unmanaged
    {
        if (to == Rank && from == Rank)
        {
            sent.CopyTo(received);
            return;
        }

        caller.Enter();
        try
        {
            fixed (T* s = sent, r = received)
            {
                var (type, each) = TypeOf<T>();
                Check(Mpi.MPI_Sendrecv(
                    (IntPtr)s, checked(sent.Length * each), type, to == Rank ? Nobody : to, Tag,
                    (IntPtr)r, checked(received.Length * each), type, from == Rank ? Nobody : from, Tag, Mpi.MPI_COMM_WORLD, out _));
            }
        }
        finally
        {
            caller.Leave();
        }

        BytesSent += to == Rank ? 0 : (long)sent.Length * sizeof(T);
    }

    /// <inheritdoc/>
    public void AllGather<T>(Span<T> vector, IReadOnlyList<int> ends)
        where T : unmanaged => Collectives.AllGather(this, vector, ends);

    /// <inheritdoc/>
    public void Broadcast<T>(Span<T> vector, int root = 0)
        where T : unmanaged => Collectives.Broadcast(this, vector, root);

    /// <inheritdoc/>
    public void Barrier() => Collectives.Barrier(this);

    /// <summary>Ends MPI in this process; waits for the other ranks to do so.</summary>
    public void Dispose()
    {
        if (!ended)
        {
            ended = true;
            _ = Mpi.MPI_Finalize();
        }
    }

    /// <summary>A type of MPI's for elements that are moved as they are, and how many of it an element takes.</summary>
    private static (int Type, int Each) TypeOf<T>()
        where T : unmanaged => sizeof(T) switch
        {
            8 => (Mpi.MPI_LONG_LONG, 1),
            4 => (Mpi.MPI_INT, 1),
            _ => (Mpi.MPI_BYTE, sizeof(T)),
        };

    private static void Check(int error)
    {
        if (error != 0)
        {
            byte[] text = new byte[Mpi.MPI_MAX_ERROR_STRING];
            int length = text.Length;
            _ = Mpi.MPI_Error_string(error, text, ref length);
            throw new InvalidOperationException(FormattableString.Invariant($"MPI failed with error {error}: {System.Text.Encoding.UTF8.GetString(text, 0, Math.Clamp(length, 0, text.Length))}"));
        }
    }
}
