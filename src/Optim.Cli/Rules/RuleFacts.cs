using System.Globalization;

namespace Optim.Cli.Rules;

/// <summary>A rule's facts, from its entry and its defaults.</summary>
internal sealed class RuleFacts(RuleEntry entry)
{
    private readonly Rule rule = entry.Create();

    public RuleEntry Entry => entry;

    /// <summary>The class and every default.</summary>
    public string Defaults => rule.ToString();

    public string TypeName => rule.GetType().Name;

    /// <summary>The formula, one statement per line.</summary>
    public IReadOnlyList<string> Formula => entry.Formula.Split(["\n", "; "], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The state per parameter, at the defaults.</summary>
    public string State
    {
        get
        {
            var slots = rule.DeclareSlots();
            string[] parts =
            [
                .. slots.Where(slot => slot.Dimensions is null).Select(slot => slot.Name),
                .. slots.Where(slot => slot.Dimensions is not null).Select(slot => slot.Name + " (a shape of its own)"),
                .. rule.DeclareScalars().Select(scalar => scalar.Name + " (a number)"),
            ];
            return parts.Length == 0 ? "nothing" : string.Join(", ", parts);
        }
    }

    /// <summary>The slots with one element per parameter, at the defaults.</summary>
    public int SlotsPerParameter => rule.DeclareSlots().Count(slot => slot.Dimensions is null);

    /// <summary>The bytes that a step in place reads and writes for each parameter in float32: the gradient, the parameter twice, each slot twice, and anything else the rule reads.</summary>
    public string BytesPerElement => entry.MemoryMoves is { } moves
        ? (sizeof(float) * moves).ToString(CultureInfo.InvariantCulture)
        : "bound by arithmetic, not by memory";

    /// <summary>A step's inputs.</summary>
    public string Input => entry switch
    {
        { NeedsObjective: true } => "the objective (Optimizer.StepOn)",
        { NeedsLoss: true } => "a gradient and the loss",
        { NeedsHessianDiagonal: true } => "a gradient and the Hessian's diagonal",
        _ => "a gradient",
    };

    public static IEnumerable<RuleFacts> Of(IEnumerable<RuleEntry> entries) => entries.Select(entry => new RuleFacts(entry));
}
