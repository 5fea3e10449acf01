using System.Reflection;

namespace Optim.Cli.Recipes;

/// <summary>A recipe's rule: its hyperparameters along a run.</summary>
/// <param name="entry">The recipe.</param>
/// <param name="totalSteps">The steps of the run; null for the usual number.</param>
/// <param name="batchSize">The batch size; null for the usual.</param>
internal sealed class RecipeFacts(RecipeEntry entry, long? totalSteps = null, int? batchSize = null)
{
    public RecipeEntry Entry => entry;

    public Rule Rule { get; } = entry.Create(totalSteps, batchSize);

    public string CSharp => entry.CSharp(totalSteps, batchSize);

    public string FSharp => entry.FSharp(totalSteps, batchSize);

    /// <summary>The steps of the run; null if the rule does not depend on them.</summary>
    public long? TotalSteps => entry.UsualSteps is { } usual ? totalSteps ?? usual : null;

    /// <summary>The batch size; null if the rule does not depend on it.</summary>
    public int? BatchSize => entry.UsualBatchSize is { } usual ? batchSize ?? usual : null;

    /// <summary>The steps to show: only the first if nothing changes.</summary>
    public IReadOnlyList<long> Steps => TotalSteps is { } n
        ? [.. new[] { 0, n / 100, n / 10, n / 4, n / 2, n / 4 * 3, n }.Distinct()]
        : [0];

    /// <summary>Every hyperparameter at those steps, by path, in the rule's order.</summary>
    public IEnumerable<(string Path, IReadOnlyList<double> Values)> Hyperparameters
    {
        get
        {
            var at = Steps.Select(Rule.HyperparametersAt).ToList();
            return at[0].Keys.Select(path => (path, (IReadOnlyList<double>)[.. at.Select(values => values[path])]));
        }
    }

    /// <summary>The learning rate as a schedule; null if it is constant.</summary>
    public Schedule? LearningRate => RateOf(Rule) is { } rate and not ConstantSchedule ? rate : null;

    /// <summary>The tensors of the parameter groups, and those exempt from weight decay; empty if there are none.</summary>
    public IEnumerable<string> Groups => GroupsOf(Rule);

    private static IEnumerable<string> GroupsOf(Rule rule) => rule is ExemptFromDecay exempt
        ? [$"    no weight decay: tensors named {exempt.Tensors}", .. GroupsOf(exempt.Inner)]
        : rule is Partition partition
        ? partition.Groups.Select((group, i) => FormattableString.Invariant($"    group[{i}]: {(i > 0 && group.Tensors.Equals(TensorSelector.All) ? "all other tensors" : "tensors named " + group.Tensors)}"))
        : rule.DeclareInner().SelectMany(inner => GroupsOf(inner.Rule));

    private static Schedule? RateOf(Rule rule) =>
        rule.GetType().GetProperty("LearningRate", BindingFlags.Public | BindingFlags.Instance)?.GetValue(rule) as Schedule
        ?? rule.DeclareInner().Select(inner => RateOf(inner.Rule)).FirstOrDefault(rate => rate is not null);
}
