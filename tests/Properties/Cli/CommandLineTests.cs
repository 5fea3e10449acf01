using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Optim.Cli;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>What all commands have in common: help, errors, exit codes, completion, Ctrl-C.</summary>
public partial class CommandLineTests
{
    public static TheoryData<string> Commands => [.. Program.CreateRoot().Subcommands.Select(command => command.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_has_examples_that_can_be_typed(string name)
    {
        var root = Program.CreateRoot();
        var examples = Help.ExamplesOf(root.Subcommands.Single(command => command.Name == name)).ToList();
        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            // Up to a pipe, a redirection or the next command, without variables and the launcher of ranks in front.
            string typed = Variables().Replace(EndOfCommand().Split(example)[0].Trim(), "");
            var words = CommandLineParser.SplitCommandLine(typed).ToList();
            Assert.Equal(["optim", name], words[..2]);
            Assert.Empty(root.Parse(words[1..]).Errors);
        });
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_has_json_for_machines(string name)
    {
        var command = Program.CreateRoot().Subcommands.Single(command => command.Name == name);
        Assert.Equal(name != "completion", command.Options.Any(option => option.Name == "--json"));
    }

    [Fact]
    public void The_list_of_commands_is_short_and_tells_the_exit_codes()
    {
        foreach (string[] arguments in (string[][])[["--help"], []])
        {
            var (code, output, error) = Run(arguments);
            Assert.Equal((ExitCode.Done, ""), (code, error));
            Assert.All(Program.CreateRoot().Subcommands, command => Assert.Contains($"\n  {command.Name} ", output, StringComparison.Ordinal));
            Assert.DoesNotContain("optim bench --quick", output, StringComparison.Ordinal);
            Assert.Contains("130 interrupted", output, StringComparison.Ordinal);
            Assert.All(output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
            string[] list = [.. output.Split('\n').SkipWhile(line => line.Trim() != "Commands:").Skip(1).TakeWhile(line => line.Trim().Length > 0)];
            Assert.Equal(Program.CreateRoot().Subcommands.Count, list.Length);
            Assert.All(list, line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        }
    }

    [Fact]
    public void Examples_stay_in_the_help_of_a_command() =>
        Assert.Contains("optim bench --sizes 1000000,10000000 --threads 1,2,4 --rounds 21\n", Run("bench", "--help").Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("There is no command 'compar'; the nearest are 'compare', ", "optim --help", "compar")]
    [InlineData("There is no command 'compar'; the nearest are 'compare', ", "optim --help", "compar", "--epochs", "3")]
    [InlineData("'optim compare' has no option '--optimizer'; the nearest are '--optimizers', ", "optim compare --help", "compare", "--optimizer", "adam")]
    [InlineData("'optim compare' has no option '--eppchs'; the nearest are '--epochs', ", "optim compare --help", "compare", "--eppchs=3")]
    [InlineData("'optim info' does not know what to do with 'this'.", "optim info --help", "info", "this")]
    [InlineData("Required argument 'second' missing", "optim diff --help", "diff", "one")]
    [InlineData("Argument 'tcsh' not recognized.", "optim completion --help", "completion", "tcsh")]
    public void What_is_not_understood_is_named_with_the_nearest_and_where_to_look(string sentence, string help, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        Assert.EndsWith($"\nSee '{help}'.\n", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no rule 'adamx'; the nearest are 'adam', 'adamax', 'adamp'. 'optim rules' lists all.", "rules", "adamx")]
    [InlineData("There is no recipe 'resnett'; the nearest are 'resnet', ", "recipes", "resnett")]
    [InlineData("--optimizers must hold known names, was 'adamm'; the nearest are 'adam', ", "compare", "--optimizers", "adamm")]
    [InlineData("The landscape must be a known one, was 'rosenbrok'; the nearest are 'rosenbrock', ", "landscape", "rosenbrok")]
    public void A_name_that_is_not_there_is_answered_with_the_nearest(string sentence, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inspect", "/no/such/file")]
    [InlineData("replay", "/no/such/file")]
    [InlineData("rules", "--markdown", "--recordings", "/no/such/folder")]
    [InlineData("compare", "--output", "/no/such/folder/report.html")]
    [InlineData("landscape", "booth", "--output", "/no/such/folder/report.html")]
    public void A_file_that_cannot_be_read_or_written_is_named(params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((ExitCode.Unreadable, ""), (code, output));
        Assert.Contains(arguments[^1], error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_for_machines_are_those_of_the_registry()
    {
        var rules = JsonNode.Parse(Run("rules", "--json").Output)!["rules"]!.AsArray();
        Assert.Equal(RuleRegistry.All.Select(entry => entry.Name), rules.Select(rule => (string)rule!["name"]!));
        var adamW = JsonNode.Parse(Run("rules", "AdamW", "--json").Output)!;
        Assert.Equal(2, (int)adamW["slotsPerParameter"]!);
        Assert.Equal(0.01, (double)adamW["startingRate"]!);
    }

    [Theory]
    [InlineData("optim c", "compare completion")]
    [InlineData("optim compare --opt", "--optimizers")]
    [InlineData("/usr/local/bin/optim compare --ep", "--epochs")]
    [InlineData("optim compare --optimizers sgd,sgd", "sgd,sgdp sgd,sgdw")]
    [InlineData("optim tune --optimizers adamw lion --epo", "--epochs")]
    [InlineData("optim compare --optimizers adamw --thr", "--threads")]
    [InlineData("optim compare --epochs 3 --quiet --ep", "")]
    [InlineData("optim landscape himmelblau --optimizers=adam --opt", "--optimizers")]
    [InlineData("optim rules dadapt", "dadaptation dadapt_adam dadapt_sgd")]
    [InlineData("optim landscape hi", "himmelblau")]
    [InlineData("optim recipes gp", "gpt")]
    [InlineData("optim completion p", "pwsh")]
    [InlineData("optim replay --backend m", "mkl mkl-matrices")]
    [InlineData("optim inspect ", "")]
    [InlineData("optim compare --output ", "")]
    [InlineData("optim diff first.safetensors ", "")]
    [InlineData("optim info ", "--help --json")]
    public void Completion_offers_what_may_stand_there(string line, string suggestions) =>
        Assert.Equal(suggestions, string.Join(' ', Run($"[suggest:{line.Length}]", line).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));

    [UnixTheory]
    [InlineData("optim com", "compare completion")]
    [InlineData("optim compare --optimizers adamw,lio", "adamw,lion")]
    [InlineData("optim landscape ros", "rosenbrock")]
    [InlineData("optim diff ", "")]
    public void Bash_completes_with_the_script(string line, string suggestions)
    {
        string script = $$"""
            optim() { dotnet '{{typeof(Program).Assembly.Location}}' "$@"; }
            source <(optim completion bash)
            COMP_LINE='{{line}}'; COMP_POINT=${#COMP_LINE}; read -ra COMP_WORDS <<< "$COMP_LINE"
            [[ "$COMP_LINE" == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            complete -p optim | grep -q -- '-F _optim' && _optim optim && echo "${COMPREPLY[*]}"
            """;
        var start = new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var bash = Process.Start(start)!;
        string output = bash.StandardOutput.ReadToEnd();
        Assert.Equal((suggestions, ""), (output.TrimEnd('\n'), bash.StandardError.ReadToEnd()));
    }

    [UnixTheory]
    [InlineData("compare", "--epochs", "10000")]
    [InlineData("compare", "--epochs", "10000", "--json")]
    public void Ctrl_C_ends_a_command_without_a_trace(params string[] arguments)
    {
        using var child = new ChildCommand(arguments);
        child.InterruptAfter(TimeSpan.FromSeconds(2));
        Assert.Equal((ExitCode.Interrupted, "", "Interrupted.\n"), (child.ExitCode, child.Output, child.Error));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    [GeneratedRegex(@" \| | > | >> | && ")]
    private static partial Regex EndOfCommand();

    [GeneratedRegex("^(([A-Z_]+=[^ ]+|mpiexec -n [0-9]+) )+")]
    private static partial Regex Variables();
}
