using Microsoft.CodeAnalysis;

namespace Optim.Generators;

/// <summary>Everything the generator refuses. Each is an error at the place that is to be changed.</summary>
internal static class Diagnostics
{
    public static readonly DiagnosticDescriptor NotPartial = Error(
        "OPTIM001", "A rule is a partial record", "'{0}' must be declared 'partial', and so must the types around it, for a rule's members to be generated");

    public static readonly DiagnosticDescriptor NotARule = Error(
        "OPTIM002", "[Rule] belongs on a record that derives from Rule", "'{0}' must derive from Optim.Rule");

    public static readonly DiagnosticDescriptor NoRange = Error(
        "OPTIM003", "A hyperparameter has a range", "'{0}' accepts every value, NaN included; say which with [Range(Bounds. ...)] or [AtLeast(...)] on a partial property, or check it in its 'init'");

    public static readonly DiagnosticDescriptor NotPartialProperty = Error(
        "OPTIM004", "A range is checked by a partial property", "'{0}' has a range and must be declared as 'public partial {1} {0} {{ get; init; }}'");

    public static readonly DiagnosticDescriptor WrongRange = Error(
        "OPTIM005", "A range fits the type of its property", "'{0}' is of type '{1}': [Range] is for Schedule and double, [AtLeast] for int and long");

    public static readonly DiagnosticDescriptor TwoRanges = Error(
        "OPTIM006", "A hyperparameter has one range", "'{0}' has both [Range] and [AtLeast]");

    public static readonly DiagnosticDescriptor DefaultOutOfRange = Error(
        "OPTIM007", "A default lies in its range", "The default of '{0}' must be {1}, was {2}");

    public static readonly DiagnosticDescriptor NoDefault = Error(
        "OPTIM008", "A schedule has a default", "'{0}' needs a default: a schedule without one is null");

    public static readonly DiagnosticDescriptor NoTag = Error(
        "OPTIM009", "A registered rule says whose it is", "The documentation of '{0}' needs a <{1}>");

    public static readonly DiagnosticDescriptor TagTwice = Error(
        "OPTIM010", "A rule has one of each tag", "The documentation of '{0}' has <{1}> more than once");

    public static readonly DiagnosticDescriptor NotXml = Error(
        "OPTIM011", "A rule's documentation is XML", "The documentation of '{0}' cannot be read: {1}");

    public static readonly DiagnosticDescriptor NoRate = Error(
        "OPTIM012", "An optimizer can be made at a learning rate", "'{0}' has a StartingRate and so needs a LearningRate, or a static method AtRate(Schedule)");

    public static readonly DiagnosticDescriptor NotAFormula = Error(
        "OPTIM021", "A formula is a readonly partial struct of one element type", "'{0}' must be a 'readonly partial struct {0}<T>', and the types around it must be partial");

    public static readonly DiagnosticDescriptor NoApply = Error(
        "OPTIM022", "A formula has one method Apply of a lane", "'{0}' must have one method 'L Apply<L>(L update, ...) where L : struct, ILane<L, {1}>', has {2}");

    public static readonly DiagnosticDescriptor WrongParameter = Error(
        "OPTIM023", "A formula takes the update, the parameter and slots", "'{0}' of '{1}.Apply' must be {2}");

    public static readonly DiagnosticDescriptor SlotTwice = Error(
        "OPTIM024", "A slot is named once", "'{0}' has the slots '{1}' and '{2}', whose names differ by case alone");

    public static readonly DiagnosticDescriptor NotInlined = new(
        "OPTIM025", "A formula is inlined", "'{0}.Apply' needs [MethodImpl(MethodImplOptions.AggressiveInlining)]: a call for each lane would cost more than its arithmetic",
        "Optim", DiagnosticSeverity.Warning, isEnabledByDefault: true);

    private static DiagnosticDescriptor Error(string id, string title, string message) => new(id, title, message, "Optim", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
