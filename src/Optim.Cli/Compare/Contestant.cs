namespace Optim.Cli.Compare;

/// <summary>An optimizer that can be compared.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Title">The name in tables and charts.</param>
/// <param name="LearningRate">A rate at which it trains the digits well.</param>
/// <param name="CreateRule">From a learning rate to the rule.</param>
internal sealed record Contestant(string Name, string Title, double LearningRate, Func<double, Rule> CreateRule)
{
    /// <summary>All of them, in the order in which they are shown.</summary>
    public static IReadOnlyList<Contestant> All { get; } =
    [
        new("sgd", "SGD", 0.3, rate => new Sgd { LearningRate = rate }),
        new("momentum", "Momentum", 0.05, rate => new Sgd { LearningRate = rate, Momentum = 0.9 }),
        new("nesterov", "Nesterov", 0.05, rate => new Sgd { LearningRate = rate, Momentum = 0.9, Nesterov = true }),
        new("adagrad", "AdaGrad", 0.05, rate => new AdaGrad { LearningRate = rate }),
        new("rmsprop", "RMSprop", 0.003, rate => new RmsProp { LearningRate = rate }),
        new("adam", "Adam", 0.005, rate => new Adam { LearningRate = rate }),
        new("adamw", "AdamW", 0.005, rate => new AdamW { LearningRate = rate }),
    ];

    /// <summary>All names, for help and errors.</summary>
    public static string KnownNames { get; } = string.Join(", ", All.Select(contestant => contestant.Name));

    /// <summary>The optimizer of a name, whatever its case; null when there is none.</summary>
    public static Contestant? Find(string name) => All.FirstOrDefault(contestant => contestant.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
