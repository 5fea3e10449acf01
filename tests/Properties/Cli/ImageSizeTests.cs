using Optim.Cli;
using Optim.Cli.Training.Sources;
using Optim.Networks;
using Optim.Properties.Checking;
using Optim.Properties.Checkpoints;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>Images of several sizes, brought to one.</summary>
public sealed class ImageSizeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ImageSizeTests()
    {
        // Five of 4 x 2 pixels, two of 2 x 2, one of 6 x 6.
        foreach (var (i, (kind, width, height)) in new[] { ("cat", 4, 2), ("cat", 2, 2), ("cat", 4, 2), ("cat", 6, 6), ("dog", 4, 2), ("dog", 4, 2), ("dog", 2, 2), ("dog", 4, 2) }.Index())
        {
            Directory.CreateDirectory(Path.Combine(folder["pets"], kind));
            File.WriteAllBytes(Path.Combine(folder["pets"], kind, $"{i}.bmp"), Bitmap(width, height, (byte)(10 * i)));
        }
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("usual", 4, 2, "3 of 8 brought to 4 x 2 pixels")]
    [InlineData("3", 3, 3, "8 of 8 brought to 3 x 3 pixels")]
    [InlineData("2x5", 2, 5, "8 of 8 brought to 2 x 5 pixels")]
    public void Images_are_brought_to_one_size_and_the_report_says_so(string size, int width, int height, string sentence)
    {
        var data = DataSource.Load(folder["pets"], new(ImageSize: ImageSize.Parse(size)), 1);
        Assert.Equal(new ImageShape(3, height, width), data.Shape);
        Assert.EndsWith(sentence, data.Source, StringComparison.Ordinal);

        // Images of one colour keep it.
        Assert.All(Enumerable.Range(0, data.Training.Count), i => Assert.Single(data.Training.Image(i).ToArray().Distinct()));
        Assert.Equal(data, DataSource.Load(folder["pets"], new(ImageSize: ImageSize.Parse(size)), 1));
    }

    [Theory]
    [InlineData("train")]
    [InlineData("compare", "--optimizers", "adam,sgd")]
    [InlineData("find-lr", "--repeats", "1", "--steps", "50")]
    [InlineData("tune", "--trials", "2")]
    public void Every_command_that_takes_data_takes_the_size(string command, params string[] options)
    {
        using StringWriter output = new(), error = new();
        string[] epochs = command == "find-lr" ? [] : ["--epochs", "1"];
        int code = Program.Run([command, "--data", folder["pets"], "--image-size", "8x8", "--model", "linear", .. epochs, .. options], output, error);
        Assert.Equal((0, ""), (code, error.ToString()));
    }

    [Fact]
    public void A_comparison_of_few_images_takes_them_in_one_batch_unless_a_batch_is_asked_for()
    {
        using StringWriter output = new(), error = new();
        string[] options = ["compare", "--data", folder["pets"], "--image-size", "usual", "--model", "linear", "--optimizers", "adam", "--epochs", "1"];
        Assert.Equal((0, ""), (Program.Run(options, output, error), error.ToString()));
        Assert.Matches(@"batches\s+of\s+6\b", output.ToString());
        Assert.Equal(ExitCode.Failed, Program.Run([.. options, "--batch-size", "7"], output, error));
        Assert.Contains("--batch-size must be a whole number from 1 to 6, was '7'.", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_resumed_run_has_its_size()
    {
        string[] run = ["train", "--data", folder["pets"], "--image-size", "usual", "--model", "linear", "--batch-size", "2", "--schedule", "constant", "--checkpoint", folder["run"], "--epochs", "1", "--json"];
        using StringWriter output = new(), error = new();
        Assert.Equal(0, Program.Run(run, output, error));
        Assert.Contains("--image-size usual", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, Program.Run(["train", "--checkpoint", folder["run"], "--resume", "--epochs", "2", "-q"], output, error));
        Assert.Equal("", error.ToString());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("4097")]
    [InlineData("3x")]
    [InlineData("3x4x5")]
    [InlineData("big")]
    [InlineData("")]
    public void What_is_no_size_is_refused(string text) =>
        Refused.With<FormatException>($"--image-size must be usual, a side or width x height, from 1 to 4096 pixels (28, 28x20), was '{text}'.", () => ImageSize.Parse(text));

    [Fact]
    public void A_size_is_for_folders_of_images()
    {
        File.WriteAllText(folder["t.csv"], "a,b\n1,2\n3,4\n");
        Refused.With<FormatException>("t.csv', which is a file", () => DataSource.Load(folder["t.csv"], new("b", ImageSize: new(2, 2)), 1));
        using var images = new ImageFolder();
        Refused.With<FormatException>("--image-size is for a folder of class folders", () => DataSource.Load(images.Path, new(ImageSize: new(2, 2)), 1));
    }

    [Fact]
    public void Pixels_are_means_weighted_by_a_triangle()
    {
        // Of four pixels two: weights 3/4, 3/4, 1/4 over 7/4 on the left, and the same from the right.
        Assert.Equal([36, 219], Resampling.Resize([0, 0, 255, 255, 0, 0, 255, 255], (4, 2), (2, 1), 1));
        Assert.Equal([36, 219], Resampling.Resize([0, 0, 0, 0, 255, 255, 255, 255], (2, 4), (1, 2), 1));

        // Of two pixels four: at 1/4, 3/4 and so on between the middles of the old ones.
        Assert.Equal([0, 50, 150, 200], Resampling.Resize([0, 200], (2, 1), (4, 1), 1));

        // A square of a wide image is its middle: the columns 2 and 3 of six.
        Assert.Equal([3, 4, 13, 14], Resampling.Resize([1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16], (6, 2), (2, 2), 1));

        // Channels do not mix.
        Assert.Equal([36, 100, 219, 100], Resampling.Resize([0, 100, 0, 100, 255, 100, 255, 100, 0, 100, 0, 100, 255, 100, 255, 100], (4, 2), (2, 1), 2));
    }

    [Fact]
    public void Any_size_becomes_any_other_within_the_values_that_were_there()
    {
        for (int seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            int width = random.Next(1, 40), height = random.Next(1, 40), channels = random.Next(1, 4);
            var to = (Width: random.Next(1, 40), Height: random.Next(1, 40));
            byte[] pixels = [.. Enumerable.Range(0, width * height * channels).Select(_ => (byte)random.Next(50, 200))];
            byte[] resized = Resampling.Resize(pixels, (width, height), to, channels);
            Assert.Equal(to.Width * to.Height * channels, resized.Length);
            Assert.All(resized, value => Assert.InRange(value, pixels.Min(), pixels.Max()));
            Assert.Same(pixels, Resampling.Resize(pixels, (width, height), (width, height), channels));
            Assert.All(Resampling.Resize([.. pixels.Select(_ => (byte)77)], (width, height), to, channels), value => Assert.Equal(77, value));

            // An image seen in a mirror becomes the mirror's image.
            byte[] mirrored = Resampling.Resize(Mirrored(pixels, width, channels), (width, height), to, channels);
            Assert.All(Mirrored(resized, to.Width, channels).Zip(mirrored), pair => Assert.InRange(pair.Second, pair.First - 1, pair.First + 1));
        }

        static byte[] Mirrored(byte[] pixels, int width, int channels) => [.. pixels.Chunk(width * channels).SelectMany(row => row.Chunk(channels).Reverse().SelectMany(pixel => pixel))];
    }

    /// <summary>A bitmap of one grey, 24 bits a pixel.</summary>
    private static byte[] Bitmap(int width, int height, byte grey)
    {
        int row = ((3 * width) + 3) / 4 * 4, size = 54 + (row * height);
        byte[] file = [.. "BM"u8, .. BitConverter.GetBytes(size), 0, 0, 0, 0, .. BitConverter.GetBytes(54), .. BitConverter.GetBytes(40), .. BitConverter.GetBytes(width), .. BitConverter.GetBytes(height), 1, 0, 24, 0, .. new byte[24], .. new byte[row * height]];
        file.AsSpan(54).Fill(grey);
        return file;
    }
}
