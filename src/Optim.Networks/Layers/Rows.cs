using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>Splits a batch into pieces of work, always the same ones.</summary>
internal static class Rows
{
    /// <summary>Runs something for each piece of a batch.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="piece">Images a piece; the last has what is left.</param>
    /// <param name="action">What to do with a piece.</param>
    public static void Split<T>(Pass<T> pass, int piece, Action<Rows<T>> action)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        pass.Split(Pieces(pass, piece), i => action(new(pass, i, i * piece, Math.Min(piece, pass.Count - (i * piece)))));

    /// <summary>How many pieces that is.</summary>
    public static int Pieces<T>(Pass<T> pass, int piece)
        where T : unmanaged, IFloatingPointIeee754<T> => (pass.Count + piece - 1) / piece;
}

/// <summary>Some images of a batch, in arrays of their own: MathNet's matrices are whole arrays. All images are never copied.</summary>
internal readonly struct Rows<T>(Pass<T> pass, int number, int first, int count)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The piece's number, from 0.</summary>
    public int Number => number;

    /// <summary>The number of images.</summary>
    public int Count => count;

    /// <summary>The first image's place in the batch.</summary>
    public int First => first;

    /// <summary>The images' numbers, until <see cref="Done"/>.</summary>
    public T[] Read(T[] source, int length)
    {
        if (count == pass.Count)
        {
            return source;
        }

        var rows = pass.Workspace.Borrow(count * length);
        source.AsSpan(first * length, rows.Length).CopyTo(rows);
        return rows;
    }

    /// <summary>Room for the images' numbers, until <see cref="Write"/>.</summary>
    public T[] ToWrite(T[] target, int length) => count == pass.Count ? target : pass.Workspace.Borrow(count * length);

    /// <summary>Puts the images' numbers in their place.</summary>
    public void Write(T[] rows, T[] target)
    {
        if (count != pass.Count)
        {
            rows.CopyTo(target, first * (rows.Length / count));
            pass.Workspace.Return(rows);
        }
    }

    /// <summary>Gives back what was read.</summary>
    public void Done(T[] rows)
    {
        if (count != pass.Count)
        {
            pass.Workspace.Return(rows);
        }
    }
}

/// <summary>A sum over a batch whose pieces are summed apart, and added up in their order.</summary>
internal sealed class PartialSums<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[][] parts;

    private PartialSums(T[][] parts)
    {
        this.parts = parts;
    }

    /// <summary>The sum over a piece.</summary>
    public T[] this[int piece] => parts[piece];

    /// <summary>Room for the sum over each piece.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="piece">Images a piece.</param>
    /// <param name="total">Where the sum of all is wanted.</param>
    public static PartialSums<T> Of(Pass<T> pass, int piece, T[] total) =>
        new([total, .. Enumerable.Range(1, Rows.Pieces(pass, piece) - 1).Select(_ => pass.Workspace.Take(total.Length))]);

    /// <summary>Adds the pieces up.</summary>
    public void Add()
    {
        foreach (var part in parts.Skip(1))
        {
            RowMajor.Add<T>(parts[0], part);
        }
    }
}
