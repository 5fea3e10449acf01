using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>Splits a batch into pieces of work, deterministically.</summary>
internal static class Rows
{
    /// <summary>Runs an action for each piece of a batch.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="piece">Images per piece; the last has the remainder.</param>
    /// <param name="action">Processes a piece.</param>
    public static void Split<T>(Pass<T> pass, int piece, Action<Rows<T>> action)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        pass.Split(Pieces(pass, piece), i => action(new(pass, i, i * piece, Math.Min(piece, pass.Count - (i * piece)))));

    /// <summary>The number of pieces.</summary>
    public static int Pieces<T>(Pass<T> pass, int piece)
        where T : unmanaged, IFloatingPointIeee754<T> => (pass.Count + piece - 1) / piece;
}

/// <summary>Some images of a batch, in separate arrays, since MathNet's matrices are whole arrays. A piece of all images is not copied.</summary>
internal readonly struct Rows<T>(Pass<T> pass, int number, int first, int count)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The piece's number, from 0.</summary>
    public int Number => number;

    /// <summary>The number of images.</summary>
    public int Count => count;

    /// <summary>The index of the first image in the batch.</summary>
    public int First => first;

    /// <summary>The images' values, until <see cref="Done"/>.</summary>
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

    /// <summary>A buffer for the images' values, until <see cref="Write"/>.</summary>
    public T[] ToWrite(T[] target, int length) => count == pass.Count ? target : pass.Workspace.Borrow(count * length);

    /// <summary>Writes the images' values back.</summary>
    public void Write(T[] rows, T[] target)
    {
        if (count != pass.Count)
        {
            rows.CopyTo(target, first * (rows.Length / count));
            pass.Workspace.Return(rows);
        }
    }

    /// <summary>Returns the buffers.</summary>
    public void Done(T[] rows)
    {
        if (count != pass.Count)
        {
            pass.Workspace.Return(rows);
        }
    }
}

/// <summary>A sum over a batch: partial sums per piece, added in order.</summary>
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

    /// <summary>Buffers for the partial sums.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="piece">Images per piece.</param>
    /// <param name="total">The destination of the total.</param>
    public static PartialSums<T> Of(Pass<T> pass, int piece, T[] total) =>
        new([total, .. Enumerable.Range(1, Rows.Pieces(pass, piece) - 1).Select(_ => pass.Workspace.Take(total.Length))]);

    /// <summary>Adds the partial sums.</summary>
    public void Add()
    {
        foreach (var part in parts.Skip(1))
        {
            RowMajor.Add<T>(parts[0], part);
        }
    }
}
