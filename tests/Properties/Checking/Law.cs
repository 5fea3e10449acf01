using System.Globalization;
using System.Runtime.CompilerServices;
using FsCheck;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Optim.Properties.Checking;

/// <summary>
/// Checks a law on generated cases, the same ones in every run unless OPTIM_SEED says otherwise (<see cref="Seed"/>). A failure prints the
/// smallest case found and a replay of the form <c>seed,gamma,size</c>; the environment variable OPTIM_REPLAY takes it and runs that case
/// alone. OPTIM_MAX_TESTS multiplies the number of cases.
/// </summary>
internal static class Law
{
    /// <param name="output">Takes one line when the law holds.</param>
    /// <param name="cases">Makes and shrinks cases.</param>
    /// <param name="law">Throws where it does not hold.</param>
    /// <param name="count">The number of cases.</param>
    /// <param name="replay">What to replay; by default what OPTIM_REPLAY says.</param>
    /// <param name="name">The law's name; by default the test's.</param>
    public static void Check<T>(
        ITestOutputHelper output, Arbitrary<T> cases, Action<T> law, int count = 100, string? replay = null, [CallerMemberName] string name = "")
    {
        var outcome = LawRunner.Run(
            name, cases, law, Math.Max(1, (int)(count * Multiplier())), replay ?? Environment.GetEnvironmentVariable("OPTIM_REPLAY"), seed: Seed.Of(output, name));
        if (!outcome.Held)
        {
            throw new XunitException($"{outcome.Report}\nReplay with OPTIM_REPLAY={outcome.Replay}{Seed.Hint}");
        }

        output.WriteLine(outcome.Report);
    }

    private static double Multiplier() =>
        double.TryParse(Environment.GetEnvironmentVariable("OPTIM_MAX_TESTS"), NumberStyles.Float, CultureInfo.InvariantCulture, out double factor) ? factor : 1;
}
