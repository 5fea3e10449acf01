using System.CommandLine.Parsing;
using System.CommandLine;
using System.Globalization;
using Optim.Cli.Bench.Matrices;
using Optim.Cli.Bench.Rules;
using Optim.Cli.Reports;
using Optim.Networks;

namespace Optim.Cli.Bench;

/// <summary><c>optim bench</c>: the speed of steps on this machine, compared with hand-written loops.</summary>
internal static class BenchCommand
{
    /// <summary>The option with which the program runs itself to time a first step.</summary>
    public const string FirstStepOption = "--first-step";

    private static readonly int[] AllSizes = [1_000, 16_000, 100_000, 1_000_000, 10_000_000, 30_000_000], QuickSizes = [1_000, 100_000, 1_000_000];

    // Beyond the caches: four streams of 16 MB.
    private static readonly int[] SizesOfRules = [4_000_000];

    public static Command Create()
    {
        var sizes = Numbers("--sizes", "Numbers of float32 elements, such as 1000,1000000. Default: 1000 to 30000000.", 100_000_000);
        var threads = Numbers("--threads", "Numbers of threads, such as 1,2. Default: 1,2.", 1024);
        var rounds = new Option<int?>("--rounds") { Description = "The number of measurement rounds. Default: 11, quick 3." };
        var quick = new Option<bool>("--quick") { Description = "Fewer rounds, up to 1000000 elements." };
        var json = SharedOptions.Json();
        var quiet = SharedOptions.Quiet();
        var matrices = new Option<bool>("--matrices") { Description = "Measure matrix operations of rules and models instead: managed and with Intel MKL, on one thread." };
        var peer = new Option<string?>("--peer") { Description = "With --matrices: an external program that runs the same tasks and prints its times, in every round; see benchmarks/pytorch.py." };
        var rules = RuleList.Option();
        var firstStep = new Option<bool>(FirstStepOption) { Hidden = true };
        rounds.Validators.Add(result => Parsed(result, rounds.Name, 10_000));
        var command = new Command(
            "bench",
            """
            Measures the speed of steps.

            Measures AdamW steps on float32 elements: in place (donated), as a pure fold, as a chain of four rules and within idle wrappers; beside an
            in-place axpy and a hand-written AdamW loop, in the same run. Needs about 6 GB of memory at 30000000 elements.
            With --rules: a step in place of each rule, beside the time in which its bytes can be moved: the gradient once, the parameters and the slots
            that a step changes twice, by a loop over as many streams, in turns with the steps. A quarter of an hour for all rules.

            Examples:
              optim bench
              optim bench --quick
              optim bench --sizes 1000000,10000000 --threads 1,2,4 --rounds 21
              optim bench --json > bench.json
              optim bench --rules all
              optim bench --rules adamw,lion,muon --sizes 1000000,20000000
              optim bench --matrices
              optim bench --matrices --peer "python3 benchmarks/pytorch.py"
            """)
        {
            sizes, threads, rounds, quick, rules, matrices, peer, json, quiet, firstStep,
        };
        command.SetRun(result =>
        {
            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(firstStep))
            {
                output.Write(FormattableString.Invariant($"{FirstStep.MeasureHere()}"));
                return ExitCode.Done;
            }

            bool isQuick = result.GetValue(quick);
            var progress = Progress(result.InvocationConfiguration.Error, result.GetValue(quiet));
            if (result.GetValue(matrices))
            {
                return Matrices(
                    result.GetValue(rounds) ?? (isQuick ? 1 : 7), result.GetValue(peer), result.GetValue(json), output, result.InvocationConfiguration.Error, progress);
            }

            if (result.GetValue(rules) is { } chosen)
            {
                var costs = RuleCostRun.Measure(
                    chosen, Given(result.GetValue(sizes), SizesOfRules), Given(result.GetValue(threads), [1]), result.GetValue(rounds) ?? (isQuick ? 3 : 11), progress);
                Write(costs, RuleCostReport.Write, result.GetValue(json), output);
                return ExitCode.Done;
            }

            var run = BenchRun.Measure(
                Given(result.GetValue(sizes), isQuick ? QuickSizes : AllSizes),
                Given(result.GetValue(threads), [1, 2]),
                result.GetValue(rounds) ?? (isQuick ? 3 : 11),
                progress);
            Write(run, BenchReport.Write, result.GetValue(json), output);
            return ExitCode.Done;
        });
        return command;
    }

    private static int Matrices(int rounds, string? peer, bool json, TextWriter output, TextWriter error, Action<string> progress)
    {
        MatrixRun run;
        try
        {
            run = MatrixRun.Measure(rounds, peer, progress);
        }
        catch (InvalidOperationException e)
        {
            error.WriteLine(e.Message);
            return ExitCode.Unreadable;
        }

        Write(run, MatrixReport.Write, json, output);
        return ExitCode.Done;
    }

    private static void Write<R>(R run, Action<R, TextWriter> text, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(Json.OfRecord(run));
        }
        else
        {
            text(run, output);
        }
    }

    private static int[] Given(int[]? values, int[] otherwise) => values is { Length: > 0 } ? [.. values.Distinct().Order()] : otherwise;

    /// <summary>An option with positive integers, separated by commas or spaces.</summary>
    private static Option<int[]> Numbers(string name, string description, int most) => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => Parsed(result, name, most),
    };

    private static int[] Parsed(SymbolResult result, string name, int most)
    {
        List<int> numbers = [];
        foreach (string word in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (int.TryParse(word, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) && value >= 1 && value <= most)
            {
                numbers.Add(value);
            }
            else
            {
                result.AddError(FormattableString.Invariant($"{name} must be a whole number from 1 to {most}, was {word}."));
            }
        }

        return [.. numbers];
    }

    /// <summary>Shows progress in a terminal.</summary>
    private static Action<string> Progress(TextWriter error, bool quiet) => !quiet && Terminal.IsOn(error)
        ? message => Terminal.Raw(error).Write($"\r{message,-60}\r")
        : _ => { };
}
