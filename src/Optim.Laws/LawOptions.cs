using Optim.Values;

namespace Optim.Laws;

/// <summary>The options of a law check.</summary>
public sealed record LawOptions
{
    /// <summary>The number of random cases per law; laws with expensive cases use a fixed fraction of it. 1 or more. Default 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Cases { get; init => field = AtLeastOne(value, nameof(Cases)); } = 100;

    /// <summary>The maximum size of cases: up to three times as many elements, and three steps per ten. 1 to 100. Default 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
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
    /// The seed: the same number generates the same cases, so that tests are not flaky. Null generates new ones at each
    /// check. Default 0.
    /// </summary>
    public int? Seed { get; init; } = 0;

    /// <summary>Replays one failure: the <c>seed,gamma,size</c> that it printed. Null, the default, to generate cases from <see cref="Seed"/>.</summary>
    public string? Replay { get; init; }

    /// <summary>
    /// Whether each element's update depends on that element alone, so that laws 9 and 10 must hold. Null, the default, to find out by trying: a rule whose
    /// elements turn out to depend on one another is then reported as not elementwise. Set true for a rule that should be elementwise.
    /// </summary>
    public bool? IsElementwise { get; init; }

    /// <summary>Whether mirrored parameters and gradients lead to the mirrored result (law 29). Null, the default, to find out by trying.</summary>
    public bool? IsOdd { get; init; }

    /// <summary>
    /// Whether to randomize the rule's hyperparameters (settable properties) within their ranges, including schedules. Default false: the rule
    /// as given. A property that accepts everything gets arbitrary numbers.
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

/// <summary>The element types to test.</summary>
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
