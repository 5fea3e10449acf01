using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Optim.Properties.Checking;

/// <summary>
/// What random cases are drawn from: a fixed number, so that a test that has passed passes again. OPTIM_SEED takes another number, or
/// <c>random</c> for one that this run draws.
/// </summary>
internal static class Seed
{
    private const string Variable = "OPTIM_SEED";

    /// <summary>The number of this run.</summary>
    public static int Number { get; } = Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" => 0,
        "random" => RandomNumberGenerator.GetInt32(1, int.MaxValue),
        var text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new ArgumentException($"{Variable} must be a whole number or 'random', was '{text}'."),
    };

    /// <summary>How to draw the same cases again; empty where they are those of every run.</summary>
    public static string Hint { get; } = Number == 0 ? "" : FormattableString.Invariant($", or all of its cases with {Variable}={Number}");

    /// <summary>The seed of a case that a test names itself.</summary>
    /// <param name="which">The case.</param>
    public static int Of(FormattableString which) =>
        BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{Number} {FormattableString.Invariant(which)}"))));

    /// <summary>The seed of one test, which differs from those of all others: rows of a theory draw different cases.</summary>
    /// <param name="output">The test's own.</param>
    /// <param name="law">The law, of which a test may check several.</param>
    public static string Of(ITestOutputHelper output, string law) =>
        string.Create(CultureInfo.InvariantCulture, $"{Number} {TestOf((TestOutputHelper)output).DisplayName} {law}");

    // xUnit 2 tells a test its name in no other way.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "test")]
    private static extern ref ITest TestOf(TestOutputHelper output);
}
