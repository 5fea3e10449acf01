using Optim.Trajectories;

namespace Optim;

/// <summary>One rule that Optim ships: what tests, the command line and the documentation iterate over.</summary>
public sealed class RuleEntry
{
    private readonly Func<Rule> create;
    private readonly Func<Schedule, Rule>? createAt;

    /// <summary>A piece of an optimizer.</summary>
    internal RuleEntry(string name, string title, string summary, Func<Rule> create)
    {
        Name = name;
        Title = title;
        Summary = summary;
        this.create = create;
    }

    /// <summary>A whole optimizer.</summary>
    internal RuleEntry(string name, string title, string summary, Func<Rule> create, double startingRate, Func<Schedule, Rule> createAt)
        : this(name, title, summary, create)
    {
        StartingRate = startingRate;
        this.createAt = createAt;
    }

    /// <summary>The name on the command line: <c>adamw</c>.</summary>
    public string Name { get; }

    /// <summary>The name in tables and charts: <c>AdamW</c>.</summary>
    public string Title { get; }

    /// <summary>One line about the rule.</summary>
    public string Summary { get; }

    /// <summary>Whether each element's update depends on that element alone, so that the order and the grouping of elements do not matter.</summary>
    public bool IsElementwise { get; internal init; } = true;

    /// <summary>Whether it is a whole optimizer, with a learning rate of its own, rather than a piece of one.</summary>
    public bool IsPreset => createAt is not null;

    /// <summary>A learning rate at which it trains a small network well (<c>optim compare</c>); null for a piece.</summary>
    public double? StartingRate { get; }

    /// <summary>The families of recorded trajectories that the rule can replay.</summary>
    internal IReadOnlyDictionary<string, Func<SourceHyperparameters, Rule>> Families { get; init; } =
        new Dictionary<string, Func<SourceHyperparameters, Rule>>();

    /// <summary>The rule with its default hyperparameters.</summary>
    public Rule Create() => create();

    /// <summary>The optimizer with another learning rate.</summary>
    /// <param name="learningRate">The learning rate.</param>
    /// <exception cref="InvalidOperationException">The rule is a piece of an optimizer.</exception>
    public Rule Create(Schedule learningRate) => createAt is not null
        ? createAt(learningRate)
        : throw new InvalidOperationException($"{Name} is a piece of an optimizer and has no learning rate of its own.");

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>Every rule that Optim ships, a row each.</summary>
public static class RuleRegistry
{
    /// <summary>All rules: the optimizers first, then the pieces.</summary>
    public static IReadOnlyList<RuleEntry> All { get; } = Array.AsReadOnly<RuleEntry>(
    [
        new("sgd", "SGD", "Gradient descent, with momentum, Nesterov and L2 as options.", () => new Sgd(), 0.3, rate => new Sgd { LearningRate = rate }) { Families = Sgd.Families },
        new("adagrad", "AdaGrad", "Steps that shrink with the sum of squared gradients.", () => new AdaGrad(), 0.05, rate => new AdaGrad { LearningRate = rate }) { Families = AdaGrad.Families },
        new("rmsprop", "RMSprop", "Steps divided by the recent root mean square of gradients.", () => new RmsProp(), 0.003, rate => new RmsProp { LearningRate = rate }) { Families = RmsProp.Families },
        new("adam", "Adam", "Momentum and root mean square, both bias-corrected.", () => new Adam(), 0.005, rate => new Adam { LearningRate = rate }) { Families = Adam.Families },
        new("adamw", "AdamW", "Adam with decoupled weight decay.", () => new AdamW(), 0.005, rate => new AdamW { LearningRate = rate }) { Families = AdamW.Families },
        new("scale_by_momentum", "momentum", "The momentum buffer as the update.", () => new ScaleByMomentum()),
        new("scale_by_adagrad", "AdaGrad's direction", "The update divided by the root of the sum of squares.", () => new ScaleByAdaGrad()),
        new("scale_by_rmsprop", "RMSprop's direction", "The update divided by its recent root mean square.", () => new ScaleByRmsProp()),
        new("scale_by_adam", "Adam's direction", "The mean update divided by the root mean square.", () => new ScaleByAdam()),
        new("scale_by_learning_rate", "learning rate", "The update times the learning rate.", () => new ScaleByLearningRate()),
        new("scale", "factor", "The update times a factor.", () => new Scale()),
        new("add_decayed_weights", "weight decay", "A fraction of the parameter added to the update.", () => new AddDecayedWeights()),
        new("clip_by_value", "clipping by value", "Every element of the update within a limit.", () => new ClipByValue()) { Families = ClipByValue.Families },
        new("clip_by_global_norm", "clipping by norm", "The whole update within a norm.", () => new ClipByGlobalNorm()) { IsElementwise = false, Families = ClipByGlobalNorm.Families },
        new("identity", "identity", "The update as it is.", () => new Identity()),
    ]);

    /// <summary>The rule of a name.</summary>
    /// <param name="name">The name on the command line.</param>
    /// <returns>The rule's row; null when there is none of that name.</returns>
    public static RuleEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);
}
