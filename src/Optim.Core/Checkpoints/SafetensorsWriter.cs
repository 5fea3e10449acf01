using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Optim.Names;

namespace Optim.Checkpoints;

/// <summary>Writes what <see cref="SafetensorsHeader"/> reads: the tensors in the given order, the header padded with spaces to a multiple of 8 bytes.</summary>
internal static class SafetensorsWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">A name cannot be a key, occurs twice, or the header would be too long.</exception>
    public static void Write(Stream stream, IReadOnlyList<SafetensorsPart> parts, IReadOnlyDictionary<string, string> metadata)
    {
        byte[] header = Header(parts, metadata);
        Span<byte> length = stackalloc byte[SafetensorsHeader.Start];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        var sink = new Sink(stream);
        foreach (var part in parts)
        {
            part.WriteTo(sink);
        }
    }

    private static byte[] Header(IReadOnlyList<SafetensorsPart> parts, IReadOnlyDictionary<string, string> metadata)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Safetensors files are little-endian, and so must the processor be.");
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach (var (key, text) in metadata)
                {
                    json.WriteString(Sound(key), Sound(text));
                }

                json.WriteEndObject();
            }

            long offset = 0;
            var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
            foreach (var part in parts)
            {
                if (!names.Add(part.Name))
                {
                    throw new ArgumentException($"A tensor's key must be unique and not {SafetensorsHeader.MetadataKey}, was {QuotedName.Of(part.Name)}.", nameof(parts));
                }

                WriteEntry(json, part, offset);
                offset += part.ByteLength;
            }

            json.WriteEndObject();
        }

        int padding = -buffer.WrittenCount & (SafetensorsHeader.Start - 1);
        buffer.GetSpan(SafetensorsHeader.Start).Fill((byte)' ');
        buffer.Advance(padding);
        return buffer.WrittenCount <= SafetensorsHeader.MaxLength
            ? buffer.WrittenSpan.ToArray()
            : throw new ArgumentException(
                FormattableString.Invariant($"The header of a file must have at most {SafetensorsHeader.MaxLength} bytes, for these {parts.Count} tensors it would have {buffer.WrittenCount}."), nameof(parts));
    }

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsPart part, long offset)
    {
        json.WriteStartObject(Sound(part.Name));
        json.WriteString("dtype", part.Type.ToString());
        json.WriteStartArray("shape");
        foreach (int dimension in part.Dimensions)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + part.ByteLength);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A string that round-trips.</summary>
    private static string Sound(string text)
    {
        try
        {
            Strict.GetByteCount(text);
            return text;
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"A name must be sound Unicode, was {QuotedName.Of(text)}, in which half a character stands alone.", nameof(text), e);
        }
    }

    private sealed class Sink(Stream stream) : IByteSink
    {
        public void Append(ReadOnlySpan<byte> bytes) => stream.Write(bytes);
    }
}
