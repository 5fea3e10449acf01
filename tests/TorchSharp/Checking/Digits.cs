using System.Globalization;
using System.IO.Compression;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace BridgeTests.Checking;

/// <summary>The 8 x 8 digits that the command carries: 80% to train on, the rest held out.</summary>
internal sealed record Digits(Tensor X, Tensor Y, Tensor TestX, Tensor TestY)
{
    private static readonly Lazy<Digits> Loaded = new(Load);

    public static Digits All => Loaded.Value;

    /// <summary>Batches in an order that depends on nothing but the epoch.</summary>
    public IEnumerable<(Tensor X, Tensor Y)> Batches(int size, int epochs)
    {
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            int[] order = [.. Enumerable.Range(0, (int)X.shape[0])];
            new Random(1 + epoch).Shuffle(order);
            for (int i = 0; i + size <= order.Length; i += size)
            {
                using var index = tensor(Array.ConvertAll(order[i..(i + size)], v => (long)v));
                using Tensor x = X[index], y = Y[index];
                yield return (x, y);
            }
        }
    }

    public double Accuracy(nn.Module<Tensor, Tensor> model)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        return (model.call(TestX).argmax(1) == TestY).to(ScalarType.Float32).mean().item<float>();
    }

    private static Digits Load()
    {
        // Small batches: what OpenMP's barriers cost is more than they gain. And the bits of a run are to be the same twice.
        set_num_threads(1);
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "digits.csv.gz")), CompressionMode.Decompress));
        List<float> x = [];
        List<long> y = [];
        while (reader.ReadLine() is { } line)
        {
            int[] row = [.. line.Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
            x.AddRange(row[..64].Select(v => v / 16f));
            y.Add(row[64]);
        }

        int test = y.Count / 5, train = y.Count - test;
        using Tensor images = tensor(x.ToArray()).view(-1, 1, 8, 8), labels = tensor(y.ToArray());
        return new(images[..train].contiguous(), labels[..train].contiguous(), images[train..].contiguous(), labels[train..].contiguous());
    }
}
