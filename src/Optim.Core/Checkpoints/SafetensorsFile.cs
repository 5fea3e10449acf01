using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Optim.Checkpoints;
using Optim.Names;

namespace Optim;

/// <summary>Reads a safetensors file: lists its tensors and reads any of them.</summary>
/// <remarks>
/// The format: 8 bytes with the header's length, the header in JSON, the elements, little-endian (https://huggingface.co/docs/safetensors). The header is read and
/// checked when the file is opened, elements on request; a file of 64 MB or more is memory-mapped. Opening allocates at most 16 bytes for each byte of the
/// header, and a header has at most 100 MB and no more than the file; reading a tensor allocates its elements, 8 bytes for each at most.
/// Truncating a mapped file while it is read crashes the process, as with every mapped file; <see cref="Safetensors.Save{T}"/> and <see cref="Checkpoint"/> replace files, which is safe.
/// Thread-safe until disposed.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private readonly ByteSource source;
    private readonly long dataStart;
    private readonly SafetensorsHeader header;
    private readonly Dictionary<string, SafetensorsEntry> byName;

    private SafetensorsFile(ByteSource source, string fileName)
    {
        this.source = source;
        FileName = fileName;
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Safetensors files are little-endian, and so must the processor be.");
        }

        if (source.Length < SafetensorsHeader.Start)
        {
            throw Wrong(FormattableString.Invariant($"a safetensors file has 8 bytes or more, this one has {source.Length}."), offset: 0);
        }

        Span<byte> number = stackalloc byte[SafetensorsHeader.Start];
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(Bytes(0, SafetensorsHeader.Start, number));
        if (length > SafetensorsHeader.MaxLength)
        {
            throw Wrong(FormattableString.Invariant($"the header must have at most {SafetensorsHeader.MaxLength} bytes, and claims {length}."), offset: 0);
        }

        dataStart = SafetensorsHeader.Start + (long)length;
        if (dataStart > source.Length)
        {
            throw Wrong(FormattableString.Invariant($"the header must end within the file, and claims {length} bytes of {source.Length - SafetensorsHeader.Start}."), offset: 0);
        }

        header = SafetensorsHeader.Parse(Bytes(SafetensorsHeader.Start, (int)length, new byte[length]), source.Length - dataStart, fileName);
        byName = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The file, as it was named.</summary>
    public string FileName { get; }

    /// <summary>The tensors, in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Tensors => header.Entries;

    /// <summary>The strings under <c>__metadata__</c>; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => header.Metadata;

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">It is not a valid safetensors file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or it is a folder.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Of(ByteSource.Open(path), path);
        }
        catch (NotSupportedException e)
        {
            throw new CheckpointException(path, "it is no plain file, whose places can be read in any order.", inner: e);
        }
    }

    /// <summary>Finds a tensor by name.</summary>
    /// <param name="name">The key in the file.</param>
    /// <returns>Its header entry; null if there is none of that name.</returns>
    public SafetensorsEntry? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>A tensor's elements as float or double, whatever their type in the file: rounded once, to nearest, and bit for bit if the types are the same.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="name">The key in the file.</param>
    /// <exception cref="CheckpointException">There is no such tensor, its type is not numeric (F4, F6, F8_E8M0, C64), it has more elements than an array can hold, or no name.</exception>
    public Tensor<T> Read<T>(string name)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var entry = Find(name) ?? throw Wrong($"there is no such tensor; {NearestNames.Text(name, byName.Keys)}.", name);
        var set = TensorSet.Uninitialized<T>(Layout.Of(ShapeOf(entry, entry.Name)));
        ReadInto(entry, set.Writable);
        return set[0];
    }

    /// <summary>A tensor's elements as one vector, read as <see cref="Read{T}"/> does, whatever its name and shape.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="name">The key in the file.</param>
    /// <exception cref="CheckpointException">There is no such tensor, its type is not numeric (<see cref="SafetensorsEntry.IsNumeric"/>), or it has more elements than an array can hold.</exception>
    public TensorSet<T> ReadVector<T>(string name)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var entry = Find(name) ?? throw Wrong($"there is no such tensor; {NearestNames.Text(name, byName.Keys)}.", name);
        if (entry.ElementCount > Layout.MaxLength)
        {
            throw Wrong(FormattableString.Invariant($"a tensor in memory has at most {Layout.MaxLength} elements, this one is {entry.Form}."), name);
        }

        var set = TensorSet.Uninitialized<T>(Layout.OfVector((int)entry.ElementCount));
        ReadInto(entry, set.Writable);
        return set;
    }

    /// <summary>A tensor's raw bytes.</summary>
    /// <param name="name">The key in the file.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or it has more bytes than an array can hold.</exception>
    public byte[] ReadBytes(string name)
    {
        var entry = Find(name) ?? throw Wrong($"there is no such tensor; {NearestNames.Text(name, byName.Keys)}.", name);
        if (entry.ByteLength > Array.MaxLength)
        {
            throw Wrong(FormattableString.Invariant($"an array has at most {Array.MaxLength} bytes, the tensor has {entry.ByteLength}."), name);
        }

        byte[] bytes = new byte[entry.ByteLength];
        Bytes(dataStart + entry.Begin, bytes.Length, bytes).CopyTo(bytes);
        return bytes;
    }

    /// <summary>Closes the file. Tensors already read stay valid.</summary>
    public void Dispose() => source.Dispose();

    /// <summary>The tensors, the metadata's keys.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{FileName}: {Tensors.Count} tensors, {Metadata.Count} texts");

    internal static SafetensorsFile Of(ByteSource source, string fileName)
    {
        try
        {
            return new(source, fileName);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    internal CheckpointException Wrong(string problem, string? key = null, long? offset = null, CheckpointReport? report = null, Exception? inner = null) =>
        new(FileName, problem, key, offset, report, inner);

    /// <summary>A tensor's shape, under a name of our own.</summary>
    /// <exception cref="CheckpointException">It does not fit into memory.</exception>
    internal TensorShape ShapeOf(SafetensorsEntry entry, string name)
    {
        if (name.Length == 0)
        {
            throw Wrong("a tensor must have a name to be read.", entry.Name);
        }

        if (entry.Dimensions.Any(dimension => dimension > int.MaxValue) || entry.ElementCount > Layout.MaxLength)
        {
            throw Wrong(FormattableString.Invariant($"a tensor in memory has at most {Layout.MaxLength} elements, this one is {entry.Form}."), entry.Name);
        }

        try
        {
            return new(name, [.. entry.Dimensions.Select(dimension => (int)dimension)]);
        }
        catch (ArgumentException e)
        {
            throw Wrong($"{e.Message}", entry.Name, inner: e);
        }
    }

    /// <summary>Reads a tensor's elements into a buffer.</summary>
    internal void ReadInto<T>(SafetensorsEntry entry, Span<T> target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!ElementReader.Reads(entry.Type))
        {
            throw Wrong($"elements of type {entry.Type} are listed, but not read as numbers.", entry.Name);
        }

        try
        {
            ElementReader.Read(source, dataStart + entry.Begin, entry.Type, target);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException)
        {
            throw Wrong(e is FormatException ? e.Message + "." : "the file has become shorter while it was read.", entry.Name, dataStart + entry.Begin, inner: e);
        }
    }

    /// <summary>A tensor's bytes, part by part.</summary>
    internal void Visit(SafetensorsEntry entry, IByteSink sink, byte[] scratch)
    {
        for (long done = 0; done < entry.ByteLength; done += scratch.Length)
        {
            sink.Append(Bytes(dataStart + entry.Begin + done, (int)Math.Min(scratch.Length, entry.ByteLength - done), scratch));
        }
    }

    private ReadOnlySpan<byte> Bytes(long offset, int length, Span<byte> scratch)
    {
        try
        {
            return source.Bytes(offset, length, scratch);
        }
        catch (EndOfStreamException e)
        {
            throw Wrong("the file has become shorter while it was read.", offset: offset, inner: e);
        }
    }
}
