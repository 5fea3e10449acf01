using System.Globalization;
using System.IO.Compression;
using Optim.Networks;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Training;

/// <summary>Fashion-MNIST where it is installed, else the 8 x 8 digits that come with the command.</summary>
internal sealed record Images(string Name, Tensor X, Tensor Y, Tensor TestX, Tensor TestY)
{
    private const string Folder = "/usr/share/datasets/fashion-mnist";

    public static Images Load()
    {
        if (Directory.Exists(Folder))
        {
            var data = Idx.Load(new DirectoryInfo(Folder));
            var (x, y) = Tensors(data.Training);
            var (testX, testY) = Tensors(data.Test);
            return new("Fashion-MNIST", x, y, testX, testY);
        }

        Console.WriteLine($"There is no {Folder} (on Debian: apt-get install dataset-fashion-mnist; elsewhere the four files of github.com/zalandoresearch/fashion-mnist): the digits, then.");
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "digits.csv.gz")), CompressionMode.Decompress));
        List<byte> pixels = [], labels = [];
        while (reader.ReadLine() is { } line)
        {
            byte[] row = [.. line.Split(',').Select(text => byte.Parse(text, CultureInfo.InvariantCulture))];
            pixels.AddRange(row[..64].Select(value => (byte)(value * 15)));
            labels.Add(row[64]);
        }

        int train = labels.Count * 4 / 5;
        var (allX, allY) = Tensors(new Examples(new ImageShape(1, 8, 8), [.. pixels], [.. labels]));
        return new("8 x 8 digits", allX[..train], allY[..train], allX[train..], allY[train..]);
    }

    /// <summary>The batch of a step: it depends on the step alone, so that a run that is resumed sees the same.</summary>
    public (Tensor X, Tensor Y) Batch(int step, int size)
    {
        var random = new Random(step);
        var index = tensor(Enumerable.Range(0, size).Select(_ => random.NextInt64(X.shape[0])).ToArray());
        return (X[index], Y[index]);
    }

    private static (Tensor X, Tensor Y) Tensors(Examples examples)
    {
        using var scope = NewDisposeScope();
        byte[] pixels = [.. Enumerable.Range(0, examples.Count).SelectMany(i => examples.Image(i).ToArray())];
        var x = tensor(pixels).to(ScalarType.Float32).div(255).view(-1, 1, examples.Shape.Height, examples.Shape.Width);
        return (x.MoveToOuterDisposeScope(), tensor(examples.Labels.ToArray()).to(ScalarType.Int64).MoveToOuterDisposeScope());
    }
}
