using System.Globalization;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Optim.Properties.Checking;

/// <summary>
/// Checks a law on generated cases. A failure prints the smallest case found and a replay of the form <c>seed,gamma,size</c>; the
/// environment variable OPTIM_REPLAY takes it and runs that case alone. OPTIM_MAX_TESTS multiplies the number of cases.
/// </summary>
internal static class Law
{
    private const int EndSize = 100;

    /// <param name="output">Takes one line when the law holds.</param>
    /// <param name="cases">Makes and shrinks cases.</param>
    /// <param name="law">Throws where it does not hold.</param>
    /// <param name="count">The number of cases.</param>
    /// <param name="replay">What to replay; by default what OPTIM_REPLAY says.</param>
    /// <param name="name">The law's name; by default the test's.</param>
    public static void Check<T>(
        ITestOutputHelper output, Arbitrary<T> cases, Action<T> law, int count = 100, string? replay = null, [CallerMemberName] string name = "")
    {
        var config = Config.QuickThrowOnFailure.WithName(name).WithMaxTest(Math.Max(1, (int)(count * Multiplier()))).WithEndSize(EndSize)
            .WithRunner(new Reporter(output)).WithReplay(Replay(replay ?? Environment.GetEnvironmentVariable("OPTIM_REPLAY")));
        Prop.ForAll(cases, law).Check(config);
    }

    private static double Multiplier() =>
        double.TryParse(Environment.GetEnvironmentVariable("OPTIM_MAX_TESTS"), NumberStyles.Float, CultureInfo.InvariantCulture, out double factor) ? factor : 1;

    private static FSharpOption<Replay>? Replay(string? text) =>
        text?.Split(',') is [var seed, var gamma, var size]
            ? new(new(
                new Rnd(ulong.Parse(seed, CultureInfo.InvariantCulture), ulong.Parse(gamma, CultureInfo.InvariantCulture)),
                int.Parse(size, CultureInfo.InvariantCulture)))
            : null;

    private sealed class Reporter(ITestOutputHelper output) : IRunner
    {
        private static readonly FSharpFunc<object, string> Text =
            FuncConvert.FromFunc<object, string>(x => Convert.ToString(x, CultureInfo.InvariantCulture) ?? "null");

        public void OnStartFixture(Type value)
        {
        }

        public void OnArguments(int value1, FSharpList<object> value2, FSharpFunc<int, FSharpFunc<FSharpList<object>, string>> value3)
        {
        }

        public void OnShrink(FSharpList<object> value1, FSharpFunc<FSharpList<object>, string> value2)
        {
        }

        public void OnFinished(string value1, TestResult value2)
        {
            string report = Runner.onFinishedToStringWithFormatter(Text, value1, value2);
            if (value2 is not TestResult.Failed failed)
            {
                output.WriteLine(report);
                if (!value2.IsPassed)
                {
                    throw new XunitException(report);
                }

                return;
            }

            throw new XunitException(FormattableString.Invariant(
                $"{report}\nReplay with OPTIM_REPLAY={failed.Item6.Seed},{failed.Item6.Gamma},{failed.Item7}"));
        }
    }
}
