namespace Optim.Distributed;

/// <summary>What all ranks do together, made of exchanges between two: the same for processes and threads.</summary>
internal static class Collectives
{
    /// <summary>A ring: each rank passes on what it received last.</summary>
    public static void AllGather<T>(ICommunicator ranks, Span<T> vector, IReadOnlyList<int> ends)
        where T : unmanaged
    {
        RequireEnds(ranks, vector.Length, ends);
        int next = (ranks.Rank + 1) % ranks.Size, previous = (ranks.Rank + ranks.Size - 1) % ranks.Size;
        for (int step = 0, part = ranks.Rank; step < ranks.Size - 1; step++)
        {
            int incoming = (part + ranks.Size - 1) % ranks.Size;
            ranks.Exchange<T>(next, Part(vector, ends, part), previous, Part(vector, ends, incoming));
            part = incoming;
        }
    }

    /// <summary>A binomial tree from the root.</summary>
    public static void Broadcast<T>(ICommunicator ranks, Span<T> vector, int root)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, ranks.Size);
        int place = (ranks.Rank + ranks.Size - root) % ranks.Size, none = ranks.Rank;
        for (int distance = 1; distance < ranks.Size; distance *= 2)
        {
            if (place < distance && place + distance < ranks.Size)
            {
                ranks.Exchange<T>((place + distance + root) % ranks.Size, vector, none, []);
            }
            else if (place >= distance && place < 2 * distance)
            {
                ranks.Exchange<T>(none, [], (place - distance + root) % ranks.Size, vector);
            }
        }
    }

    /// <summary>Each rank tells one at twice the distance each time, until it has heard of all.</summary>
    public static void Barrier(ICommunicator ranks)
    {
        Span<byte> heard = stackalloc byte[1];
        for (int distance = 1; distance < ranks.Size; distance *= 2)
        {
            ranks.Exchange<byte>((ranks.Rank + distance) % ranks.Size, [1], (ranks.Rank + ranks.Size - distance) % ranks.Size, heard);
        }
    }

    public static Span<T> Part<T>(Span<T> vector, IReadOnlyList<int> ends, int part)
    {
        int start = part == 0 ? 0 : ends[part - 1];
        return vector[start..ends[part]];
    }

    /// <summary>Where each rank's part of a vector ends when the parts are as equal as they can be.</summary>
    public static int[] EvenEnds(int length, int ranks) => [.. Enumerable.Range(1, ranks).Select(rank => (int)((long)length * rank / ranks))];

    /// <summary>The numbers of every rank, however many each has.</summary>
    public static T[][] Everyones<T>(ICommunicator ranks, ReadOnlySpan<T> own)
        where T : unmanaged
    {
        int[] counts = new int[ranks.Size], each = [.. Enumerable.Range(1, ranks.Size)];
        counts[ranks.Rank] = own.Length;
        ranks.AllGather<int>(counts, each);
        int[] ends = new int[ranks.Size];
        int total = 0;
        for (int rank = 0; rank < ends.Length; rank++)
        {
            ends[rank] = total += counts[rank];
        }

        var all = new T[total];
        own.CopyTo(Part<T>(all, ends, ranks.Rank));
        ranks.AllGather<T>(all, ends);
        return [.. Enumerable.Range(0, ranks.Size).Select(rank => Part<T>(all, ends, rank).ToArray())];
    }

    public static void RequireEnds(ICommunicator ranks, int length, IReadOnlyList<int> ends)
    {
        ArgumentNullException.ThrowIfNull(ends);
        int before = 0;
        for (int i = 0; i < ends.Count; i++)
        {
            before = ends[i] >= before ? ends[i] : length + 1;
        }

        if (ends.Count != ranks.Size || before != length)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{nameof(ends)} must be {ranks.Size}, one for each rank, ascending to {length}; were {string.Join(", ", ends.Take(8))}."), nameof(ends));
        }
    }
}
