using Optim.Cli.Recipes;
using Spectre.Console;

namespace Optim.Cli.Advise;

/// <summary>Advice in the terminal.</summary>
internal static class AdviceScreen
{
    /// <summary>The recipe, the reason, and code.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="answers">All answers.</param>
    /// <param name="given">The answers given, by option; the others are reported as assumed.</param>
    /// <param name="advice">The advice.</param>
    /// <param name="facts">The recipe at its steps and batch size.</param>
    public static void Show(IAnsiConsole console, Answers answers, IReadOnlyDictionary<string, string> given, Advice advice, RecipeFacts facts)
    {
        var entry = advice.Recipe;
        console.WriteLine($"{entry.Title} (recipe '{entry.Name}'): {entry.Purpose}");
        console.WriteLine();
        foreach (string reason in advice.Reasons)
        {
            console.WriteLine(reason);
        }

        console.WriteLine();
        console.WriteLine("For: " + string.Join(", ", Question.All.Where(question => given.ContainsKey(question.Option)).Select(question => $"{question.Option} {question.Read(answers)}").DefaultIfEmpty("nothing in particular")));
        var usual = Question.All.Where(question => !given.ContainsKey(question.Option) && question.Matters(answers, [])).ToList();
        if (usual.Count > 0)
        {
            console.WriteLine($"Assumed as usual: {string.Join(", ", usual.Select(question => $"{question.Option} {question.Read(answers)}"))}. Other answers to these could change the advice.");
        }

        RecipeScreen.ShowCode(console, facts);
        console.WriteLine();
        console.WriteLine(entry.UsualSteps is null
            ? $"'optim recipes {entry.Name}' shows every number with its source."
            : $"totalSteps is the number of steps of your whole run (--steps). 'optim recipes {entry.Name}' shows every number with its source.");
    }
}
