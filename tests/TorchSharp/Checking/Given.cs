using Optim.TorchSharp;
using Optim;
using TorchSharp;
using static TorchSharp.torch.nn;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;
using TorchModule = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace BridgeTests.Checking;

/// <summary>Models, and loops over the digits.</summary>
internal static class Given
{
    /// <summary>6,090 parameters in 6 tensors; the same for the same seed.</summary>
    public static TorchModule Cnn(int seed = 3)
    {
        _ = Digits.All;
        manual_seed(seed);
        return Sequential(
            ("conv1", Conv2d(1, 16, 3, padding: 1)), ("relu1", ReLU()), ("pool1", MaxPool2d(2)),
            ("conv2", Conv2d(16, 32, 3, padding: 1)), ("relu2", ReLU()), ("pool2", MaxPool2d(2)),
            ("flat", Flatten()), ("head", Linear(128, 10)));
    }

    /// <summary>4,810 parameters in 4 tensors.</summary>
    public static TorchModule Mlp(int seed = 3)
    {
        _ = Digits.All;
        manual_seed(seed);
        return Sequential(("flat", Flatten()), ("hidden", Linear(64, 64)), ("tanh", Tanh()), ("head", Linear(64, 10)));
    }

    /// <summary>Two heads on one trunk: a loss of one leaves the other without a gradient.</summary>
    public static (TorchModule Trunk, TorchModule A, TorchModule B, TorchModule All) TwoHeads(int seed = 3)
    {
        _ = Digits.All;
        manual_seed(seed);
        TorchModule trunk = Sequential(("flat", Flatten()), ("hidden", Linear(64, 16)), ("tanh", Tanh())), a = Linear(16, 10), b = Linear(16, 10);
        return (trunk, a, b, Sequential(("trunk", trunk), ("a", a), ("b", b)));
    }

    public static Tensor Loss(TorchModule model, Tensor x, Tensor y) => functional.cross_entropy(model.call(x), y);

    public static Tensor Loss(TorchModule model) => Loss(model, Digits.All.X[..32], Digits.All.Y[..32]);

    /// <summary>Steps on batches of 32.</summary>
    /// <returns>The first loss and the last.</returns>
    public static (double First, double Last) Fit(TorchModule model, optim.Optimizer optimizer, int count, int skip = 0, ScalarType? type = null)
    {
        double first = double.NaN, last = double.NaN;
        foreach (var (x, y) in Digits.All.Batches(32, 20).Skip(skip).Take(count))
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = type is null ? Loss(model, x, y) : functional.cross_entropy(model.call(x.to(type.Value)).to(ScalarType.Float32), y);
            loss.backward();
            optimizer.step();
            last = loss.item<float>();
            first = double.IsNaN(first) ? last : first;
        }

        return (first, last);
    }

    /// <summary>The mean loss over everything there is to train on.</summary>
    public static double LossOf(TorchModule model, ScalarType? type = null)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        return functional.cross_entropy(model.call(Digits.All.X.to(type ?? ScalarType.Float32)).to(ScalarType.Float32), Digits.All.Y).item<float>();
    }

    /// <summary>The largest difference of any parameter of two modules alike.</summary>
    public static double Difference(TorchModule one, TorchModule other)
    {
        using var scope = NewDisposeScope();
        return one.parameters().Zip(other.parameters()).Max(pair => (pair.First - pair.Second).abs().max().to(ScalarType.Float64).item<double>());
    }

    public static global::TorchSharp.Modules.Parameter Named(TorchModule model, string name) => model.named_parameters().First(p => p.name == name).parameter;

    public static float[] Values(Tensor tensor)
    {
        using var copy = tensor.detach().to(ScalarType.Float32).contiguous();
        return copy.data<float>().ToArray();
    }
}
