using System.Buffers.Binary;
using System.IO.Compression;

namespace Optim.Networks;

/// <summary>A multidimensional array of bytes from an IDX file.</summary>
/// <param name="Sizes">The size of each dimension.</param>
/// <param name="Values">The bytes, the last dimension innermost.</param>
internal sealed record IdxArray(int[] Sizes, byte[] Values);

/// <summary>
/// The IDX format: two zero bytes, the element type (8: unsigned bytes, the only one supported), the number of dimensions, the size of each
/// dimension as a big-endian 32-bit integer, the elements.
/// </summary>
internal static class IdxFile
{
    private const byte UnsignedByte = 8;

    // A file's word for how much it holds is believed as far as bytes arrive: memory grows with them.
    private const int FirstBytes = 1 << 20;

    // Images take a third of their size or more, and labels a twentieth; a file of one color a thousandth. Small ones are let pass: they do no harm.
    private const int MostBytesEach = 200, AlwaysLetPass = 64 << 20;

    /// <summary>Reads a file; one whose name ends in <c>.gz</c> is decompressed.</summary>
    /// <param name="file">The file.</param>
    /// <param name="dimensions">The required number of dimensions.</param>
    /// <exception cref="IdxException">It is not such a file, is truncated, or has trailing data.</exception>
    public static (string Name, IdxArray Array) Read(FileInfo file, int dimensions)
    {
        try
        {
            using var stream = file.OpenRead();
            using Stream content = file.Extension == ".gz" ? new GZipStream(stream, CompressionMode.Decompress) : stream;
            return (file.FullName, Read(content, file.FullName, dimensions, content == stream ? int.MaxValue : Math.Max(AlwaysLetPass, MostBytesEach * file.Length)));
        }
        catch (InvalidDataException e)
        {
            throw new IdxException($"'{file.FullName}' must be compressed by gzip: {e.Message}", e);
        }
    }

    /// <summary>Writes an array.</summary>
    public static void Write(Stream stream, IdxArray array)
    {
        Span<byte> header = stackalloc byte[4 + (4 * array.Sizes.Length)];
        header.Clear();
        header[2] = UnsignedByte;
        header[3] = (byte)array.Sizes.Length;
        for (int i = 0; i < array.Sizes.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header[(4 + (4 * i))..], array.Sizes[i]);
        }

        stream.Write(header);
        stream.Write(array.Values);
    }

    private static IdxArray Read(Stream stream, string name, int dimensions, long most)
    {
        Span<byte> header = stackalloc byte[4 + (4 * dimensions)];
        int got = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (got < 4 || header[0] != 0 || header[1] != 0)
        {
            throw new IdxException($"'{name}' must begin with two bytes of 0, a type and a number of dimensions, as IDX files do, began with {Hex(header[..Math.Min(got, 4)])}.");
        }

        if (header[2] != UnsignedByte)
        {
            throw new IdxException(FormattableString.Invariant($"'{name}' must hold unsigned bytes (type 0x08 at byte 2), was type 0x{header[2]:X2}."));
        }

        if (header[3] != dimensions)
        {
            throw new IdxException(FormattableString.Invariant($"'{name}' must have {dimensions} dimension(s) (byte 3), was {header[3]}."));
        }

        if (got < header.Length)
        {
            throw new IdxException(FormattableString.Invariant($"'{name}' must have a header of {header.Length} bytes, ended after {got}."));
        }

        var sizes = new int[dimensions];
        long length = 1;
        for (int i = 0; i < dimensions; i++)
        {
            uint size = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + (4 * i))..]);

            // A product of sizes below 2^31 with one below 2^32 does not overflow.
            length = Math.Min(length * size, int.MaxValue);
            sizes[i] = (int)Math.Min(size, int.MaxValue);
        }

        if (length >= Array.MaxLength)
        {
            throw new IdxException($"'{name}' must hold fewer than 2 GiB, its header says {string.Join(" x ", sizes.Select(x => FormattableString.Invariant($"{x}")))} bytes.");
        }

        if (length > most)
        {
            throw new IdxException(FormattableString.Invariant(
                $"'{name}' must hold at most {most} bytes, {MostBytesEach} times its own, its header says {length}: data is not compressed that far. If it is meant, unpack it by gunzip and load that file."));
        }

        return new(sizes, Elements(stream, name, (int)length));
    }

    private static byte[] Elements(Stream stream, string name, int length)
    {
        var values = new byte[Math.Min(length, FirstBytes)];
        int got = 0;
        while (true)
        {
            got += stream.ReadAtLeast(values.AsSpan(got), values.Length - got, throwOnEndOfStream: false);
            if (got < values.Length)
            {
                throw new IdxException(FormattableString.Invariant($"'{name}' must hold {length} bytes after its header, as that says, ended after {got}."));
            }

            if (got == length)
            {
                break;
            }

            Array.Resize(ref values, (int)Math.Min(length, 2L * values.Length));
        }

        return stream.ReadByte() < 0
            ? values : throw new IdxException(FormattableString.Invariant($"'{name}' must end after the {length} bytes that its header speaks of, goes on."));
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => bytes.Length == 0 ? "nothing" : Convert.ToHexString(bytes);
}
