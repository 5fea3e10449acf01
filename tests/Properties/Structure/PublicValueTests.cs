using System.Globalization;
using Optim.CSharp;
using Optim.Networks;
using Optim.Properties.Checking;
using Optim.Reports;
using Optim.Tuning;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>Law 62, over every public type of the packages.</summary>
public class PublicValueTests
{
    // What is no value but somebody's: a place in memory, a file, a model, a run on record, a row of a catalogue.
    private static readonly Type[] Identities =
        [typeof(Parameter<>), typeof(InPlaceOptimizer<>), typeof(Network<>), typeof(Trajectory<>), typeof(Landscape), typeof(RuleEntry), typeof(RecipeEntry), typeof(SafetensorsFile)];

    private static readonly Type[] Public =
    [
        .. new[] { typeof(Rule), typeof(Minimizer), typeof(Study), typeof(LawSuite), typeof(Layer), typeof(Report) }.SelectMany(type => type.Assembly.GetExportedTypes())
            .Where(type => !type.IsAbstract && !type.IsEnum && !type.IsAssignableTo(typeof(Delegate)) && !type.IsAssignableTo(typeof(Exception)) && !type.IsAssignableTo(typeof(Attribute))),
    ];

    /// <summary>The values of <see cref="PublicValues"/>, and rules and schedules of every kind.</summary>
    private static IEnumerable<Func<object>> Values =>
    [
        .. PublicValues.All,
        .. RuleRegistry.All.SelectMany(entry => Enumerable.Range(0, 3).Select(seed => (Func<object>)(() => AnyRule.Of(new Draw(seed, 100), entry)))),
        .. Enumerable.Range(0, 400).Select(seed => (Func<object>)(() =>
        {
            var draw = new Draw(seed, 100);
            return AnySchedule.Of(draw, () => draw.Plain());
        })),
        () => new Chain(new Scale(-0.5), new Sgd()),
    ];

    [Fact]
    public void Every_public_type_with_a_text_or_an_equality_of_its_own_is_among_the_values() => Assert.Empty(
        Public.Where(type => Declares(type, nameof(ToString)) || Declares(type, nameof(Equals), typeof(object))).Where(type => !type.Name.StartsWith("Fused", StringComparison.Ordinal))
            .Except(Values.Select(make => Definition(make().GetType()))).Select(type => type.Name));

    [Fact]
    public void Law_62_every_public_value_equals_its_twin()
    {
        foreach (var make in Values)
        {
            object value = make(), twin = make();
            if (!Identities.Contains(Definition(value.GetType())))
            {
                Assert.True(value.Equals(twin), $"{value.GetType().Name}: {value} does not equal its twin");
                Assert.Equal(value.GetHashCode(), twin.GetHashCode());
                Assert.False(value.Equals("something else"));
            }
        }
    }

    [Fact]
    public void Law_62_every_public_value_prints_the_same_in_every_culture()
    {
        object[] values = [.. Values.Select(make => make())];
        string[] expected = [.. values.Select(Text)];
        foreach (var culture in Cultures.All)
        {
            for (int i = 0; i < values.Length; i++)
            {
                string text = Cultures.In(culture, () => Text(values[i]));
                Assert.True(expected[i] == text, $"{values[i].GetType().Name} in {culture.Name}:\n{text}\nelsewhere\n{expected[i]}");
            }
        }
    }

    [Fact]
    public void Law_62_with_the_data_of_the_system_too() => Cultures.CheckWithTheDataOfTheSystem();

    /// <summary>What the child process of <see cref="Cultures"/> does.</summary>
    internal static void Check() => new PublicValueTests().Law_62_every_public_value_prints_the_same_in_every_culture();

    private static string Text(object value) => value.ToString()!;

    private static bool Declares(Type type, string method, params Type[] parameters) =>
        type.GetMethod(method, parameters)!.DeclaringType is { } declaring && declaring != typeof(object) && declaring != typeof(ValueType);

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
}
