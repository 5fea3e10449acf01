using System.Globalization;

namespace Optim.Cli.Compare;

/// <summary>Parses optimizers and learning rates from the command line.</summary>
internal static class ContestantList
{
    // No optimizer is called so.
    private const string ForAll = "";

    /// <summary>The optimizers of <c>adam,sgd</c> with the learning rates of <c>adam=0.01,sgd=0.2</c>, or <c>0.01</c> for all; by default their own rates. <c>all</c> means every optimizer.</summary>
    /// <exception cref="FormatException">A name or a rate is invalid; the message says which and what is valid.</exception>
    /// <param name="optimizers">The names.</param>
    /// <param name="learningRates">The learning rates.</param>
    /// <param name="known">The known optimizers, each with its usual rate; null for <see cref="Contestant.All"/>.</param>
    public static IReadOnlyList<Contestant> Parse(IEnumerable<string> optimizers, IEnumerable<string> learningRates, IReadOnlyList<Contestant>? known = null)
    {
        known ??= Contestant.All;
        string[] names = [.. known.Select(contestant => contestant.Name)];
        var chosen = new List<Contestant>();
        foreach (string name in Items(optimizers).SelectMany(name =>
            name.Equals(Contestant.Everyone, StringComparison.OrdinalIgnoreCase) ? names : [name]))
        {
            var contestant = Contestant.Find(name, known)
                ?? throw new FormatException($"--optimizers must hold known names, was '{name}'; {UnknownName.Hint(name, [Contestant.Everyone, .. names])}");
            if (chosen.Contains(contestant))
            {
                throw new FormatException($"--optimizers must hold each name once, '{contestant.Name}' occurs twice.");
            }

            chosen.Add(contestant);
        }

        if (chosen.Count == 0)
        {
            throw new FormatException($"--optimizers must hold at least one name; known: {string.Join(", ", names)}.");
        }

        var rates = Rates(learningRates, known);
        if (rates.Keys.Where(name => name != ForAll).FirstOrDefault(name => chosen.All(contestant => contestant.Name != name)) is { } stranger)
        {
            throw new FormatException(
                $"--learning-rate must name optimizers that are compared, was '{stranger}'; compared: {string.Join(", ", chosen.Select(contestant => contestant.Name))}.");
        }

        // A rate of 0 stands for rules that have none.
        return [.. chosen.Select(contestant => contestant with
        {
            LearningRate = contestant.LearningRate == 0 ? 0 : rates.TryGetValue(contestant.Name, out double rate) || rates.TryGetValue(ForAll, out rate) ? rate : contestant.LearningRate,
        })];
    }

    private static Dictionary<string, double> Rates(IEnumerable<string> learningRates, IReadOnlyList<Contestant> known)
    {
        var rates = new Dictionary<string, double>();
        foreach (string item in Items(learningRates))
        {
            if (item.Split('=', 2, StringSplitOptions.TrimEntries) is not [var name, var text])
            {
                if (!IsRate(item, out double all) || !rates.TryAdd(ForAll, all))
                {
                    throw new FormatException($"--learning-rate must hold pairs such as adam=0.01, or one rate for all, more than 0 and finite, was '{item}'.");
                }

                continue;
            }

            var contestant = Contestant.Find(name, known)
                ?? throw new FormatException($"--learning-rate must name known optimizers, was '{name}'; {UnknownName.Hint(name, [.. known.Select(contestant => contestant.Name)])}");
            if (!IsRate(text, out double rate))
            {
                throw new FormatException($"--learning-rate of {contestant.Name} must be a number more than 0, and finite, was '{text}'.");
            }

            if (!rates.TryAdd(contestant.Name, rate))
            {
                throw new FormatException($"--learning-rate must hold each name once, '{contestant.Name}' occurs twice.");
            }
        }

        return rates;
    }

    private static bool IsRate(string text, out double rate) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out rate) && double.IsFinite(rate) && rate > 0;

    private static IEnumerable<string> Items(IEnumerable<string> texts) =>
        texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
