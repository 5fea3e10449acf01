using System.Text.RegularExpressions;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Optim.Properties.Checking;

/// <summary>The runner itself: a law that does not hold fails, shrinks and can be replayed.</summary>
public class LawTests(ITestOutputHelper output)
{
    [Fact]
    public void A_false_law_fails_with_its_smallest_case_and_a_replay()
    {
        var original = new List<string>();
        string message = Failure(s => original.Add(s.ToString()), null);
        Assert.Contains("Shrunk:", message, StringComparison.Ordinal);
        Assert.Contains("gradient 0 [", message, StringComparison.Ordinal);
        Assert.EndsWith("start [0, 0]\ngradient 0 [0, 0]", Smallest(message), StringComparison.Ordinal);

        string replay = Regex.Match(message, @"OPTIM_REPLAY=(\d+,\d+,\d+)").Groups[1].Value;
        var replayed = new List<string>();
        string again = Failure(s => replayed.Add(s.ToString()), replay);
        Assert.Contains(replayed[0], original);
        Assert.Equal(Smallest(message), Smallest(again));
        Assert.Contains("after 1 test", again, StringComparison.Ordinal);
    }

    [Fact]
    public void A_true_law_reports_its_cases() =>
        Law.Check(output, Scenario.OfChains(), s => Assert.All(s.Gradients, g => Assert.Equal(s.Start.Length, g.Length)));

    [Fact]
    public void The_same_seed_draws_the_same_cases_and_another_seed_others()
    {
        string[] drawn = [.. new[] { "1 a", "1 a", "2 a", "1 b" }.Select(Drawn)];
        Assert.Equal(drawn[0], drawn[1]);
        Assert.Equal(3, drawn.Distinct().Count());
        Assert.NotEqual(Seed.Of(output, "one law"), Seed.Of(output, "another"));
        Assert.Contains(nameof(The_same_seed_draws_the_same_cases_and_another_seed_others), Seed.Of(output, "law"), StringComparison.Ordinal);

        static string Drawn(string seed)
        {
            var cases = new List<string>();
            LawRunner.Run("draws", Scenario.Of("adam"), s => cases.Add(s.ToString()), 10, seed: seed);
            return string.Join('\n', cases);
        }
    }

    private string Failure(Action<Scenario> seen, string? replay) => Assert.Throws<XunitException>(() => Law.Check(
        output, Scenario.Of("adam"), s =>
        {
            seen(s);
            Assert.True(s.Start.Length < 2);
        }, replay: replay)).Message;

    private static string Smallest(string message)
    {
        string shrunk = message[message.IndexOf("Shrunk:", StringComparison.Ordinal)..];
        return shrunk[..shrunk.IndexOf("with exception", StringComparison.Ordinal)].TrimEnd();
    }
}
