using System.Numerics;
using FsCheck;

namespace Optim.Laws;

/// <summary>A law for every rule, or every rule of a kind.</summary>
/// <param name="number">Its number in docs/laws.md; parts of a law share one.</param>
/// <param name="statement">What holds, in a sentence.</param>
internal abstract class RuleLaw(int number, string statement)
{
    public int Number => number;

    public string Statement => statement;

    /// <summary>The number of cases per hundred requested: fewer if cases are expensive.</summary>
    public virtual int CasesPerHundred => 100;

    /// <summary>Why the law does not apply to a rule; null if it does.</summary>
    public virtual string? WhyNotFor(Subject subject) => null;

    /// <summary>
    /// Whether the rule is said to be of the kind that the law is about. Null where nothing is said: then a rule that breaks the law is taken to be of
    /// another kind.
    /// </summary>
    public virtual bool? IsAbout(LawOptions options) => true;

    /// <summary>The option that declares it.</summary>
    public virtual string KindOption => "";

    /// <summary>The cases it is checked on.</summary>
    public virtual Arbitrary<Scenario> CasesFor(Subject subject) => subject.Scenarios();

    /// <summary>Throws if the law does not hold.</summary>
    public abstract void Check<T>(Scenario s)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Throws if it does not hold in float or in double.</summary>
    public void Holds(Scenario s)
    {
        Check<float>(s);
        Check<double>(s);
    }
}
