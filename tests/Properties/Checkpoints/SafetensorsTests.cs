using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Optim.Checkpoints;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Checkpoints;

/// <summary>The format: what is read, what is written, what is refused and in which words.</summary>
public class SafetensorsTests(ITestOutputHelper output)
{
    private const string Two = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F64","shape":[],"data_offsets":[8,16]}}""";

    [Theory]
    [InlineData("BOOL", "00 01", new[] { 0.0, 1 })]
    [InlineData("U8", "00 FF", new[] { 0.0, 255 })]
    [InlineData("I8", "80 7F", new[] { -128.0, 127 })]
    [InlineData("U16", "FF FF 01 00", new[] { 65535.0, 1 })]
    [InlineData("I16", "00 80 FF 7F", new[] { -32768.0, 32767 })]
    [InlineData("U32", "FF FF FF FF", new[] { 4294967295.0 })]
    [InlineData("I32", "00 00 00 80", new[] { -2147483648.0 })]
    [InlineData("U64", "FF FF FF FF FF FF FF FF", new[] { 18446744073709551616.0 })]
    [InlineData("I64", "00 00 00 00 00 00 00 80", new[] { -9223372036854775808.0 })]
    [InlineData("F16", "00 3C 00 C0 01 00 00 7C", new[] { 1, -2, 5.9604644775390625E-08, double.PositiveInfinity })]
    [InlineData("BF16", "80 3F 49 40 80 FF", new[] { 1, 3.140625, double.NegativeInfinity })]
    [InlineData("F32", "00 00 80 3F 01 00 00 00", new[] { 1, 1.401298464324817E-45 })]
    [InlineData("F64", "18 2D 44 54 FB 21 09 40 00 00 00 00 00 00 00 80", new[] { Math.PI, -0.0 })]
    [InlineData("F8_E5M2", "3C C0 01 7C", new[] { 1, -2, 1.52587890625E-05, double.PositiveInfinity })]
    [InlineData("F8_E4M3", "38 C0 01 7E FF", new[] { 1, -2, 0.001953125, 448, double.NaN })]
    public void Every_type_of_number_is_read(string type, string hex, double[] expected)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        string header = string.Create(CultureInfo.InvariantCulture, $$$"""{"x":{"dtype":"{{{type}}}","shape":[{{{expected.Length}}}],"data_offsets":[0,{{{bytes.Length}}}]}}""");
        using var file = InMemory.Opened(FileOf(header, bytes));
        Assert.Equal(expected.Select(BitConverter.DoubleToInt64Bits), file.Read<double>("x").ToArray().Select(x => BitConverter.DoubleToInt64Bits(double.IsNaN(x) ? double.NaN : x)));
        Assert.Equal(expected.Select(x => (float)x), file.Read<float>("x").ToArray());
        Assert.Equal(expected.Select(x => (float)x), file.ReadVector<float>("x").ToArray());
        Assert.True(file.Tensors[0].IsNumeric);
        Assert.Equal(bytes, file.ReadBytes("x"));
        Assert.Equal((type, expected.Length, bytes.Length), (file.Tensors[0].Type.ToString(), (int)file.Tensors[0].ElementCount, (int)file.Tensors[0].ByteLength));
    }

    [Theory]
    [InlineData("C64", 8)]
    [InlineData("F8_E8M0", 1)]
    [InlineData("F4", 1, 2)]
    [InlineData("F6_E2M3", 3, 4)]
    public void What_is_no_number_is_listed_and_its_bytes_are_read(string type, int bytes, int elements = 1)
    {
        using var file = InMemory.Opened(FileOf(
            string.Create(CultureInfo.InvariantCulture, $$$"""{"x":{"dtype":"{{{type}}}","shape":[{{{elements}}}],"data_offsets":[0,{{{bytes}}}]}}"""), new byte[bytes]));
        Assert.Equal(bytes, file.ReadBytes("x").Length);
        Assert.Equal(elements, file.Tensors[0].ElementCount);
        Assert.False(file.Tensors[0].IsNumeric);
        Refused.With<CheckpointException>("not read as numbers", () => file.Read<double>("x"));
        Refused.With<CheckpointException>("not read as numbers", () => file.ReadVector<double>("x"));
        Refused.With<CheckpointException>("there is no such tensor; the nearest are 'x'", () => file.ReadVector<double>("y"));
    }

    [Fact]
    public void A_tensor_without_a_name_or_of_a_shape_that_memory_has_not_is_read_as_a_vector()
    {
        const string Header = """{"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"none":{"dtype":"F32","shape":[0,9000000000],"data_offsets":[4,4]}}""";
        using var file = InMemory.Opened(FileOf(Header, [0, 0, 0x80, 0x3F]));
        Assert.Equal([1.0], file.ReadVector<double>("").ToArray());
        Assert.Empty(file.ReadVector<double>("none").ToArray());
        Assert.Throws<CheckpointException>(() => file.Read<double>(""));
        Assert.Throws<CheckpointException>(() => file.Read<double>("none"));
    }

    [Theory]
    [InlineData("", 8, "must begin with '{'")]
    [InlineData(" {}", 0, "must begin with '{'")]
    [InlineData("{", 0, "not sound JSON")]
    [InlineData("{}", 5, "5 bytes more")]
    [InlineData("{} x", 0, "not sound JSON")]
    [InlineData("[]", 0, "must begin with '{'")]
    [InlineData("""{"a":1}""", 0, "there must be an object of dtype, shape and data_offsets, was Number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "must end within the file, at 7 or before, but end at 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "1 bytes more")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}""", 9, "there is a gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "they overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[9,17]}}""", 17, "there is a gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "not before it")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", 8, "must be the begin and the end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "must have 12 bytes, had 8")]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}""", 2, "must have 2 bytes, had 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "must be less than 2^63")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,9223372036854775807,0],"data_offsets":[0,0]}}""", 0, "must be less than 2^63")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,0]}}""", 0, "whole numbers from 0 to 2^63 - 1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}""", 0, "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", 4, "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", 4, "at byte")]
    [InlineData("""{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", 4, "dtype must be one of BOOL, F4")]
    [InlineData("""{"a":{"dtype":"15","shape":[1],"data_offsets":[0,4]}}""", 4, "dtype must be one of")]
    [InlineData("""{"a":{"dtype":15,"shape":[1],"data_offsets":[0,4]}}""", 4, "a type's name")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "must have dtype, shape and data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "once each and nothing else, had 'shape'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"order":"C","data_offsets":[0,4]}}""", 4, "nothing else, had 'order'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "'a': the name must occur once")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "must occur once")]
    [InlineData("""{"__metadata__":{"x":1}}""", 0, "there must be a text")]
    [InlineData("""{"__metadata__":{"x":"1","x":"2"}}""", 0, "the entry 'x' must occur once")]
    [InlineData("""{"__metadata__":null}""", 0, "an object of texts")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "must occur once")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "not sound JSON")]
    [InlineData("""{/**/}""", 0, "not sound JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},}""", 0, "not sound JSON")]
    public void What_the_format_forbids_is_refused(string header, int dataLength, string problem)
    {
        var error = Refused.With<CheckpointException>(problem, () => InMemory.Opened(FileOf(header, new byte[dataLength])));
        Assert.StartsWith("memory: ", error.Message, StringComparison.Ordinal);
        Assert.Equal("memory", error.FileName);
    }

    [Fact]
    public void Lengths_that_lie_are_refused_before_anything_is_allocated()
    {
        foreach (ulong length in new ulong[] { 100_000_001, ulong.MaxValue, 1UL << 63, 9 })
        {
            byte[] bytes = new byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var error = Assert.Throws<CheckpointException>(() => InMemory.Opened(bytes));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
            Assert.Equal(0, error.Offset);
        }

        Refused.With<CheckpointException>("has 8 bytes or more, this one has 3", () => InMemory.Opened(new byte[3]));
        Refused.With<CheckpointException>("at byte 36", () => InMemory.Opened(FileOf("""{"a":{"dtype":"F32","shape":7}}""", [])));
    }

    [Fact]
    public void A_header_as_long_as_one_may_be_takes_no_more_memory_than_promised()
    {
        // As many tensors as fit 4 MB, of the shortest names, and then a shape of two million dimensions.
        var many = new StringBuilder("{");
        for (int i = 0; many.Length < 4_000_000; i++)
        {
            many.Append(CultureInfo.InvariantCulture, $$"""{{(i > 0 ? "," : "")}}"{{i:x}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}""");
        }

        string shape = """{"a":{"dtype":"U8","shape":[""" + string.Join(',', Enumerable.Repeat("0", 2_000_000)) + """],"data_offsets":[0,0]}}""";
        foreach (string header in new[] { many.Append('}').ToString(), shape, new string('[', 4_000_000), "{" + string.Concat(Enumerable.Repeat("\"a\":{", 800_000)) })
        {
            byte[] bytes = FileOf(header, []);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                InMemory.Opened(bytes).Dispose();
            }
            catch (CheckpointException)
            {
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes.Length} bytes: {allocated} allocated, {(double)allocated / bytes.Length:0.0} a byte"));
            Assert.InRange(allocated, 0, (17L * bytes.Length) + (1 << 20));
        }
    }

    [Fact]
    public void What_is_written_is_read() => Law.Check(output, Cases.Of(AnySet), set =>
    {
        using TemporaryFolder folder = new();
        var metadata = new Dictionary<string, string> { ["a \"text\" ☃"] = "\u0000\t\n\\ 🙂" };
        Safetensors.Save(folder["a"], set, metadata);
        Assert.Equal(set, Safetensors.Load<double>(folder["a"]));
        Assert.Equal(set, Safetensors.Load<double>(folder["a"], set.Layout));
        using var file = SafetensorsFile.Open(folder["a"]);
        Assert.Equal(metadata, file.Metadata);
        Assert.Equal(0, (new FileInfo(folder["a"]).Length - set.Length * sizeof(double)) % 8);
        Assert.Equal(["a"], Directory.GetFiles(folder.Path).Select(path => Path.GetFileName(path)));
    }, 50);

    [Fact]
    public void A_mapped_file_reads_as_any_other()
    {
        using TemporaryFolder folder = new();
        var set = AnySet(new Draw(7, 100));
        Safetensors.Save(folder["a"], set);
        using var mapped = SafetensorsFile.Of(ByteSource.Open(folder["a"], leastMapped: 0), "mapped");
        Assert.All(set, tensor => Assert.Equal(tensor, mapped.Read<double>(tensor.Name)));
        mapped.Dispose();
        Assert.Throws<ObjectDisposedException>(() => mapped.Read<double>(set.First(tensor => tensor.Length > 0).Name));
    }

    [Fact]
    public void A_layout_is_held_to_and_the_report_says_what_does_not_fit()
    {
        using TemporaryFolder folder = new();
        Safetensors.Save(folder["a"], TensorSet.OfTensors(Given.Vector("w", 1.0f, 2), Given.Vector("b", 3.0f)));
        Assert.Equal([3.0, 1, 2], Safetensors.Load<double>(folder["a"], Layout.Of(new("b", 1), new("w", 2))).ToArray());
        var error = Assert.Throws<CheckpointException>(() => Safetensors.Load<double>(folder["a"], Layout.Of(new TensorShape("w", 1, 2), new TensorShape("c", 1))));
        Assert.Contains("missing: c; unexpected: b; reshaped: w (F32 [2], expected F64 [1, 2])", error.Message, StringComparison.Ordinal);
        Assert.Equal(["c"], error.Report!.Missing);
        Assert.Equal(["b"], error.Report.Unexpected);
        Assert.Single(error.Report.Reshaped);
    }

    [Fact]
    public void Names_that_cannot_be_keys_and_files_that_are_none_are_refused()
    {
        using TemporaryFolder folder = new();
        foreach (string name in new[] { "__metadata__", "\ud800" })
        {
            Assert.Throws<ArgumentException>(() => Safetensors.Save(folder["a"], TensorSet.OfTensors(Given.Vector(name, 1.0))));
        }

        Assert.Empty(Directory.GetFiles(folder.Path));
        Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(folder["a"]));
        Assert.Throws<UnauthorizedAccessException>(() => SafetensorsFile.Open(folder.Path));
        using var nameless = InMemory.Opened(FileOf("""{"":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}""", [1]));
        Refused.With<CheckpointException>("must have a name", () => nameless.Read<float>(""));
        Refused.With<CheckpointException>("'ab': there is no such tensor; the nearest are ''", () => nameless.Read<float>("ab"));
        using var two = InMemory.Opened(FileOf(Two, new byte[16]));
        Assert.Equal("a F32 [2]", two.Tensors[0].ToString());
        Assert.Equal(0.0, two.Read<double>("b").Span[0]);
        using var flag = InMemory.Opened(FileOf("""{"t":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}}""", [2]));
        Refused.With<CheckpointException>("'t': a truth value must be 0 or 1, was 2", () => flag.Read<float>("t"));
    }

    internal static byte[] FileOf(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }

    private static TensorSet<double> AnySet(Draw draw)
    {
        string[] names = ["0", "layer.weight", "ü/☃/🙂", "a b", "\"", "\\", "\n", "x%2Fy", "é", "e\u0301"];
        return TensorSet.OfTensors([.. names.Take(draw.Integer(0, names.Length)).Select(name =>
        {
            int[] dimensions = [.. Enumerable.Range(0, draw.Integer(0, 3)).Select(_ => draw.Integer(0, 4))];
            var shape = new TensorShape(name, dimensions);
            return Tensor.OfSpan<double>(shape, draw.Numbers(shape.Length, draw.Wide));
        })]);
    }
}
