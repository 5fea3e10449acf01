using Optim.Laws;

namespace Optim.Samples.Laws;

/// <summary>A wrong rule, and a law that it breaks.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Law">The law's number.</param>
/// <param name="Options">What its author says of it.</param>
public sealed record Mistake(Rule Rule, int Law, LawOptions Options)
{
    private static readonly LawOptions Few = new() { Cases = 50 };

    /// <summary>The wrong rules of this sample.</summary>
    public static IReadOnlyList<Mistake> All { get; } =
    [
        new(new CountsItself(), 4, Few),
        new(new DrawsByItself(), 4, Few),
        new(new WritesIntoTheGradient(), 4, Few),
        new(new RemembersTheFirstGradient(), 6, Few),
        new(new SumsByThread(), 8, Few),
        new(new MixesNeighbours(), 9, Few with { IsElementwise = true }),
        new(new CountsIn32Bits(), 16, Few),
        new(new SignOfZero(), 29, Few with { IsOdd = true }),
        new(new Ascends(), 49, Few),
        new(new DecaysBeforeItFlips(), 50, Few),
    ];
}
