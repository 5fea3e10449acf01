using System.IO.Compression;
using Optim.Cli.Training;
using Optim.Networks;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Training;

public sealed class IdxTests(ITestOutputHelper output) : IDisposable
{
    private const string Images = "images-idx3-ubyte", Labels = "labels-idx1-ubyte";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void What_was_written_is_read_plain_or_compressed_under_either_spelling() => Law.Check(output, Cases.Of(AnyData), data =>
    {
        Write(data);
        var read = Idx.Load(folder);
        foreach (var (part, examples) in new[] { (data.Training, read.Training), (data.Test, read.Test) })
        {
            Assert.Equal(new ImageShape(1, part.Images.Sizes[1], part.Images.Sizes[2]), examples.Shape);
            Assert.Equal(part.Labels.Values, examples.Labels.ToArray());
            Assert.Equal(part.Images.Values, Enumerable.Range(0, examples.Count).SelectMany(i => examples.Image(i).ToArray()));
        }
    });

    [Fact]
    public void A_file_with_any_byte_changed_or_cut_or_added_is_read_or_refused_by_name() => Law.Check(
        output, Cases.Of(draw => (Data: AnyData(draw), File: draw.Integer(0, 3), Kind: draw.Integer(0, 3), At: draw.Fraction(), Value: (byte)draw.Integer(0, 255))), x =>
        {
            Write(x.Data);
            var file = folder.GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal).ElementAt(x.File);
            byte[] bytes = File.ReadAllBytes(file.FullName);

            // Half of the changes to headers, where sizes are.
            int at = (int)(x.At * (x.Value % 2 == 0 ? bytes.Length : Math.Min(bytes.Length, 16)));
            File.WriteAllBytes(file.FullName, x.Kind switch
            {
                0 => [.. bytes[..at], x.Value, .. bytes[(at + 1)..]],
                1 => bytes[..at],
                2 => [.. bytes, x.Value],
                _ => [.. bytes[..at], x.Value, .. bytes[at..]],
            });
            try
            {
                Idx.Load(folder);
            }
            catch (IdxException e)
            {
                Assert.Contains(folder.FullName, e.Message, StringComparison.Ordinal);
            }
        }, count: 400);

    [Theory]
    [InlineData("must begin with two bytes of 0, a type and a number of dimensions, as IDX files do, began with 01000803.", 0, 1)]
    [InlineData("must hold unsigned bytes (type 0x08 at byte 2), was type 0x0D.", 2, 0x0D)]
    [InlineData("must have 3 dimension(s) (byte 3), was 1.", 3, 1)]
    [InlineData("must hold 100 bytes after its header, as that says, ended after 80.", 7, 5)]
    [InlineData("must end after the 60 bytes that its header speaks of, goes on.", 7, 3)]
    [InlineData("must hold fewer than 2 GiB, its header says 2130706436 x 4 x 5 bytes.", 4, 127)]
    [InlineData("must hold 335544400 bytes after its header, as that says, ended after 80.", 4, 1)]
    public void A_wrong_header_is_refused_with_what_it_says(string sentence, int at, byte value)
    {
        WriteSample();
        Change("train-" + Images, bytes => bytes[at] = value);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Refused.With<IdxException>(sentence, () => Idx.Load(folder));
        Assert.StartsWith($"'{Path.Combine(folder.FullName, "train-" + Images)}' must ", error.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 20_000_000, "A header's word was believed.");
    }

    [Fact]
    public void A_file_that_ends_early_is_refused_with_where_it_ended()
    {
        foreach (var (length, sentence) in new[]
        {
            (0, "began with nothing."), (3, "began with 000008."), (10, "must have a header of 16 bytes, ended after 10."), (16, "must hold 80 bytes after its header, as that says, ended after 0."),
            (95, "must hold 80 bytes after its header, as that says, ended after 79."),
        })
        {
            WriteSample();
            string path = Path.Combine(folder.FullName, "train-" + Images);
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);
            Refused.With<IdxException>(sentence, () => Idx.Load(folder));
        }
    }

    [Fact]
    public void Labels_and_images_must_go_together()
    {
        WriteSample();
        WriteFile("t10k-" + Labels, new([3], [0, 1, 2]));
        Refused.With<IdxException>("must hold a label for each image of ", () => Idx.Load(folder));
        Refused.With<IdxException>("held 3 labels for 4 images.", () => Idx.Load(folder));
        WriteSample();
        WriteFile("t10k-" + Images, new([4, 5, 5], new byte[100]));
        Refused.With<IdxException>("must have the same shape, were 4x5x1 and 5x5x1.", () => Idx.Load(folder));
        WriteSample();
        WriteFile("train-" + Images, new([0, 4, 5], []));
        WriteFile("train-" + Labels, new([0], []));
        Refused.With<IdxException>("must hold at least one image of at least one pixel, was 0 x 4 x 5.", () => Idx.Load(folder));
    }

    [Fact]
    public void What_is_missing_is_named_with_all_its_spellings()
    {
        Refused.With<IdxException>(
            "must hold one of train-images-idx3-ubyte, train-images-idx3-ubyte.gz, train-images.idx3-ubyte, train-images.idx3-ubyte.gz, and holds none.", () => Idx.Load(folder));
        Refused.With<IdxException>("The folder of the data must exist, was '", () => Idx.Load(new(Path.Combine(folder.FullName, "none"))));
        WriteSample();
        File.Delete(Path.Combine(folder.FullName, "t10k-" + Labels));
        Refused.With<IdxException>("must hold one of t10k-labels-idx1-ubyte, ", () => Idx.Load(folder));
    }

    [Fact]
    public void What_is_not_compressed_is_not_decompressed()
    {
        WriteSample();
        string path = Path.Combine(folder.FullName, "train-" + Images);
        File.Move(path, path + ".gz");
        Refused.With<IdxException>("train-images-idx3-ubyte.gz' must be compressed by gzip: ", () => Idx.Load(folder));
    }

    [Fact]
    public void What_unpacks_to_far_more_than_data_does_is_refused_before_it_is_unpacked()
    {
        WriteSample();
        string path = Path.Combine(folder.FullName, "train-" + Images);
        File.Delete(path);
        using (var stream = new GZipStream(File.Create(path + ".gz"), CompressionLevel.Optimal))
        {
            byte[] zeros = new byte[1 << 20];
            stream.Write([0, 0, 8, 3, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 0, 100]);
            for (int i = 0; i < 100; i++)
            {
                stream.Write(zeros);
            }
        }

        long before = GC.GetTotalAllocatedBytes();
        Refused.With<IdxException>("200 times its own, its header says 104857600: data is not compressed that far. If it is meant, unpack it by gunzip and load that file.", () => Idx.Load(folder));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 50 << 20);
    }

    [Fact]
    public void Classes_are_numbers_or_what_the_folder_says()
    {
        WriteSample();
        var sample = Idx.Load(folder);
        Assert.Equal(1 + Math.Max(sample.Training.Labels.ToArray().Max(), sample.Test.Labels.ToArray().Max()), sample.Classes.Count);
        Assert.Equal(Enumerable.Range(0, sample.Classes.Count).Select(label => label.ToString(System.Globalization.CultureInfo.InvariantCulture)), sample.Classes);
        Change("train-" + Labels, bytes => bytes[8] = 11);
        Assert.Equal(12, Idx.Load(folder).Classes.Count);

        string names = Path.Combine(folder.FullName, Idx.ClassFile);
        File.WriteAllText(names, "cat\n dog \r\nfish\n\nbird\n");
        Refused.With<IdxException>("labels must be below 4, the number of classes in 'labels.txt', was 11.", () => Idx.Load(folder));
        Change("train-" + Labels, bytes => bytes[8] = 0);
        Assert.Equal(["cat", "dog", "fish", "bird"], Idx.Load(folder).Classes);
        File.WriteAllText(names, "cat\ncat\nfish\nbird\n");
        Refused.With<IdxException>("must hold two classes or more with different names.", () => Idx.Load(folder));
    }

    [Fact]
    public void A_folder_named_fashion_is_fashion_mnist()
    {
        WriteSample();
        var inner = folder.CreateSubdirectory("FashionMNIST").CreateSubdirectory("raw");
        foreach (var file in folder.GetFiles())
        {
            file.MoveTo(Path.Combine(inner.FullName, file.Name));
        }

        var data = Idx.Load(inner);
        Assert.Equal(("Fashion-MNIST", "Ankle boot", "MIT"), (data.Name, data.Classes[9], data.License));
        File.WriteAllBytes(Path.Combine(inner.FullName, "t10k-" + Labels), [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 10, 2]);
        Refused.With<IdxException>("labels must be below 10, the number of classes, was 10.", () => Idx.Load(inner));
    }

    private static (Part Training, Part Test, int Spelling) AnyData(Draw draw)
    {
        int height = draw.Integer(1, 9), width = draw.Integer(1, 9);
        return (Part(draw.Integer(1, 30)), Part(draw.Integer(1, 5)), draw.Integer(0, 255));

        Part Part(int count)
        {
            byte[] Bytes(int length, int most) => [.. Enumerable.Range(0, length).Select(_ => (byte)draw.Integer(0, most))];
            return new(new([count, height, width], Bytes(count * height * width, 255)), new([count], Bytes(count, 9)));
        }
    }

    private void Write((Part Training, Part Test, int Spelling) data)
    {
        foreach (var file in folder.GetFiles())
        {
            file.Delete();
        }

        int spelling = data.Spelling;
        foreach (var (name, array) in new[] { ("train-" + Images, data.Training.Images), ("train-" + Labels, data.Training.Labels), ("t10k-" + Images, data.Test.Images), ("t10k-" + Labels, data.Test.Labels) })
        {
            WriteFile(((spelling & 1) == 0 ? name : name.Replace("-idx", ".idx", StringComparison.Ordinal)) + ((spelling & 2) == 0 ? "" : ".gz"), array);
            spelling >>= 2;
        }
    }

    private void WriteSample() => Write((new(new([4, 4, 5], new byte[80]), new([4], [0, 1, 2, 3])), new(new([4, 4, 5], new byte[80]), new([4], [0, 1, 2, 3])), 0));

    private void WriteFile(string name, IdxArray array)
    {
        using var file = File.Create(Path.Combine(folder.FullName, name));
        using Stream stream = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        IdxFile.Write(stream, array);
    }

    private void Change(string name, Action<byte[]> change)
    {
        string path = Path.Combine(folder.FullName, name);
        byte[] bytes = File.ReadAllBytes(path);
        change(bytes);
        File.WriteAllBytes(path, bytes);
    }

    private sealed record Part(IdxArray Images, IdxArray Labels);
}
