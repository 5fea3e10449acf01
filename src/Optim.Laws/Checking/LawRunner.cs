using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Optim.Laws;

/// <summary>Checks a law on generated cases with FsCheck.</summary>
internal static class LawRunner
{
    /// <summary>The default size of the largest cases.</summary>
    public const int MostSize = 100;

    /// <param name="name">The law's name.</param>
    /// <param name="cases">Generates and shrinks cases.</param>
    /// <param name="law">Throws if it does not hold.</param>
    /// <param name="count">The number of cases.</param>
    /// <param name="replay">A single case to run, as printed by a failure: <c>seed,gamma,size</c>. Null for fresh cases.</param>
    /// <param name="size">The size of the largest cases.</param>
    /// <param name="seed">The seed of the cases if none is replayed: the same text generates the same cases. Null for fresh ones.</param>
    public static LawOutcome Run<T>(
        string name, Arbitrary<T> cases, Action<T> law, int count, string? replay = null, int size = MostSize, string? seed = null)
    {
        var runner = new Recorder();
        Prop.ForAll(cases, law).Check(
            Config.Quick.WithName(name).WithMaxTest(count).WithEndSize(size).WithRunner(runner).WithReplay(Replay(replay) ?? Begin(seed)));
        return runner.Outcome!;
    }

    /// <summary>The generator for a seed text.</summary>
    private static FSharpOption<Replay>? Begin(string? seed)
    {
        if (seed is null)
        {
            return null;
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(seed));

        // The generator steps by its gamma, which must be odd to reach every number.
        ulong gamma = BinaryPrimitives.ReadUInt64LittleEndian(hash.AsSpan(8)) | 1;
        return new(new(new Rnd(BinaryPrimitives.ReadUInt64LittleEndian(hash), gamma), FSharpOption<int>.None));
    }

    private static FSharpOption<Replay>? Replay(string? text)
    {
        if (text is null)
        {
            return null;
        }

        return text.Split(',') is [var seed, var gamma, var size]
            && ulong.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out ulong s)
            && ulong.TryParse(gamma, NumberStyles.None, CultureInfo.InvariantCulture, out ulong g)
            && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int n)
            ? new(new(new Rnd(s, g), n))
            : throw new ArgumentException($"A replay must be of the form seed,gamma,size, as a failure prints it, was '{text}'.", nameof(text));
    }

    private sealed class Recorder : IRunner
    {
        private static readonly FSharpFunc<object, string> Text =
            FuncConvert.FromFunc<object, string>(x => Convert.ToString(x, CultureInfo.InvariantCulture) ?? "null");

        public LawOutcome? Outcome { get; private set; }

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
            Outcome = value2 switch
            {
                TestResult.Passed passed => new(true, passed.Item1.NumberOfTests, report),
                TestResult.Failed failed => new(false, failed.Item1.NumberOfTests, report)
                {
                    Counterexample = Text.Invoke(failed.Item3[0]),
                    Reason = failed.Item4 is Outcome.Failed { Item: { } error } ? Innermost(error) : failed.Item4.ToString(),
                    Replay = FormattableString.Invariant($"{failed.Item6.Seed},{failed.Item6.Gamma},{failed.Item7}"),
                },
                _ => new(false, 0, report) { Reason = report },
            };
        }

        private static string Innermost(Exception error)
        {
            while (error is AggregateException or System.Reflection.TargetInvocationException && error.InnerException is { } inner)
            {
                error = inner;
            }

            return error is LawBrokenException ? error.Message : $"{error.GetType().Name}: {error.Message}";
        }
    }
}

/// <summary>The result of checking a law.</summary>
/// <param name="Held">Whether it held in every case.</param>
/// <param name="Cases">The number of cases run.</param>
/// <param name="Report">FsCheck's report.</param>
internal sealed record LawOutcome(bool Held, int Cases, string Report)
{
    /// <summary>The smallest case found in which it does not hold.</summary>
    public string? Counterexample { get; init; }

    /// <summary>What does not hold in it.</summary>
    public string? Reason { get; init; }

    /// <summary>The replay text of the case: <c>seed,gamma,size</c>.</summary>
    public string? Replay { get; init; }
}
