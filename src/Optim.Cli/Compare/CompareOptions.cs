using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Optim.Cli.Compare;

/// <summary>The options of <c>optim compare</c>: their parsing, their errors and the settings they add up to.</summary>
internal sealed class CompareOptions
{
    private const int MostEpochs = 10_000, MostThreads = 1024;

    private readonly Option<IReadOnlyList<Contestant>> optimizers = new("--optimizers")
    {
        Description = $"The optimizers, with commas between them: {Contestant.KnownNames}.",
        HelpName = "names",
        DefaultValueFactory = _ => Contestant.All,
        CustomParser = ParseOptimizers,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> epochs = WholeNumber(
        "--epochs", "How often each digit is seen.", CompareSettings.DefaultEpochs, 1, MostEpochs);

    private readonly Option<int> batchSize = WholeNumber(
        "--batch-size", "Digits a step.", CompareSettings.DefaultBatchSize, 1, Training.Digits.TrainingCount);

    private readonly Option<long> seed = WholeNumber<long>(
        "--seed", "Decides the held-out fifth, the initial weights and the batches; the same seed gives the same numbers on every machine.",
        CompareSettings.DefaultSeed, long.MinValue, long.MaxValue);

    private readonly Option<IReadOnlyDictionary<string, double>> learningRates = new("--learning-rate")
    {
        Description = "Learning rates in place of the defaults, with commas between them.",
        HelpName = "name=rate",
        DefaultValueFactory = _ => new Dictionary<string, double>(),
        CustomParser = ParseLearningRates,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> threads = WholeNumber(
        "--threads", "How many optimizers train at the same time. The numbers do not depend on it; the times compare best with 1.",
        CompareSettings.DefaultThreads, 1, MostThreads);

    private readonly Option<FileInfo?> output = new("--output", "-o")
    {
        Description = "Writes a page with interactive charts to this file, too.",
        HelpName = "report.html",
    };

    private readonly Option<bool> json = new("--json") { Description = "Prints one JSON document on standard output, and nothing else there." };

    /// <summary>Adds the options, and the check of those that must go together, to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[optimizers, epochs, batchSize, seed, learningRates, threads, output, json])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            // A value in error has no value to ask for.
            if (!result.Children.SelectMany(child => child.Errors).Any() && !result.Errors.Any())
            {
                RequireRatesOfChosen(result);
            }
        });
    }

    /// <summary>What the command line asks for.</summary>
    public CompareSettings Settings(ParseResult parse)
    {
        var rates = parse.GetRequiredValue(learningRates);
        return new(
            [.. parse.GetRequiredValue(optimizers).Select(c => c with { LearningRate = rates.GetValueOrDefault(c.Name, c.LearningRate) })],
            parse.GetValue(epochs), parse.GetValue(batchSize), parse.GetValue(seed), parse.GetValue(threads));
    }

    /// <summary>The report to write; null for none.</summary>
    public FileInfo? Output(ParseResult parse) => parse.GetValue(output);

    /// <summary>Whether the results are printed for machines.</summary>
    public bool Json(ParseResult parse) => parse.GetValue(json);

    private static Option<T> WholeNumber<T>(string name, string description, T fallback, T least, T most)
        where T : struct, System.Numerics.IBinaryInteger<T>
    {
        string range = string.Create(CultureInfo.InvariantCulture, $"from {least} to {most}");
        return new(name)
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                string text = result.Tokens[^1].Value;
                if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                {
                    return value;
                }

                result.AddError($"{name} must be a whole number {range}, was '{text}'.");
                return fallback;
            },
        };
    }

    private static List<Contestant> ParseOptimizers(ArgumentResult result)
    {
        var chosen = new List<Contestant>();
        foreach (string name in Items(result))
        {
            if (Contestant.Find(name) is not { } contestant)
            {
                result.AddError($"--optimizers must hold known names, was '{name}'; known: {Contestant.KnownNames}.");
            }
            else if (chosen.Contains(contestant))
            {
                result.AddError($"--optimizers must hold each name once, '{contestant.Name}' occurs twice.");
            }
            else
            {
                chosen.Add(contestant);
            }
        }

        return chosen;
    }

    private static Dictionary<string, double> ParseLearningRates(ArgumentResult result)
    {
        var rates = new Dictionary<string, double>();
        foreach (string item in Items(result))
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? item : item[..equals], text = equals < 0 ? "" : item[(equals + 1)..];
            if (equals < 0)
            {
                result.AddError($"--learning-rate must hold pairs such as adam=0.01, was '{item}'.");
            }
            else if (Contestant.Find(name) is not { } contestant)
            {
                result.AddError($"--learning-rate must name known optimizers, was '{name}'; known: {Contestant.KnownNames}.");
            }
            else if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) || !double.IsFinite(rate) || rate <= 0)
            {
                result.AddError($"--learning-rate of {name} must be a number more than 0, and finite, was '{text}'.");
            }
            else if (!rates.TryAdd(contestant.Name, rate))
            {
                result.AddError($"--learning-rate must hold each name once, '{contestant.Name}' occurs twice.");
            }
        }

        return rates;
    }

    private static IEnumerable<string> Items(ArgumentResult result) =>
        result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries));

    private void RequireRatesOfChosen(CommandResult result)
    {
        var chosen = result.GetValue(optimizers) ?? [];
        foreach (string name in (result.GetValue(learningRates) ?? new Dictionary<string, double>()).Keys)
        {
            if (chosen.All(contestant => contestant.Name != name))
            {
                result.AddError($"--learning-rate must name optimizers that are compared, was '{name}'; --optimizers holds: {string.Join(", ", chosen.Select(c => c.Name))}.");
            }
        }
    }
}
