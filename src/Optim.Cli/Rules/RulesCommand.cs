using System.CommandLine;
using Optim.Cli.Replay;

namespace Optim.Cli.Rules;

/// <summary><c>optim rules</c>: what there is, and what each rule computes.</summary>
internal static class RulesCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("name") { Description = "The rule to tell all about; all of them in a table when left out.", Arity = ArgumentArity.ZeroOrOne };
        var markdown = new Option<bool>("--markdown") { Description = "The whole catalogue as a Markdown page." };
        var trajectories = new Option<string?>("--trajectories") { Description = "With --markdown: a folder of recorded runs, for a table of conformance.", HelpName = "folder" };
        var command = new Command(
            "rules",
            """
            Lists the optimizers and the pieces they are made of: formula, state, defaults, paper, whose definition.

            Examples:
              optim rules
              optim rules adamw
              optim rules --markdown --trajectories tests/golden > docs/optimizers.md
            """)
        {
            name, markdown, trajectories,
        };
        command.SetAction(result =>
        {
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            return result.GetValue(markdown)
                ? Document(result.GetValue(trajectories), output, error)
                : Show(result.GetValue(name), output, error);
        });
        return command;
    }

    private static int Document(string? folder, TextWriter output, TextWriter error)
    {
        try
        {
            output.Write(RuleDocument.Of(folder is null ? null : ReplayCommand.Replayed([folder])));
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return 2;
        }
    }

    private static int Show(string? name, TextWriter output, TextWriter error)
    {
        var console = Terminal.For(output, folding: true);
        if (name is null)
        {
            RuleScreen.ShowAll(console);
            return 0;
        }

        if (RuleRegistry.Find(name.ToLowerInvariant()) is { } entry)
        {
            RuleScreen.Show(console, new(entry));
            return 0;
        }

        error.WriteLine($"There is no rule '{name}'; there are: {string.Join(", ", RuleRegistry.All.Select(rule => rule.Name))}.");
        return 1;
    }
}
