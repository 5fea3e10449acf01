using System.Buffers.Binary;
using Google.Protobuf;
using Optim.Cli.Reports;
using Optim.Reports;
using Optim.Reports.TensorBoard;
using Xunit;

namespace Optim.Properties.Reporting;

/// <summary>Files for TensorBoard, read back without the classes that wrote them.</summary>
public sealed class EventFileTests : IDisposable
{
    private static readonly DateTimeOffset Started = DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000.25);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("optim-events-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("313233343536373839", 0xE3069283)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8A9136AA)]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", 0x62A8AB43)]
    [InlineData("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", 0x46DD794E)]
    public void Sums_are_those_of_RFC_3720(string bytes, uint sum) => Assert.Equal(sum, RecordStream.Crc32C(Convert.FromHexString(bytes)));

    [Fact]
    public void A_record_begins_as_every_event_file_of_TensorFlows_does()
    {
        // The first record of each holds the time and "brain.Event:2": 24 bytes.
        using var stream = new MemoryStream();
        RecordStream.Write(stream, new byte[24]);
        Assert.Equal("1800000000000000A37F4B22", Convert.ToHexString(stream.ToArray()[..12]));
    }

    [Fact]
    public void A_run_of_a_table_is_read_back_point_by_point()
    {
        (string Run, int Step, double Loss, double? Accuracy)[] rows = [("Adam", 0, 2.5, 0.1), ("Adam", 1, 0.125, null), ("SGD/x", 0, double.NaN, 0.25), ("SGD/x", 1, 1e300, 0.5)];
        var table = DataTable.Of(
            "curves", rows,
            Column.Text<(string Run, int Step, double Loss, double? Accuracy)>("optimizer", row => row.Run), Column.Whole<(string Run, int Step, double Loss, double? Accuracy)>("epoch", row => row.Step),
            Column.Number<(string Run, int Step, double Loss, double? Accuracy)>("loss", row => row.Loss), Column.Number<(string Run, int Step, double Loss, double? Accuracy)>("accuracy", row => row.Accuracy));
        var runs = ScalarRun.Of(table, "optimizer", "epoch", Started);
        Assert.Equal(["Adam", "SGD-x"], runs.Select(run => run.FolderName));
        foreach (var run in runs)
        {
            run.Write(folder, Started);
        }

        string file = Assert.Single(Directory.GetFiles(Path.Combine(folder.FullName, "Adam")));
        Assert.Equal($"events.out.tfevents.1700000000.{Environment.MachineName}", Path.GetFileName(file));
        Assert.Equal([("version brain.Event:2", 0, 0), ("loss", 0, 2.5f), ("accuracy", 0, 0.1f), ("loss", 1, 0.125f)], Events(file));
        Assert.Equal(
            [("version brain.Event:2", 0, 0), ("loss", 0, float.NaN), ("accuracy", 0, 0.25f), ("loss", 1, float.PositiveInfinity), ("accuracy", 1, 0.5f)],
            Events(Assert.Single(Directory.GetFiles(Path.Combine(folder.FullName, "SGD-x")))));
    }

    [Fact]
    public void A_second_run_of_the_same_second_gets_a_file_of_its_own()
    {
        var run = new ScalarRun("run", [new("loss", 7, 0.5, Started)]);
        run.Write(folder, Started);
        run.Write(folder, Started);
        string[] files = Directory.GetFiles(Path.Combine(folder.FullName, "run"));
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.Equal(("loss", 7, 0.5f), Events(file)[1]));
    }

    [Theory]
    [InlineData("Adam", "Adam")]
    [InlineData("a/b\\c:d", "a-b-c-d")]
    [InlineData("..", "run")]
    [InlineData("", "run")]
    public void A_runs_folder_can_be_one_on_every_system(string name, string folderName) => Assert.Equal(folderName, new ScalarRun(name, []).FolderName);

    /// <summary>The events of a file, their sums verified: the tag, the step and the value of each.</summary>
    internal static List<(string Tag, long Step, float Value)> Events(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        var events = new List<(string, long, float)>();
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            AssertSum(file.AsSpan(at, 8), file.AsSpan(at + 8));
            AssertSum(file.AsSpan(at + 12, length), file.AsSpan(at + 12 + length));
            events.Add(Event(file.AsSpan(at + 12, length).ToArray()));
            at += length + 16;
        }

        return events;
    }

    private static void AssertSum(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> stored)
    {
        // By the definition, bit by bit.
        uint sum = uint.MaxValue;
        foreach (byte b in bytes)
        {
            sum ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ ((sum & 1) * 0x82F63B78);
            }
        }

        sum = ~sum;
        Assert.Equal(unchecked(((sum >> 15) | (sum << 17)) + 0xa282ead8u), BinaryPrimitives.ReadUInt32LittleEndian(stored));
    }

    /// <summary>Event: wall_time = 1 (double), step = 2 (int64), file_version = 3 (string), summary = 5; Summary: value = 1; Value: tag = 1, simple_value = 2 (float).</summary>
    private static (string Tag, long Step, float Value) Event(byte[] message)
    {
        var input = new CodedInputStream(message);
        (string tag, long step, float value) = ("", 0, 0);
        for (uint field = input.ReadTag(); field != 0; field = input.ReadTag())
        {
            switch (field)
            {
                case (1 << 3) | 1: Assert.Equal(1_700_000_000.25, input.ReadDouble()); break;
                case (2 << 3) | 0: step = input.ReadInt64(); break;
                case (3 << 3) | 2: tag = "version " + input.ReadString(); break;
                case (5 << 3) | 2: (tag, value) = Summary(input.ReadBytes().ToByteArray()); break;
                default: Assert.Fail(FormattableString.Invariant($"Field {field}.")); break;
            }
        }

        return (tag, step, value);
    }

    private static (string Tag, float Value) Summary(byte[] message)
    {
        var input = new CodedInputStream(message);
        Assert.Equal((1u << 3) | 2, input.ReadTag());
        input = new CodedInputStream(input.ReadBytes().ToByteArray());
        Assert.Equal((1u << 3) | 2, input.ReadTag());
        string tag = input.ReadString();
        Assert.Equal((2u << 3) | 5, input.ReadTag());
        float value = input.ReadFloat();
        Assert.True(input.IsAtEnd);
        return (tag, value);
    }
}
