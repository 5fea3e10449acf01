using System.CommandLine;
using Optim.Cli.Recipes;
using Spectre.Console;
using Optim.Networks;

namespace Optim.Cli.Advise;

/// <summary><c>optim advise</c>: a few questions, and the matching recipe.</summary>
internal static class AdviseCommand
{
    public static Command Create()
    {
        var steps = new Option<long?>("--steps") { Description = "The steps of the run, for the code; default: the recipe's usual number.", HelpName = "n" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Ask nothing: assume the usual answers for whatever is not given." };
        var json = SharedOptions.Json();
        var options = new AdviseOptions();
        var command = new Command(
            "advise",
            """
            Recommends a recipe for your problem.

            Asks a few questions about your problem and answers with a recipe, the reason, and code in C# and F#.

            In a terminal, it asks for whatever the options leave open, if it matters; elsewhere, and with --yes, it assumes the
            usual answers for the problem.

            Exit code: 0, or 1 when an answer is invalid, or when there is neither an answer nor a terminal to ask on.

            Examples:
              optim advise
              optim advise --problem vision --model transformer --batch 4096
              optim advise --problem tabular --sparse --yes
              optim advise --problem calibration --json | jq -r .recipe.fsharp
            """);
        options.AddTo(command);
        command.Add(steps);
        command.Add(yes);
        command.Add(json);
        command.SetRun(parse =>
        {
            var output = parse.InvocationConfiguration.Output;
            var console = Terminal.For(output, folding: true);
            bool quiet = parse.GetValue(yes) || parse.GetValue(json) || Console.IsInputRedirected || !console.Profile.Capabilities.Interactive;
            var given = options.Given(parse);
            if (given.Count == 0 && quiet && !parse.GetValue(yes))
            {
                throw new FormatException($"There is no terminal to ask on: say --problem ({string.Join(", ", Question.All[0].Choices.Select(choice => choice.Value))}), or --yes for the usual answers.");
            }

            return Run(given, parse.GetValue(steps), quiet, parse.GetValue(json), console, output);
        });
        return command;
    }

    /// <summary>The command with given answers, on a given console, for tests.</summary>
    public static int Run(Dictionary<string, string> given, long? steps, bool quiet, bool json, IAnsiConsole console, TextWriter output)
    {
        var answers = quiet ? Interview.WithoutAsking(given) : Interview.Asking(given, (question, usual) => Interview.Asked(question, usual, console));
        var advice = Advisor.Advise(answers);
        var facts = new RecipeFacts(advice.Recipe, steps, advice.BatchSize);
        if (json)
        {
            output.WriteLine(AdviceJson.Of(answers, given, advice, facts));
        }
        else
        {
            AdviceScreen.Show(console, answers, given, advice, facts);
        }

        return ExitCode.Done;
    }
}
