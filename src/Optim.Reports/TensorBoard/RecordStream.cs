using System.Buffers.Binary;
using System.Numerics;

namespace Optim.Reports.TensorBoard;

/// <summary>
/// TensorFlow's record format (TFRecord): the length in 8 bytes, the masked CRC-32C of these, the bytes, their masked CRC-32C; all little-endian.
/// </summary>
internal static class RecordStream
{
    /// <summary>Writes a record.</summary>
    public static void Write(Stream stream, ReadOnlySpan<byte> record)
    {
        Span<byte> length = stackalloc byte[sizeof(ulong)], sum = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)record.Length);
        stream.Write(length);
        BinaryPrimitives.WriteUInt32LittleEndian(sum, Masked(Crc32C(length)));
        stream.Write(sum);
        stream.Write(record);
        BinaryPrimitives.WriteUInt32LittleEndian(sum, Masked(Crc32C(record)));
        stream.Write(sum);
    }

    /// <summary>The CRC-32C of RFC 3720, Castagnoli's polynomial.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte b in bytes)
        {
            sum = BitOperations.Crc32C(sum, b);
        }

        return ~sum;
    }

    /// <summary>A checksum as stored, masked so that checksums of data with embedded checksums stay meaningful: rotated right by 15 bits, plus a constant.</summary>
    public static uint Masked(uint sum) => BitOperations.RotateRight(sum, 15) + 0xa282ead8;
}
