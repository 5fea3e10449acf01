using System.Globalization;
using Spectre.Console;

namespace Optim.Cli.Advise;

/// <summary>Completes the answers given by options: the rest is asked for, or assumed.</summary>
internal static class Interview
{
    /// <summary>All answers without asking: missing ones are the usual ones for the problem.</summary>
    /// <param name="given">Answers by option; the problem defaults to <c>tabular</c>.</param>
    public static Answers WithoutAsking(IReadOnlyDictionary<string, string> given)
    {
        var problem = Question.All[0];
        var start = Answers.Usual(ProblemKind.Tabular);
        start = given.TryGetValue(problem.Option, out string? value) ? Answers.Usual(problem.With(start, value).Problem) : start;
        return Question.All.Where(question => given.ContainsKey(question.Option))
            .Aggregate(start, (answers, question) => question.With(answers, given[question.Option]));
    }

    /// <summary>All answers; missing ones are asked for if they matter.</summary>
    /// <param name="given">Answers by option; those to questions that were asked are added.</param>
    /// <param name="ask">From a question and its usual answer to the answer.</param>
    public static Answers Asking(Dictionary<string, string> given, Func<Question, string, string> ask)
    {
        foreach (var question in Question.All)
        {
            var answers = WithoutAsking(given);
            if (!given.ContainsKey(question.Option) && question.Matters(answers, Question.All.Where(other => !given.ContainsKey(other.Option))))
            {
                given[question.Option] = ask(question, question.Read(answers));
            }
        }

        return WithoutAsking(given);
    }

    /// <summary>Asks one question in the terminal.</summary>
    public static string Asked(Question question, string usual, IAnsiConsole console)
    {
        if (question.IsNumber)
        {
            return console.Prompt(new TextPrompt<long>(question.Text) { Culture = CultureInfo.InvariantCulture }
                .DefaultValue(long.Parse(usual, CultureInfo.InvariantCulture))
                .Validate(number => number < 1 ? ValidationResult.Error("An integer of 1 or more.")
                    : question.Option == "batch" && number > Advisor.LargestBatch ? ValidationResult.Error(FormattableString.Invariant($"{Advisor.LargestBatch} or less."))
                    : ValidationResult.Success())).ToString(CultureInfo.InvariantCulture);
        }

        if (question.IsFlag)
        {
            return console.Prompt(new ConfirmationPrompt(Markup.Escape(question.Text)) { DefaultValue = usual == "yes" }) ? "yes" : "no";
        }

        // The usual answer first, where Enter takes it.
        var choices = question.Choices.OrderByDescending(choice => choice.Value == usual).ToList();
        int width = choices.Max(choice => choice.Value.Length);
        var (value, label) = console.Prompt(new SelectionPrompt<(string Value, string Label)>()
            .Title(Markup.Escape(question.Text))
            .UseConverter(choice => Markup.Escape($"{choice.Value.PadRight(width)}  {choice.Label}"))
            .AddChoices(choices));
        console.WriteLine($"{question.Text} {value}: {label}");
        return value;
    }
}
