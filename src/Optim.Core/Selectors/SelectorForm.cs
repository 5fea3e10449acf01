using Optim.Names;

namespace Optim;

/// <summary>A selector as data, which <see cref="TensorSelector"/> compares and a checkpoint stores.</summary>
internal abstract record SelectorForm
{
    /// <summary>Whether a function is asked, which may answer otherwise another time.</summary>
    public bool AsksFunction => Holds<Chosen>();

    /// <summary>Whether the answer depends on more than a tensor's name.</summary>
    public bool AsksShape => Holds<Ranked>() || AsksFunction;

    /// <summary>The characters of patterns that are looked for anywhere in a name; see <see cref="NamePattern.MiddleLength"/>.</summary>
    public double MiddleLength => this switch
    {
        Named { Patterns: var patterns } => patterns.Sum(pattern => 1.0 + new NamePattern(pattern).MiddleLength),
        Optional(var inner) => inner.MiddleLength,
        Not(var inner) => inner.MiddleLength,
        Or(var left, var right) => left.MiddleLength + right.MiddleLength,
        And(var left, var right) => left.MiddleLength + right.MiddleLength,
        _ => 0,
    };

    private bool Holds<F>()
        where F : SelectorForm => this switch
        {
            F => true,
            Optional(var inner) => inner.Holds<F>(),
            Not(var inner) => inner.Holds<F>(),
            Or(var left, var right) => left.Holds<F>() || right.Holds<F>(),
            And(var left, var right) => left.Holds<F>() || right.Holds<F>(),
            _ => false,
        };

    public sealed record All : SelectorForm;

    public sealed record None : SelectorForm;

    public sealed record Named(ValueList<string> Patterns) : SelectorForm;

    public sealed record Ranked(int Least, int Most) : SelectorForm;

    public sealed record Chosen(Func<TensorShape, bool> Predicate) : SelectorForm;

    /// <summary>One that may match nothing.</summary>
    public sealed record Optional(SelectorForm Inner) : SelectorForm;

    public sealed record Not(SelectorForm Inner) : SelectorForm;

    public sealed record Or(SelectorForm Left, SelectorForm Right) : SelectorForm;

    public sealed record And(SelectorForm Left, SelectorForm Right) : SelectorForm;
}
