using System.IO.Compression;
using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Properties.Cli;

/// <summary>A folder of small images as MNIST's files have them: of each of four classes, a bright quarter of a noisy square.</summary>
internal sealed class ImageFolder : IDisposable
{
    public const int Training = 160, Test = 40;

    private const int Side = 8, Classes = 4;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    public ImageFolder(long seed = 1)
    {
        var random = new SeededRandom(seed, 0);
        Write("train", Training, random);
        Write("t10k", Test, random);
    }

    public string Path => folder.FullName;

    public string this[string file] => System.IO.Path.Combine(Path, file);

    public void Dispose() => folder.Delete(recursive: true);

    private void Write(string part, int count, SeededRandom random)
    {
        byte[] pixels = new byte[count * Side * Side], labels = new byte[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = (byte)(i % Classes);
            for (int j = 0; j < Side * Side; j++)
            {
                int quarter = (j / Side / (Side / 2) * 2) + (j % Side / (Side / 2));
                pixels[(i * Side * Side) + j] = (byte)((quarter == labels[i] ? 120 : 0) + (int)(130 * random.NextDouble()));
            }
        }

        using (var images = new GZipStream(File.Create(this[$"{part}-images-idx3-ubyte.gz"]), CompressionLevel.Fastest))
        {
            IdxFile.Write(images, new([count, Side, Side], pixels));
        }

        using var classes = File.Create(this[$"{part}-labels-idx1-ubyte"]);
        IdxFile.Write(classes, new([count], labels));
    }
}
