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
