using System.Reflection;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>
/// F# takes <c>0.1 * x</c> for a product of schedules where a schedule is the only thing that an argument can be, and refuses it. Where there are two members to choose from it finds out first that it is a number.
/// That the lines compile is tested in tests/FSharp/Arithmetic.fs; here, that no public member is left out.
/// </summary>
public class ArithmeticOverloadTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Type[] Types =
    [
        .. from assembly in new[]
           {
               typeof(Rule).Assembly, typeof(Optim.CSharp.OptimizerBuilder).Assembly, typeof(Optim.Tuning.Study).Assembly, typeof(Optim.Networks.Layer).Assembly, typeof(Optim.Reports.Report).Assembly,
               typeof(Optim.Laws.LawSuite).Assembly,
           }
           from type in assembly.GetExportedTypes()
           where !typeof(Delegate).IsAssignableFrom(type)
           select type,
    ];

    /// <summary>What a rule reads its own hyperparameters with: a schedule is at hand there, never a number.</summary>
    private static readonly string[] Readers = ["Constraint.At", "Constraint.Check", "FunctionStep.At", "StateView`1.Value"];

    [Fact]
    public void Every_parameter_that_is_a_schedule_takes_arithmetic_on_numbers_in_FSharp() => Assert.Empty(
        from method in Types.SelectMany(Methods)
        where TakesSchedule(method) && !Readers.Contains($"{method.DeclaringType!.Name}.{method.Name}")
        from place in Enumerable.Range(0, method.GetParameters().Length).Where(i => method.GetParameters()[i].ParameterType == typeof(Schedule))
        from count in Counts(method).Where(count => count > place && !Overloads(method).Any(other => Takes(other, count) && IsNumeric(other.GetParameters()[place])))
        select $"{Signature(method)} with {count}");

    [Fact]
    public void Every_property_that_is_a_schedule_takes_arithmetic_on_numbers_in_FSharp() => Assert.Empty(
        from method in Types.SelectMany(Methods)
        where Makes(method)
        from count in Counts(method).Where(count => !Overloads(method).Any(other => Takes(other, count)))
        select $"{Signature(method)} with {count}");

    private static IEnumerable<MethodBase> Methods(Type type) =>
        type.IsAbstract && !type.IsSealed ? type.GetMethods(Declared).Where(IsCalled) : [.. type.GetConstructors(Declared), .. type.GetMethods(Declared).Where(IsCalled)];

    private static bool IsCalled(MethodInfo method) => !method.IsSpecialName && method.GetBaseDefinition() == method && !method.Name.Contains('<', StringComparison.Ordinal);

    // Schedules are made of schedules, by operators and methods that take numbers.
    private static bool TakesSchedule(MethodBase method) => method.Name != nameof(Equals) && !(method.IsConstructor && typeof(Schedule).IsAssignableFrom(method.DeclaringType))
        && method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Schedule));

    /// <summary>Whether F# can set a hyperparameter within the call, <c>Adam(LearningRate = ...)</c>: C#'s <c>init</c> is for constructors.</summary>
    private static bool Makes(MethodBase method) =>
        method.IsConstructor && method.DeclaringType!.GetProperties().Any(property => property.PropertyType == typeof(Schedule) && property.SetMethod is { IsPublic: true });

    private static IEnumerable<MethodBase> Overloads(MethodBase method) =>
        Methods(method.DeclaringType!).Where(other => other != method && other.Name == method.Name && other.IsStatic == method.IsStatic);

    /// <summary>With how many arguments a method may be called.</summary>
    private static IEnumerable<int> Counts(MethodBase method) => Enumerable.Range(0, Given(method).Length + 1).Where(count => Takes(method, count));

    private static bool Takes(MethodBase method, int count) => count <= Given(method).Length && Given(method).Skip(count).All(parameter => parameter.IsOptional);

    private static ParameterInfo[] Given(MethodBase method) => [.. method.GetParameters().Where(parameter => parameter.ParameterType != typeof(NoValue))];

    private static bool IsNumeric(ParameterInfo parameter) => parameter.ParameterType == typeof(double) || parameter.ParameterType == typeof(Schedule);

    private static string Signature(MethodBase method) =>
        $"{method.DeclaringType!.Name}.{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => $"{parameter.ParameterType.Name} {parameter.Name}"))})";
}
