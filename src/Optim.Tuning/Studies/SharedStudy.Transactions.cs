using System.Data.Common;
using System.Diagnostics;

namespace Optim.Tuning;

/// <content>Statements in transactions, and a database that is away for a moment.</content>
internal sealed partial class SharedStudy
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(10);

    /// <summary>The same, tried again while the database is away for a moment, for as long as the others take this process to be alive.</summary>
    private T Persistent<T>(Func<DbConnection, T> statements, CancellationToken cancellation)
    {
        long begun = Stopwatch.GetTimestamp();
        for (var wait = FirstWait; ; wait = wait * 2 < Pause ? wait * 2 : Pause)
        {
            try
            {
                return Transacted(statements);
            }
            catch (StudyFileException e) when (e.InnerException is DbException { IsTransient: true } or TimeoutException && Stopwatch.GetElapsedTime(begun) < Silence)
            {
                if (cancellation.WaitHandle.WaitOne(wait))
                {
                    throw new OperationCanceledException(e.Message, e, cancellation);
                }
            }
        }
    }

    /// <summary>Runs statements in one transaction; what goes wrong is said as an error of the study.</summary>
    private T Transacted<T>(Func<DbConnection, T> statements)
    {
        try
        {
            using var connection = source.OpenConnection();
            using var transaction = connection.BeginTransaction();
            var result = statements(connection);
            transaction.Commit();
            return result;
        }
        catch (Exception e) when (e is DbException or InvalidCastException or FormatException or OverflowException or (ArgumentException and not ArgumentNullException) or InvalidOperationException or TimeoutException)
        {
            throw new StudyFileException($"The study '{name}' cannot be used in the database: {e.Message}", e);
        }
    }
}
