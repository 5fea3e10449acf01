namespace Optim.Cli.Compare;

/// <summary>An optimizer for comparisons.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Title">The name in tables and charts.</param>
/// <param name="LearningRate">A rate that works well on the digits; found by a search, as <see cref="RuleEntry.StartingRate"/> is.</param>
/// <param name="CreateRule">From a learning rate to the rule.</param>
/// <param name="FullBatches">Whether it needs full-batch gradients: it breaks with noise.</param>
internal sealed record Contestant(string Name, string Title, double LearningRate, Func<double, Rule> CreateRule, bool FullBatches = false)
{
    /// <summary>The name for all optimizers on the command line.</summary>
    public const string Everyone = "all";

    /// <summary>The default optimizers: the best-known ones, few enough for one chart.</summary>
    public const string Usual = "sgd,momentum,nesterov,adagrad,rmsprop,adam,adamw";

    /// <summary>The default for images, where each takes minutes.</summary>
    public const string UsualOnImages = "sgd,rmsprop,adam,adamw";

    /// <summary>Every registered optimizer that needs only a gradient and its loss, and the named variants of gradient descent.</summary>
    public static IReadOnlyList<Contestant> All { get; } =
    [
        .. RuleRegistry.All.Where(entry => entry.IsPreset && !entry.NeedsObjective && !entry.NeedsHessianDiagonal).SelectMany(FormsOf),
    ];

    /// <summary>Those, and the optimizers that evaluate the objective themselves: for problems that have one and no batches.</summary>
    public static IReadOnlyList<Contestant> OnObjectives { get; } =
    [
        .. All, .. RuleRegistry.All.Where(entry => entry.IsPreset && entry.NeedsObjective).SelectMany(FormsOf),
    ];

    /// <summary>Finds an optimizer by name, ignoring case; null if there is none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="known">The known optimizers; null for <see cref="All"/>.</param>
    public static Contestant? Find(string name, IReadOnlyList<Contestant>? known = null) => (known ?? All).FirstOrDefault(contestant => contestant.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<Contestant> FormsOf(RuleEntry entry)
    {
        yield return new(entry.Name, entry.Title, entry.StartingRate ?? 0, rate => entry.Create(rate), entry.IsForFullBatches);
        if (entry.Name == "sgd")
        {
            yield return new("momentum", "Momentum", 0.03, rate => new Sgd { LearningRate = rate, Momentum = 0.9 });
            yield return new("nesterov", "Nesterov", 0.03, rate => new Sgd { LearningRate = rate, Momentum = 0.9, Nesterov = true });
        }
    }
}
