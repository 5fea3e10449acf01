using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Optim.Checkpoints;

/// <summary>SHA-256 of a checkpoint's contents, independent of their order: a copy written by another tool has the same hash, a flipped bit changes it.</summary>
internal sealed class ContentHash : IByteSink, IDisposable
{
    private const int ChunkBytes = 1 << 20;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Append(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

    public void Dispose() => hash.Dispose();

    public static string Of(IEnumerable<SafetensorsPart> parts, IReadOnlyDictionary<string, string> metadata)
    {
        using var content = new ContentHash();
        foreach (var part in parts.OrderBy(part => part.Name, StringComparer.Ordinal))
        {
            content.Append(part.Name, part.Type, [.. part.Dimensions.Select(dimension => (long)dimension)]);
            part.WriteTo(content);
        }

        return content.End(metadata);
    }

    /// <param name="file">The file.</param>
    /// <param name="except">The metadata entry that holds the hash.</param>
    public static string Of(SafetensorsFile file, string except)
    {
        using var content = new ContentHash();
        byte[] scratch = new byte[(int)Math.Min(ChunkBytes, file.Tensors.Select(entry => entry.ByteLength).DefaultIfEmpty(0).Max())];
        foreach (var entry in file.Tensors.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            content.Append(entry.Name, entry.Type, entry.Dimensions);
            file.Visit(entry, content, scratch);
        }

        return content.End(file.Metadata.Where(pair => pair.Key != except));
    }

    private void Append(string name, SafetensorsType type, IReadOnlyList<long> dimensions)
    {
        Append(name);
        Append(type.ToString());
        Append(string.Join(",", dimensions.Select(dimension => dimension.ToString(CultureInfo.InvariantCulture))));
    }

    /// <summary>Prefixed with its length, so that no two lists of strings have the same bytes.</summary>
    private void Append(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }

    private string End(IEnumerable<KeyValuePair<string, string>> metadata)
    {
        foreach (var (key, text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Append(key);
            Append(text);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
