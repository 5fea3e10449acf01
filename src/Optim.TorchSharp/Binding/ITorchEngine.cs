using TorchSharp;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace Optim.TorchSharp;

/// <summary>What a <see cref="TorchOptimizer"/> is, whichever the type of its elements.</summary>
internal interface ITorchEngine : IDisposable
{
    Rule Rule { get; }

    long StepCount { get; }

    int MaxThreads { get; set; }

    Backend Backend { get; set; }

    IReadOnlyDictionary<string, double> Hyperparameters { get; }

    IEnumerable<TorchParameter> Parameters { get; }

    int InPlaceCount { get; }

    double Scalar(string name);

    void Adjust(string path, Schedule value);

    void Continue(Rule rule);

    void Add(IReadOnlyList<(string Name, TorchParameter Parameter)> parameters, Rule? rule);

    void Step(double? loss);

    torch.Tensor StepOn(Func<torch.Tensor> closure);

    void Flush();

    void ClearGradients(bool setToNone);

    double GradientNorm();

    void Save(string path, bool asTorch);

    void Load(string path, Rule? torchRule, bool parametersToo);

    TResult Evaluate<TResult>(Func<TResult> function);
}
