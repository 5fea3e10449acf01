namespace Optim.Distributed;

/// <summary>Which elements of a vector have come, as ranges that do not touch.</summary>
internal sealed class Coverage
{
    private readonly List<(int From, int End)> ranges = [];

    /// <summary>Whether nothing has come.</summary>
    public bool IsEmpty => ranges.Count == 0;

    /// <summary>The first element that has not come.</summary>
    public int FirstMissing => ranges is [(0, var end), ..] ? end : 0;

    public void Clear() => ranges.Clear();

    /// <summary>Adds a range; false, and adds nothing, if an element of it has come before.</summary>
    public bool TryAdd(int from, int end)
    {
        if (from == end)
        {
            return true;
        }

        int at = ranges.TakeWhile(range => range.End < from).Count();
        bool joinsLeft = at < ranges.Count && ranges[at].End == from;
        int next = joinsLeft ? at + 1 : at;
        if (next < ranges.Count && ranges[next].From < end)
        {
            return false;
        }

        bool joinsRight = next < ranges.Count && ranges[next].From == end;
        (from, end) = (joinsLeft ? ranges[at].From : from, joinsRight ? ranges[next].End : end);
        ranges.RemoveRange(at, (joinsLeft ? 1 : 0) + (joinsRight ? 1 : 0));
        ranges.Insert(at, (from, end));
        return true;
    }

    /// <summary>Whether all elements of a range have come.</summary>
    public bool Holds(int from, int end) => from == end || ranges.Exists(range => range.From <= from && end <= range.End);
}
