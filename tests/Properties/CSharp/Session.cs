using System.Globalization;
using System.Numerics;
using FsCheck;
using Optim.CSharp;
using Optim.Properties.Checking;

namespace Optim.Properties.CSharp;

/// <summary>What somebody does with an optimizer, command after command: the same on the facade, and on states of the core.</summary>
internal sealed record Session(Scenario Scenario, Command[] Commands)
{
    public static Arbitrary<Session> Any() => Cases.Of(
        draw =>
        {
            int length = draw.OneIn(3) ? 2 * draw.Integer(0, 40) + 1 : draw.Length();
            var scenario = new Scenario(
                draw.Integer(0, 5) switch
                {
                    0 or 1 => AnyRule.Tree(draw, 2),
                    2 => AnyRule.Of(draw, draw.Of(WithObjective)),
                    _ => AnyRule.Of(draw, draw.Of(RuleNames.OfGradient)),
                },
                draw.Split(length), draw.Numbers(length, draw.Plain), []);
            return new Session(scenario, [.. Enumerable.Range(0, draw.Integer(1, 4 + (draw.Size / 4))).Select(_ => Command.Any(draw, length))]);
        },
        Shrink);

    private static IReadOnlyList<RuleEntry> WithObjective { get; } = [.. RuleRegistry.All.Where(entry => entry.NeedsObjective)];

    public override string ToString() => $"{Scenario.Rule}\nlayout {Scenario.Layout}\n{string.Join("\n", Commands.AsEnumerable())}";

    private static IEnumerable<Session> Shrink(Session session)
    {
        for (int i = 0; i < session.Commands.Length; i++)
        {
            yield return session with { Commands = [.. session.Commands[..i], .. session.Commands[(i + 1)..]] };
        }

        foreach (var rule in AnyRule.Shrink(session.Scenario.Rule))
        {
            yield return session with { Scenario = session.Scenario with { Rule = rule } };
        }
    }
}

/// <summary>One thing to do.</summary>
internal sealed record Command(CommandKind Kind, double Number, double[] Elements)
{
    public static Command Any(Draw draw, int length)
    {
        var kind = draw.Coin() ? draw.OneIn(3) ? CommandKind.StepOn : CommandKind.Step : (CommandKind)draw.Integer(0, (int)CommandKind.Read);
        bool hasElements = kind is CommandKind.Step or CommandKind.Write or CommandKind.StepOn;
        Func<double> number = draw.OneIn(4) ? draw.Wide : draw.Plain;
        return new(kind, draw.Integer(1, 40) / 8.0, hasElements ? draw.Numbers(length, number) : []);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Number:R} {string.Join(" ", Elements.Select(x => x.ToString("R", CultureInfo.InvariantCulture)))}");
}

internal enum CommandKind
{
    /// <summary>A step with the gradient given, the number as the loss.</summary>
    Step,

    /// <summary>A step on the objective that pulls towards the elements; it may fail, at a trial point too.</summary>
    StepOn,

    /// <summary>A step without the loss, which some rules refuse, with another number of threads; the gradient is the parameters.</summary>
    StepWithoutLoss,

    /// <summary>Every learning rate times the number.</summary>
    ScaleRates,

    /// <summary>Another number for every learning rate; refused where a rule has none.</summary>
    AdjustRate,

    /// <summary>The application writes parameters of its own.</summary>
    Write,

    /// <summary>Keeps a snapshot.</summary>
    Save,

    /// <summary>Goes back to the snapshot kept, however often.</summary>
    Restore,

    /// <summary>An input that does not fit: nothing may change.</summary>
    Misuse,

    /// <summary>Asks for everything there is to read.</summary>
    Read,
}
