using Optim.Values;

namespace Optim.Laws;

/// <summary>How thoroughly, and on what, a rule is held to the laws.</summary>
public sealed record LawOptions
{
    /// <summary>The number of random cases a law; a law whose cases are costly takes a fixed fraction of it. 1 or more. Default 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Cases { get; init => field = AtLeastOne(value, nameof(Cases)); } = 100;

    /// <summary>How large cases grow: up to three times as many elements, and three steps for ten. 1 to 100. Default 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in the range.</exception>
    public int Size
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LawRunner.MostSize, nameof(Size));
            field = AtLeastOne(value, nameof(Size));
        }
    } = LawRunner.MostSize;

    /// <summary>Float, double or both. Default both.</summary>
    public ElementTypes ElementTypes { get; init; } = ElementTypes.Both;

    /// <summary>The numbers of the laws to check, as <see cref="LawSuite.Laws"/> lists them; all when null, the default.</summary>
    public IReadOnlyList<int>? Laws { get; init => field = value is null ? null : new ValueList<int>(value); }

    /// <summary>
    /// What the cases are drawn from: a number draws the same cases each time, so that a test that has passed passes again. Null draws new ones at each
    /// check. Default 0.
    /// </summary>
    public int? Seed { get; init; } = 0;

    /// <summary>Repeats one failure: the <c>seed,gamma,size</c> that it printed. Null, the default, to draw cases from <see cref="Seed"/>.</summary>
    public string? Replay { get; init; }

    /// <summary>
    /// Whether each element's update depends on that element alone, so that laws 9 and 10 must hold. Null, the default, to find out by trying: a rule whose
    /// elements turn out to depend on one another is then reported as one that those laws are not about. Say true of a rule that is meant to be elementwise.
    /// </summary>
    public bool? IsElementwise { get; init; }

    /// <summary>Whether mirrored parameters and gradients lead to the mirrored result (law 29). Null, the default, to find out by trying.</summary>
    public bool? IsOdd { get; init; }

    /// <summary>
    /// Whether each case draws the rule's hyperparameters (properties with a setter) from what they accept, schedules among them. Default false: the rule
    /// as it is given. A property that refuses nothing is given wild numbers.
    /// </summary>
    public bool VaryHyperparameters { get; init; }

    private static int AtLeastOne(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        return value;
    }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(LawOptions), PrintMembers);
}

/// <summary>The element types a rule is run in.</summary>
[Flags]
public enum ElementTypes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><see cref="float"/>.</summary>
    Single = 1,

    /// <summary><see cref="double"/>.</summary>
    Double = 2,

    /// <summary>Both.</summary>
    Both = Single | Double,
}
