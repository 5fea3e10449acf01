using System.Globalization;

namespace Optim.Laws;

/// <summary>
/// The laws that every rule obeys, as a test for a rule of your own: <c>LawSuite.For(new MyRule()).Assert()</c>.
/// </summary>
/// <remarks>
/// Each law is checked by FsCheck on random parameters, gradients, shapes, lengths and numbers of steps: magnitudes from 1e-30 to 1e30, zeros of both
/// signs, subnormals, lengths around the widths of SIMD lanes and, for threads, of several chunks. "The same" means the same bits. Counterexamples are
/// fully shrunk. A rule that needs the loss or the Hessian diagonal is given them; rules that evaluate the objective
/// themselves are not supported. Immutable.
/// </remarks>
public sealed class LawSuite
{
    private static readonly RuleLaw[] Generic =
    [
        new IdentityLaw(), new AssociativityLaw(), new PurityLaw(), new DonationLaw(), new PlainSweepLaw(), new ResumeLaw(), new ThreadsLaw(),
        new PermutationLaw(), new FlatLaw(), new AloneLaw(), new ChangeLaw(), new ConstantLaw(), new ShapesLaw(), new LateLaw(), new OddLaw(),
        new DescentLaw(), new MaximizeLaw(),
    ];

    private readonly Rule rule;
    private readonly LawOptions options;

    private LawSuite(Rule rule, LawOptions options)
    {
        this.rule = rule;
        this.options = options;
    }

    /// <summary>The laws, in the order of their numbers.</summary>
    public static IReadOnlyList<LawStatement> Laws { get; } = Array.AsReadOnly<LawStatement>([.. Generic.Select(law => new LawStatement(law.Number, law.Statement))]);

    /// <summary>The suite for a rule.</summary>
    /// <param name="rule">The rule, with its intended hyperparameters.</param>
    /// <param name="options">The options; the defaults when null.</param>
    /// <exception cref="ArgumentException">The options name an unknown law.</exception>
    public static LawSuite For(Rule rule, LawOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(rule);
        options ??= new();
        if (options.Laws?.Except(Generic.Select(law => law.Number)).ToList() is { Count: > 0 } unknown)
        {
            throw new ArgumentException(
                $"{nameof(LawOptions.Laws)} must be among {string.Join(", ", Generic.Select(law => law.Number).Distinct())}, was {string.Join(", ", unknown)}.", nameof(options));
        }

        return new(rule, options);
    }

    /// <summary>Checks every law.</summary>
    /// <returns>One result per law; a broken law is a result, not an error.</returns>
    public LawReport Check()
    {
        var subject = new Subject(rule, options);
        return new(rule, Array.AsReadOnly<LawResult>([.. Generic.Where(law => options.Laws?.Contains(law.Number) != false).Select(law => Result(law, subject))]));
    }

    /// <summary>Checks every law and throws if one is broken, for tests.</summary>
    /// <exception cref="LawBrokenException">A law is broken; the message is the report.</exception>
    public void Assert()
    {
        var report = Check();
        if (!report.Holds)
        {
            throw new LawBrokenException(report.ToString());
        }
    }

    private LawResult Result(RuleLaw law, Subject subject)
    {
        var statement = new LawStatement(law.Number, law.Statement);
        if ((subject.WhyNotSteppedOn ?? law.WhyNotFor(subject)) is { } reason)
        {
            return new(statement, LawVerdict.DoesNotApply) { Reason = reason };
        }

        if (law.IsAbout(options) == false)
        {
            return new(statement, LawVerdict.DoesNotApply) { Reason = $"{law.KindOption} = false" };
        }

        int count = Math.Max(1, options.Cases * law.CasesPerHundred / 100);
        string? seed = options.Seed is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number} {law.Number} {law.Statement} {rule}") : null;
        var outcome = LawRunner.Run(law.Statement, law.CasesFor(subject), Holds, count, options.Replay, options.Size, seed);
        if (!outcome.Held && law.IsAbout(options) is null)
        {
            return new(statement, LawVerdict.DoesNotApply)
            {
                Reason = $"the rule is not of the kind that it is about ({outcome.Reason}); {law.KindOption} = true holds it to the law", Replay = outcome.Replay,
            };
        }

        return new(statement, outcome.Held ? LawVerdict.Held : LawVerdict.Broken)
        {
            Cases = outcome.Cases, Reason = outcome.Reason, Counterexample = outcome.Counterexample, Replay = outcome.Replay,
        };

        void Holds(Scenario s)
        {
            if (options.ElementTypes.HasFlag(ElementTypes.Single))
            {
                law.Check<float>(s);
            }

            if (options.ElementTypes.HasFlag(ElementTypes.Double))
            {
                law.Check<double>(s);
            }
        }
    }
}
