using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Optim.Cli.Advise;

/// <summary>An option for each question.</summary>
internal sealed class AdviseOptions
{
    private readonly Dictionary<string, Option<string?>> words = [];
    private readonly Dictionary<string, Option<bool?>> flags = [];
    private readonly Dictionary<string, Option<long?>> numbers = [];

    public void AddTo(Command command)
    {
        foreach (var question in Question.All)
        {
            string name = "--" + question.Option;
            if (question.IsNumber)
            {
                var option = numbers[question.Option] = new Option<long?>(name) { Description = question.Text, HelpName = "n" };
                option.Validators.Add(result => RefuseOutOfRange(question.Option, result));
                command.Add(option);
            }
            else if (question.IsFlag)
            {
                command.Add(flags[question.Option] = new Option<bool?>(name) { Description = question.Text, Arity = ArgumentArity.ZeroOrOne });
            }
            else
            {
                var option = words[question.Option] = new Option<string?>(name) { Description = question.Text };
                option.AcceptOnlyFromAmong([.. question.Choices.Select(choice => choice.Value)]);
                command.Add(option);
            }
        }
    }

    /// <summary>The command line's answers, by option.</summary>
    public Dictionary<string, string> Given(ParseResult parse)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var question in Question.All)
        {
            string? value =
                words.TryGetValue(question.Option, out var word) ? parse.GetValue(word)
                : flags.TryGetValue(question.Option, out var flag) ? parse.GetValue(flag) is { } yes ? yes ? "yes" : "no" : null
                : parse.GetValue(numbers[question.Option])?.ToString(CultureInfo.InvariantCulture);
            if (value is not null)
            {
                given[question.Option] = value;
            }
        }

        return given;
    }

    private static void RefuseOutOfRange(string name, OptionResult result)
    {
        long most = name == "batch" ? Advisor.LargestBatch : long.MaxValue;
        if (result.Tokens is [{ Value: var text }] && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && (number < 1 || number > most))
        {
            result.AddError(most == long.MaxValue
                ? FormattableString.Invariant($"--{name} must be a whole number of 1 or more, was {number}.")
                : FormattableString.Invariant($"--{name} must be a whole number from 1 to {most}, was {number}."));
        }
    }
}
