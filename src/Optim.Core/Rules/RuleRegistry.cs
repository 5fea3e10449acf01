using Optim.Trajectories;

namespace Optim;

/// <summary>One rule that Optim ships: what tests, the command line and the documentation iterate over.</summary>
public sealed class RuleEntry
{
    private readonly Func<Rule> create;
    private readonly Dictionary<string, Func<SourceHyperparameters, Rule>> families;

    internal RuleEntry(
        string name, string summary, Func<Rule> create, bool elementwise = true, bool preset = false, double? startingRate = null,
        Dictionary<string, Func<SourceHyperparameters, Rule>>? families = null)
    {
        Name = name;
        Summary = summary;
        IsElementwise = elementwise;
        IsPreset = preset;
        StartingRate = startingRate;
        this.create = create;
        this.families = families ?? [];
    }

    /// <summary>The name on the command line: <c>adamw</c>.</summary>
    public string Name { get; }

    /// <summary>One line about the rule.</summary>
    public string Summary { get; }

    /// <summary>Whether each element's update depends on that element alone, so that the order and the grouping of elements do not matter.</summary>
    public bool IsElementwise { get; }

    /// <summary>Whether it is a whole optimizer, with a learning rate of its own, rather than a piece of one.</summary>
    public bool IsPreset { get; }

    /// <summary>A learning rate to start from when training a small network, for presets.</summary>
    public double? StartingRate { get; }

    /// <summary>The families of recorded trajectories that the rule can replay: <c>family</c>, or <c>family/variant</c> for another convention.</summary>
    internal IReadOnlyDictionary<string, Func<SourceHyperparameters, Rule>> Families => families;

    /// <summary>The rule with its default hyperparameters.</summary>
    public Rule Create() => create();

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>Every rule that Optim ships, a row each.</summary>
public static class RuleRegistry
{
    /// <summary>All rules: the optimizers first, then the pieces.</summary>
    public static IReadOnlyList<RuleEntry> All { get; } = Array.AsReadOnly<RuleEntry>(
    [
        new("sgd", "Gradient descent, with momentum, Nesterov and L2 as options.", () => new Sgd(), preset: true, startingRate: 0.1, families: Sgd.Families),
        new("adagrad", "Steps that shrink with the sum of squared gradients.", () => new AdaGrad(), preset: true, startingRate: 0.05, families: AdaGrad.Families),
        new("rmsprop", "Steps divided by the recent root mean square of gradients.", () => new RmsProp(), preset: true, startingRate: 1e-3, families: RmsProp.Families),
        new("adam", "Momentum and root mean square, both bias-corrected.", () => new Adam(), preset: true, startingRate: 1e-3, families: Adam.Families),
        new("adamw", "Adam with decoupled weight decay.", () => new AdamW(), preset: true, startingRate: 1e-3, families: AdamW.Families),
        new("scale_by_momentum", "The momentum buffer as the update.", () => new ScaleByMomentum()),
        new("scale_by_adagrad", "AdaGrad's direction.", () => new ScaleByAdaGrad()),
        new("scale_by_rmsprop", "RMSprop's direction.", () => new ScaleByRmsProp()),
        new("scale_by_adam", "Adam's direction.", () => new ScaleByAdam()),
        new("scale_by_learning_rate", "The update times the learning rate.", () => new ScaleByLearningRate()),
        new("scale", "The update times a factor.", () => new Scale()),
        new("add_decayed_weights", "A fraction of the parameter added to the update.", () => new AddDecayedWeights()),
        new("clip_by_value", "Every element of the update within a limit.", () => new ClipByValue(), families: ClipByValue.Families),
        new("clip_by_global_norm", "The whole update within a norm.", () => new ClipByGlobalNorm(), elementwise: false, families: ClipByGlobalNorm.Families),
        new("identity", "The update as it is.", () => new Identity()),
    ]);

    /// <summary>The rule of a name.</summary>
    /// <param name="name">The name on the command line.</param>
    /// <returns>The rule's row; null when there is none of that name.</returns>
    public static RuleEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);
}
