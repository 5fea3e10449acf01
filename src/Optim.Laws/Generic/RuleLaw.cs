using System.Numerics;
using FsCheck;

namespace Optim.Laws;

/// <summary>A law that every rule keeps, or every rule of a kind.</summary>
/// <param name="number">Its number in docs/laws.md; parts of a law share one.</param>
/// <param name="statement">What holds, in a sentence.</param>
internal abstract class RuleLaw(int number, string statement)
{
    public int Number => number;

    public string Statement => statement;

    /// <summary>How many cases are run where a hundred are asked for: fewer where a case is costly.</summary>
    public virtual int CasesPerHundred => 100;

    /// <summary>Why the law says nothing about a rule; null where it does.</summary>
    public virtual string? WhyNotFor(Subject subject) => null;

    /// <summary>
    /// Whether the rule is said to be of the kind that the law is about. Null where nothing is said: then a rule that breaks the law is taken to be of
    /// another kind.
    /// </summary>
    public virtual bool? IsAbout(LawOptions options) => true;

    /// <summary>The option that says so.</summary>
    public virtual string KindOption => "";

    /// <summary>The cases it is checked on.</summary>
    public virtual Arbitrary<Scenario> CasesFor(Subject subject) => subject.Scenarios();

    /// <summary>Throws where the law does not hold.</summary>
    public abstract void Check<T>(Scenario s)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Throws where it does not hold in float or in double.</summary>
    public void Holds(Scenario s)
    {
        Check<float>(s);
        Check<double>(s);
    }
}
