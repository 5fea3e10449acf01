using System.CommandLine;
using Optim.Checkpoints;
using Optim.Cli.Replay;
using Optim.Cli.Rules.Pages;
using Optim.Names;
using Optim.Networks;

namespace Optim.Cli.Rules;

/// <summary><c>optim rules</c>: lists the rules and describes one.</summary>
internal static class RulesCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("name") { Description = "The rule to describe; by default, a table of all.", Arity = ArgumentArity.ZeroOrOne, HelpName = "name" };
        name.CompletionSources.Add([.. RuleRegistry.All.Select(rule => rule.Name)]);
        var json = SharedOptions.Json();
        var markdown = new Option<bool>("--markdown") { Description = "Print the whole catalogue as a Markdown page." };
        var recordings = new Option<string?>("--recordings") { Description = "With --markdown or --pages: a folder of recordings, for the tables of conformance.", HelpName = "folder" };
        var pages = new Option<string?>("--pages") { Description = "Write a page for each rule, with its paths on two landscapes, and an index into a folder.", HelpName = "folder" };
        var command = new Command(
            "rules",
            """
            Lists the optimizers and the pieces they are made of.

            Lists the optimizers and the pieces they are made of: formula, state, defaults, paper, and whose definition.

            Examples:
              optim rules
              optim rules adamw
              optim rules --json | jq -r '.rules[] | select(.slotsPerParameter == 0) | .name'
              optim rules --markdown --recordings tests/golden > docs/optimizers.md
              optim rules --pages site/pages
            """)
        {
            name, markdown, pages, recordings, json,
        };
        command.SetRun(result =>
        {
            var output = result.InvocationConfiguration.Output;
            var replayed = result.GetValue(recordings) is { } folder && (result.GetValue(markdown) || result.GetValue(pages) is not null) ? ReplayCommand.Replayed([folder]) : null;
            if (result.GetValue(pages) is { } target)
            {
                output.WriteLine(FormattableString.Invariant($"{RulePages.Write(target, replayed)} pages in {target}."));
                return ExitCode.Done;
            }

            if (result.GetValue(markdown))
            {
                output.Write(RuleDocument.Of(replayed));
                return ExitCode.Done;
            }

            var one = result.GetValue(name) is { } text ? Find(text) : null;
            if (result.GetValue(json))
            {
                output.WriteLine(one is null ? RulesJson.OfAll(RuleFacts.Of(RuleRegistry.All)) : RulesJson.OfOne(new(one)));
            }
            else if (one is null)
            {
                RuleScreen.ShowAll(Terminal.For(output, folding: true));
            }
            else
            {
                RuleScreen.Show(Terminal.For(output, folding: true), new(one));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static RuleEntry Find(string name) => RuleRegistry.Find(name.ToLowerInvariant())
        ?? throw new FormatException($"There is no rule '{name}'; {NearestNames.Text(name, RuleRegistry.All.Select(rule => rule.Name))}. 'optim rules' lists all.");
}
