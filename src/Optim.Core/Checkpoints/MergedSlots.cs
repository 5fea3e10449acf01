using System.Globalization;

namespace Optim.Checkpoints;

/// <summary>
/// What a rule keeps, by tensor: a slot of each group, of which only some tensors have elements, and the same slot of a rule without groups have the same names here, so that a file of one form can be read
/// into the other. PyTorch's files have no other form.
/// </summary>
internal sealed class MergedSlots
{
    private readonly Dictionary<(int Slot, int Tensor), string> names = [];
    /// <param name="rule">The rule.</param>
    /// <param name="layouts">The layout of each slot.</param>
    /// <param name="parameters">The parameters' layout.</param>
    public MergedSlots(Rule rule, Layout[] layouts, Layout parameters)
    {
        var declarations = rule.DeclareSlots();
        string[] order = [.. declarations.Select(slot => slot.Name).Distinct(StringComparer.Ordinal)];
        var counts = new Dictionary<(string Name, int Tensor), int>();
        foreach (var (slot, declaration) in declarations.Index())
        {
            for (int tensor = 0; tensor < parameters.Count; tensor++)
            {
                if (declaration.IsFor is null || declaration.IsFor(parameters[tensor]))
                {
                    int count = counts.GetValueOrDefault((declaration.Name, tensor));
                    names[(slot, tensor)] = Numbered(declaration.Name, count);
                    counts[(declaration.Name, tensor)] = count + 1;
                }
            }
        }

        // In the order of a rule without groups.
        Tensors = [.. names.OrderBy(pair => Array.IndexOf(order, declarations[pair.Key.Slot].Name)).ThenBy(pair => pair.Key.Tensor)
            .Select(pair => (layouts[pair.Key.Slot][pair.Key.Tensor], pair.Key.Slot, pair.Key.Tensor, pair.Value))];
    }

    /// <summary>The slots' tensors that have a place in a file, each with its name there.</summary>
    public IReadOnlyList<(TensorShape Shape, int Slot, int Tensor, string Name)> Tensors { get; }

    /// <summary>A tensor's name in a file; null where another group has it.</summary>
    public string? NameOf(int slot, int tensor) => names.GetValueOrDefault((slot, tensor));

    /// <summary>A name that occurs several times, from its second time on with a number.</summary>
    public static string Numbered(string name, int before) => before == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}.{before + 1}");
}
