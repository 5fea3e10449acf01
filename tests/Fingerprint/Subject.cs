using System.Globalization;
using System.Numerics;

namespace Optim.Fingerprint;

/// <summary>Something whose results must have the same bits everywhere: a rule, a schedule, a file.</summary>
/// <param name="name">Its name, without spaces.</param>
internal abstract class Subject(string name)
{
    /// <summary>What stands where there is no hash.</summary>
    private const string Absent = "-";

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Whether there is arithmetic in float: schedules are in double alone.</summary>
    protected virtual bool HasSingle => true;

    /// <summary>Its line: name, the hashes in float, in double and of extreme inputs, how many numbers they are of, how many of these are NaN, and how many of those of extreme inputs.</summary>
    public string Line()
    {
        using Digest single = new(), both = new(), extremes = new();
        if (HasSingle)
        {
            Write<float>(single);
        }

        Write<double>(both);
        WriteExtremes<float>(extremes);
        WriteExtremes<double>(extremes);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-32} {Hash(single)} {Hash(both)} {Hash(extremes)} {single.Numbers + both.Numbers,8} {single.NaNs + both.NaNs} {(extremes.Numbers == 0 ? Absent : extremes.NaNs)}");

        string Hash(Digest digest) => digest.Numbers == 0 ? $"{Absent,-16}" : digest.Text();
    }

    /// <summary>Adds the results of usual inputs: numbers that leave no NaN.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="digest">What to add them to.</param>
    protected abstract void Write<T>(Digest digest)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Adds the results of NaNs, infinities, subnormal numbers and zeros of both signs. Nothing by default.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="digest">What to add them to.</param>
    protected virtual void WriteExtremes<T>(Digest digest)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
    }
}
