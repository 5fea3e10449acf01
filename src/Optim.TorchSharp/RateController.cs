using static TorchSharp.torch.optim;

namespace Optim.TorchSharp;

/// <summary>A learning rate in a rule, as TorchSharp's schedulers see it.</summary>
internal class RateController : ILearningRateController
{
    private readonly ITorchEngine engine;
    private string group;

    protected RateController(ITorchEngine engine, string path)
    {
        this.engine = engine;
        group = path[..^RateName.Length];
        InitialLearningRate = LearningRate;
    }

    public static string RateName => nameof(LearningRate);

    public double LearningRate
    {
        get => Get(RateName);
        set => Set(RateName, value);
    }

    public double InitialLearningRate { get; set; }

    public static RateController Of(ITorchEngine engine, string path)
    {
        string group = path[..^RateName.Length];
        return engine.Hyperparameters.ContainsKey(group + "Beta1") && engine.Hyperparameters.ContainsKey(group + "Beta2") ? new WithBetas(engine, path)
            : engine.Hyperparameters.ContainsKey(group + "Momentum") ? new WithMomentum(engine, path)
            : new RateController(engine, path);
    }

    /// <summary>Where the rate is, in the rule.</summary>
    public string Path => group + RateName;

    /// <summary>Goes on where the rate is now.</summary>
    public void MoveTo(string path) => group = path[..^RateName.Length];

    protected double Get(string name) => engine.Hyperparameters[group + name];

    protected void Set(string name, double value)
    {
        if (Get(name) != value)
        {
            // With a dot in front: this rate alone, not all that end so in their ratios.
            engine.Adjust("." + group + name, value);
        }
    }

    private sealed class WithBetas(ITorchEngine engine, string path) : RateController(engine, path), IBetas
    {
        public (double, double) Betas
        {
            get => (Get("Beta1"), Get("Beta2"));
            set
            {
                Set("Beta1", value.Item1);
                Set("Beta2", value.Item2);
            }
        }
    }

    private sealed class WithMomentum(ITorchEngine engine, string path) : RateController(engine, path), IMomentum
    {
        public double Momentum
        {
            get => Get("Momentum");
            set => Set("Momentum", value);
        }
    }
}
