using System.Globalization;

namespace Optim;

/// <summary>A recipe's registry entry, used by tests, the command line and the documentation.</summary>
public sealed class RecipeEntry
{
    private readonly Func<long, int, Rule> create;

    internal RecipeEntry(string name, string method, string title, string purpose, Func<long, int, Rule> create)
    {
        Name = name;
        Method = method;
        Title = title;
        Purpose = purpose;
        this.create = create;
    }

    /// <summary>The name on the command line: <c>bert-fine-tuning</c>.</summary>
    public string Name { get; }

    /// <summary>The method of <see cref="Recipes"/>: <c>BertFineTuning</c>.</summary>
    public string Method { get; }

    /// <summary>The name in tables: <c>BERT fine-tuning</c>.</summary>
    public string Title { get; }

    /// <summary>Its purpose, in a sentence.</summary>
    public string Purpose { get; }

    /// <summary>The source papers, with their years.</summary>
    public string Source { get; internal init; } = "";

    /// <summary>The usual batch, in words.</summary>
    public string Batch { get; internal init; } = "any";

    /// <summary>A run's usual number of steps, if the recipe depends on it; else null.</summary>
    public long? UsualSteps { get; internal init; }

    /// <summary>The source of <see cref="UsualSteps"/>.</summary>
    public string UsualRun { get; internal init; } = "";

    /// <summary>The usual batch size, if the recipe depends on it; else null.</summary>
    public int? UsualBatchSize { get; internal init; }

    /// <summary>Every number of the recipe with its source.</summary>
    public IReadOnlyList<RecipeSetting> Settings { get; internal init; } = [];

    /// <summary>Further remarks; empty if none.</summary>
    public string Remarks { get; internal init; } = "";

    /// <summary>Whether its rule evaluates the objective itself, so that <see cref="Optimizer.Minimize{T}"/> runs it.</summary>
    public bool NeedsObjective { get; internal init; }

    /// <summary>The rule.</summary>
    /// <param name="totalSteps">The steps of the whole run; null for <see cref="UsualSteps"/>. Ignored by recipes that do not depend on it.</param>
    /// <param name="batchSize">The batch size; null for <see cref="UsualBatchSize"/>. Ignored by recipes that do not depend on it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The recipe does not support so few steps, or this batch size.</exception>
    public Rule Create(long? totalSteps = null, int? batchSize = null) => create(totalSteps ?? UsualSteps ?? 1, batchSize ?? UsualBatchSize ?? 1);

    /// <summary>C# code that trains with it: you supply <c>parameters</c>, <c>batches</c> and <c>Gradient</c>, or the <c>objective</c>.</summary>
    /// <param name="totalSteps">The steps of the whole run; null for <see cref="UsualSteps"/>.</param>
    /// <param name="batchSize">The batch size; null for <see cref="UsualBatchSize"/>.</param>
    public string CSharp(long? totalSteps = null, int? batchSize = null)
    {
        string recipe = $"Recipes.{Method}({Arguments(totalSteps, batchSize, ": ", "")})";
        return NeedsObjective
            ? $"""
                var rule = {recipe};
                var best = Optimizer.Minimize(rule, parameters, Objective);
                Console.WriteLine(best.Parameters);
                """
            : $$"""
                var rule = {{recipe}};
                var state = Optimizer.Init(rule, parameters);
                foreach (var batch in batches)
                {
                    var gradient = Gradient(state.Parameters, batch);
                    (state, _) = Optimizer.Step(state.Donate(), gradient);
                }
                """;
    }

    /// <summary>F# code that trains with it: you supply <c>parameters</c>, <c>batches</c> and <c>gradient</c>, or the <c>objective</c>.</summary>
    /// <param name="totalSteps">The steps of the whole run; null for <see cref="UsualSteps"/>.</param>
    /// <param name="batchSize">The batch size; null for <see cref="UsualBatchSize"/>.</param>
    public string FSharp(long? totalSteps = null, int? batchSize = null)
    {
        string recipe = $"Recipes.{Method}({Arguments(totalSteps, batchSize, " = ", "L")})";
        return NeedsObjective
            ? $"""
                let rule = {recipe}
                let best = Optimizer.Minimize(rule, parameters, objective)
                printfn "%O" best.Parameters
                """
            : $"""
                let rule = {recipe}
                let start = Optimizer.Init(rule, parameters)
                let step (s: OptimizerState<float>) batch =
                    fst (Optimizer.Step(s, gradient s.Parameters batch))
                let trained = Seq.fold step start batches
                """;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private string Arguments(long? totalSteps, int? batchSize, string equals, string suffix)
    {
        var arguments = new List<string>();
        if (UsualSteps is { } steps)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"totalSteps{equals}{totalSteps ?? steps}{suffix}"));
        }

        if (UsualBatchSize is { } batch)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"batchSize{equals}{batchSize ?? batch}"));
        }

        return string.Join(", ", arguments);
    }
}
