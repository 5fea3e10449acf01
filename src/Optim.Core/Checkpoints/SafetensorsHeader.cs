using System.Collections.ObjectModel;
using System.Globalization;
using System.Text.Json;
using Optim.Names;

namespace Optim.Checkpoints;

/// <summary>The header of a safetensors file, fully validated.</summary>
/// <remarks>
/// Read token by token, so that only what is kept is allocated: at most 16 bytes for each byte of the header. Validated: the header's first
/// byte; unique names; non-negative integers; products that do not overflow; as many bytes as the shape requires; contiguous ranges
/// from 0 to the end of the file without gap, overlap or remainder; only strings in the metadata. Unknown types and fields are rejected.
/// </remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The maximum size of a header: 100 MB, as in the reference implementation.</summary>
    public const long MaxLength = 100_000_000;

    /// <summary>The size of the length field before the header.</summary>
    public const int Start = sizeof(ulong);

    public const string MetadataKey = "__metadata__";

    // Header, tensor, shape: nothing lies deeper.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 3 };

    private SafetensorsHeader(List<SafetensorsEntry> entries, Dictionary<string, string> metadata)
    {
        Entries = entries.AsReadOnly();
        Metadata = new(metadata);
    }

    /// <summary>In the order of their bytes.</summary>
    public ReadOnlyCollection<SafetensorsEntry> Entries { get; }

    public ReadOnlyDictionary<string, string> Metadata { get; }

    /// <param name="json">The header.</param>
    /// <param name="dataLength">The bytes after it.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <exception cref="CheckpointException">It is invalid.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength, string file)
    {
        if (json.Length == 0 || json[0] != (byte)'{')
        {
            throw new CheckpointException(file, "the header must begin with '{'.", offset: Start);
        }

        var parser = new Parser(json, file);
        try
        {
            parser.Run();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // An InvalidOperationException: a text that is no sound UTF-8 or UTF-16.
            throw new CheckpointException(file, $"the header is not sound JSON as the format has it. {e.Message}", parser.Key, parser.At, inner: e);
        }

        RequireContiguous(parser.Entries, dataLength, Start + json.Length, file);
        return new(parser.Entries, parser.Metadata);
    }

    private static void RequireContiguous(List<SafetensorsEntry> entries, long dataLength, long dataStart, string file)
    {
        entries.Sort((x, y) => (x.Begin, x.End).CompareTo((y.Begin, y.End)));
        long end = 0;
        foreach (var entry in entries)
        {
            if (entry.End > dataLength)
            {
                throw new CheckpointException(file, FormattableString.Invariant($"its bytes must end within the file, at {dataLength} or before, but end at {entry.End}."), entry.Name, dataStart + entry.Begin);
            }

            if (entry.Begin != end)
            {
                throw new CheckpointException(
                    file,
                    FormattableString.Invariant($"its bytes must begin where the tensor before ends, at {end}, but begin at {entry.Begin}: {(entry.Begin < end ? "they overlap" : "there is a gap")}."),
                    entry.Name, dataStart + entry.Begin);
            }

            end = entry.End;
        }

        if (end != dataLength)
        {
            throw new CheckpointException(
                file, FormattableString.Invariant($"the file must end where the last tensor ends, but there are {dataLength - end} bytes more."), offset: dataStart + end);
        }
    }

    private ref struct Parser(ReadOnlySpan<byte> json, string file)
    {
        private readonly string file = file;
        private readonly HashSet<string> names = new(StringComparer.Ordinal);
        private readonly List<long> numbers = [];
        private Utf8JsonReader reader = new(json, Options);

        public List<SafetensorsEntry> Entries { get; } = [];

        public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

        public string? Key { get; private set; }

        public readonly long At => Start + reader.TokenStartIndex;

        public void Run()
        {
            Next(JsonTokenType.StartObject, "an object");
            while (Member() is { } name)
            {
                Key = name;
                if (!names.Add(name))
                {
                    throw Wrong("the name must occur once.");
                }

                if (name == MetadataKey)
                {
                    ReadMetadata();
                }
                else
                {
                    Entries.Add(ReadTensor(name));
                }

                Key = null;
            }

            // Throws where anything but space follows.
            reader.Read();
        }

        private void ReadMetadata()
        {
            Next(JsonTokenType.StartObject, "an object of texts");
            while (Member() is { } name)
            {
                Next(JsonTokenType.String, "a text, as every entry of the metadata");
                if (!Metadata.TryAdd(name, reader.GetString()!))
                {
                    throw Wrong($"the entry {QuotedName.Of(name)} must occur once.");
                }
            }
        }

        private SafetensorsEntry ReadTensor(string name)
        {
            Next(JsonTokenType.StartObject, "an object of dtype, shape and data_offsets");
            SafetensorsType? type = null;
            long[]? shape = null, offsets = null;
            long at = At;
            while (Member() is { } field)
            {
                switch (field)
                {
                    case "dtype" when type is null:
                        type = ReadType();
                        break;
                    case "shape" when shape is null:
                        shape = ReadNumbers();
                        break;
                    case "data_offsets" when offsets is null:
                        offsets = ReadNumbers();
                        break;
                    default:
                        throw Wrong($"a tensor must have dtype, shape and data_offsets, once each and nothing else, had {QuotedName.Of(field)}.");
                }
            }

            if (type is not { } t || shape is null || offsets is null)
            {
                throw Wrong("a tensor must have dtype, shape and data_offsets.");
            }

            if (offsets.Length != 2 || offsets[0] > offsets[1])
            {
                throw Wrong($"data_offsets must be the begin and the end, not before it, was {SafetensorsEntry.Text(offsets)}.");
            }

            UInt128 elements = 1;
            foreach (long dimension in shape)
            {
                elements *= (ulong)dimension;
                if (elements > long.MaxValue)
                {
                    throw Wrong($"the product of the shape must be less than 2^63, was that of {SafetensorsEntry.Text(shape)}.");
                }
            }

            UInt128 bits = elements * (ulong)SafetensorsEntry.BitsOf(t);
            return bits % 8 == 0 && bits / 8 == (ulong)(offsets[1] - offsets[0])
                ? new(name, t, shape, offsets[0], offsets[1])
                : throw new CheckpointException(
                    file, string.Create(CultureInfo.InvariantCulture, $"{t} of shape {SafetensorsEntry.Text(shape)} must have {(bits + 7) / 8} bytes, had {offsets[1] - offsets[0]}."), name, at);
        }

        private SafetensorsType ReadType()
        {
            Next(JsonTokenType.String, "a type's name");
            string text = reader.GetString()!;
            return Enum.TryParse(text, out SafetensorsType type) && type.ToString() == text
                ? type
                : throw Wrong($"dtype must be one of {string.Join(", ", Enum.GetNames<SafetensorsType>())}, was {QuotedName.Of(text)}.");
        }

        private long[] ReadNumbers()
        {
            Next(JsonTokenType.StartArray, "a list of whole numbers");
            numbers.Clear();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                numbers.Add(reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) && number >= 0
                    ? number
                    : throw Wrong("a shape or an offset must be whole numbers from 0 to 2^63 - 1."));
            }

            return [.. numbers];
        }

        private string? Member()
        {
            reader.Read();
            return reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
        }

        private void Next(JsonTokenType type, string what)
        {
            reader.Read();
            if (reader.TokenType != type)
            {
                throw Wrong($"there must be {what}, was {reader.TokenType}.");
            }
        }

        private readonly CheckpointException Wrong(string problem) => new(file, problem, Key, At);
    }
}
