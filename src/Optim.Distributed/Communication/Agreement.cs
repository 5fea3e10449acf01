using System.Runtime.CompilerServices;
using System.Text;

namespace Optim.Distributed;

/// <summary>Whether all ranks go on. Every exchange of this library in which the others would wait for a rank that has failed begins with it, so that one that has failed meets the others there.</summary>
internal static class Agreement
{
    private const int Nobody = int.MaxValue, MostBytes = 4096;

    // What a rank has told the others last: an exception passes through several calls that would tell of it, and is told of once.
    private static readonly ConditionalWeakTable<ICommunicator, Exception> Told = new();

    /// <summary>Each rank says whether it has failed; where one has, the others throw, and it is for the caller to throw what it has failed of. Nobody passes before all have come.</summary>
    /// <exception cref="RankFailedException">Another rank has failed, and this one has not.</exception>
    public static void Require(ICommunicator ranks, Exception? failure = null)
    {
        int failed = Least(ranks, failure is null ? Nobody : ranks.Rank);
        if (failed == Nobody)
        {
            Told.Remove(ranks);
            return;
        }

        byte[] reason = failed == ranks.Rank ? Encoding.UTF8.GetBytes(Reason(failure!)) : [];
        Span<int> length = [Math.Min(reason.Length, MostBytes)];
        ranks.Broadcast(length, failed);
        Array.Resize(ref reason, length[0]);
        ranks.Broadcast<byte>(reason, failed);
        if (failure is null)
        {
            throw new RankFailedException(failed, FormattableString.Invariant($"Rank {failed} of {ranks.Size} {Encoding.UTF8.GetString(reason)}"));
        }
    }

    /// <summary>Tells the others that this rank has failed, unless all know.</summary>
    public static void Tell(ICommunicator ranks, Exception failure)
    {
        if (!IsKnown(ranks, failure))
        {
            Told.AddOrUpdate(ranks, failure);
            Require(ranks, failure);
        }
    }

    /// <summary>What this rank ends by where all have ended already: nobody is there to be told.</summary>
    public static void NeedNotTell(ICommunicator ranks, Exception failure) => Told.AddOrUpdate(ranks, failure);

    /// <summary>What a rank does for itself before the next exchange, in which the others learn it where this one has failed.</summary>
    public static T Own<T>(ICommunicator ranks, Func<T> own)
    {
        try
        {
            return own();
        }
        catch (Exception e)
        {
            Tell(ranks, e);
            throw;
        }
    }

    /// <summary>What each rank does for itself, after which all go on or none.</summary>
    public static T All<T>(ICommunicator ranks, Func<T> own)
    {
        var result = Own(ranks, own);
        Require(ranks);
        return result;
    }

    /// <summary>The same of what is awaited.</summary>
    public static async ValueTask AllAsync(ICommunicator ranks, Func<ValueTask> own)
    {
        try
        {
            await own().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Tell(ranks, e);
            throw;
        }

        Require(ranks);
    }

    /// <summary>The least of the ranks' numbers: each tells one at twice the distance each time what it has heard.</summary>
    public static int Least(ICommunicator ranks, int own)
    {
        Span<int> heard = stackalloc int[1];
        for (int distance = 1; distance < ranks.Size; distance *= 2)
        {
            ranks.Exchange<int>((ranks.Rank + distance) % ranks.Size, [own], (ranks.Rank + ranks.Size - distance) % ranks.Size, heard);
            own = Math.Min(own, heard[0]);
        }

        return own;
    }

    private static string Reason(Exception failure) => failure is OperationCanceledException ? "was cancelled, which ends all." : $"failed: {failure.GetType().Name}: {failure.Message}";

    /// <summary>Whether the others know already, of it or of what it was made from.</summary>
    private static bool IsKnown(ICommunicator ranks, Exception failure) => failure is RankFailedException || (Told.TryGetValue(ranks, out var told) && ReferenceEquals(told, failure))
        || (failure is AggregateException several ? several.InnerExceptions.Any(inner => IsKnown(ranks, inner)) : failure.InnerException is { } cause && IsKnown(ranks, cause));
}
