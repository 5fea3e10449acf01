using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>
/// The rates that <c>optim compare</c> and <c>optim train</c> start with are those of tests/tables/starting-rates.csv. OPTIM_UPDATE_RATES=all measures them anew, OPTIM_UPDATE_RATES=NAME,NAME those of some optimizers.
/// </summary>
public class StartingRateTests
{
    public static TheoryData<string> Names => [.. StartingRates.All.Select(contestant => contestant.Name)];

    [Fact]
    public void Every_optimizer_starts_with_the_rate_that_the_search_found()
    {
        string[] asked = Environment.GetEnvironmentVariable("OPTIM_UPDATE_RATES")?.Split(',') ?? [];
        foreach (var contestant in StartingRates.All.Where(contestant => asked.Contains(contestant.Name) || asked.Contains("all")))
        {
            StartingRates.Keep(StartingRates.Search(contestant));
        }

        var rows = StartingRates.OnFile().ToDictionary(row => row.Name, row => row.Found, StringComparer.Ordinal);
        Assert.All(StartingRates.All, contestant => Assert.True(
            rows.TryGetValue(contestant.Name, out double found) && found == contestant.LearningRate,
            FormattableString.Invariant($"The StartingRate of {contestant.Name} must be {(found == 0 ? "found" : found)}, was {contestant.LearningRate}: OPTIM_UPDATE_RATES={contestant.Name} dotnet test tests/Properties --filter StartingRateTests")));
        Assert.Equal(StartingRates.All.Count, rows.Count);
    }

    [Fact]
    public void The_rates_tried_are_1_and_3_of_each_decade() =>
        Assert.Equal([1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10], StartingRates.Tried);

    [Theory]
    [InlineData("sgd")]
    [InlineData("adam")]
    public void The_losses_on_file_are_found_again(string name) => FoundAgain(name, StartingRates.OnFile().Single(row => row.Name == name).Found);

    [SoakTheory]
    [MemberData(nameof(Names))]
    public void All_losses_on_file_are_found_again(string name) => Assert.All(StartingRates.Tried, rate => FoundAgain(name, rate));

    private static void FoundAgain(string name, double rate) => Assert.Equal(
        StartingRates.OnFile().Single(row => row.Name == name).Losses[StartingRates.Tried.ToList().IndexOf(rate)],
        StartingRates.LossAt(StartingRates.All.Single(contestant => contestant.Name == name), rate));
}
