using System.Reflection;
using System.Runtime.CompilerServices;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>What the types promise by their shape: sealed, immutable, compared by value, changed by With... methods.</summary>
public class MutabilityTests
{
    private static readonly Type[] PublicTypes = typeof(Rule).Assembly.GetExportedTypes();

    public static TheoryData<Type> Types => [.. PublicTypes];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_public_class_is_sealed_or_abstract_and_its_properties_are_read_only(Type type)
    {
        Assert.True(type.IsSealed || type.IsAbstract || type.IsInterface, $"{type} can be derived from");
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static)
            .Where(property => property.DeclaringType != typeof(Exception)))
        {
            var setter = property.SetMethod;
            if (setter is { IsPublic: true } or { IsFamily: true })
            {
                Assert.True(
                    setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)), $"{type}.{property.Name} can be set after construction");
            }
        }

        foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
        {
            Assert.True(field.IsLiteral || field.IsInitOnly || type.IsEnum, $"{type}.{field.Name} is a field that can be changed");
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void No_property_hands_out_an_array_or_takes_one_by_reference(Type type)
    {
        Assert.DoesNotContain(type.GetProperties(), property => property.PropertyType.IsArray);
        var methods = type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly);
        Assert.DoesNotContain(methods.Where(m => m.Name != "Deconstruct"), m => m.GetParameters().Any(p => p.ParameterType.IsByRef));
        Assert.DoesNotContain(methods, m => m.ReturnType.IsByRef);
    }

    [Fact]
    public void Lists_that_are_handed_out_cannot_be_written()
    {
        IReadOnlyList<object> rules = new Chain(new Scale(), new Sgd()).Rules, entries = RuleRegistry.All;
        Assert.False(rules is object[], "the rules of a chain are its own array");
        Assert.False(entries is object[], "the registry is an array");
        Assert.False(new TableSchedule([1]).Values is double[], "the values of a table are its own array");
        Assert.False(new TensorShape("t", 2).Dimensions is int[], "the dimensions of a shape are its own array");
        Assert.False(Optimizer.Init(new Adam(), TensorSet.OfArray([1.0])).Slots.Keys is string[], "the names of slots are the state's own array");
    }

    [Theory]
    [MemberData(nameof(RuleNames.Every), MemberType = typeof(RuleNames))]
    public void A_rule_equals_its_twin_and_nothing_else(string name)
    {
        var entry = RuleRegistry.Find(name)!;
        Assert.Equal(entry.Create(), entry.Create());
        Assert.Equal(entry.Create().GetHashCode(), entry.Create().GetHashCode());
        Assert.Equal(entry.Create(), Activator.CreateInstance(entry.Create().GetType()));
        for (int seed = 0; seed < 20; seed++)
        {
            Rule rule = AnyRule.Of(new Draw(seed, 100), entry), twin = AnyRule.Of(new Draw(seed, 100), entry);
            Assert.Equal(rule, twin);
            Assert.Equal(rule.GetHashCode(), twin.GetHashCode());
            Assert.Equal(rule.ToString(), twin.ToString());
            Assert.Equal(new Chain(rule, rule), new Chain(twin, twin));
        }

        Assert.All(RuleRegistry.All.Where(other => other.Name != name), other => Assert.NotEqual(entry.Create(), other.Create()));
    }

    [Theory]
    [MemberData(nameof(RuleNames.Every), MemberType = typeof(RuleNames))]
    public void Every_hyperparameter_has_a_With_method_that_changes_it_alone(string name)
    {
        var plain = RuleRegistry.Find(name)!.Create();
        Assert.True(plain.GetType().IsSealed);
        foreach (var hyperparameter in RuleProperty.Of(plain))
        {
            Assert.NotNull(plain.GetType().GetMethods().FirstOrDefault(method => method.Name == "With" + hyperparameter.Name));
            object value = hyperparameter.Another(plain);
            var changed = hyperparameter.With(plain, value);
            Assert.Equal(value, hyperparameter.Value(changed));
            Assert.NotEqual(plain, changed);
            Assert.Equal(plain, hyperparameter.With(changed, hyperparameter.Value(plain)));
            Assert.All(
                RuleProperty.Of(plain).Where(other => other.Name != hyperparameter.Name),
                other => Assert.Equal(other.Value(plain), other.Value(changed)));
        }
    }

    [Fact]
    public void Every_rule_and_every_schedule_of_the_library_is_a_sealed_record_and_every_rule_is_registered()
    {
        var rules = PublicTypes.Where(type => type.IsSubclassOf(typeof(Rule))).ToList();
        Assert.Equal(
            rules.Where(type => type != typeof(Chain) && !type.IsSubclassOf(typeof(FunctionRule)) && !type.IsAbstract).OrderBy(type => type.Name),
            RuleRegistry.All.Select(entry => entry.Create().GetType()).OrderBy(type => type.Name));
        foreach (var type in rules.Concat(PublicTypes.Where(type => type.IsSubclassOf(typeof(Schedule)))).Where(type => !type.IsAbstract))
        {
            Assert.True(type.IsSealed && type.GetMethod("<Clone>$") is not null, $"{type} is not a sealed record");
            Assert.All(type.GetFields(BindingFlags.NonPublic | BindingFlags.Instance), field => Assert.True(field.IsInitOnly || IsOfInitProperty(field), $"{type}.{field.Name}"));
        }

        Assert.Equal(RuleRegistry.All.Count, RuleRegistry.All.Select(entry => entry.Name).Distinct().Count());
        Assert.Null(RuleRegistry.Find("no such rule"));
    }

    /// <summary>The compiler does not mark the field of a partial property as read-only; that its setter is <c>init</c> says the same.</summary>
    private static bool IsOfInitProperty(FieldInfo field) =>
        field.IsDefined(typeof(CompilerGeneratedAttribute))
        && field.Name.EndsWith(">k__BackingField", StringComparison.Ordinal)
        && field.DeclaringType!.GetProperty(field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)])?.SetMethod is { } setter
        && setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    [Fact]
    public void Every_public_With_method_belongs_to_an_init_property()
    {
        foreach (var type in PublicTypes.Where(type => type.GetMethod("<Clone>$") is not null && !type.IsAbstract))
        {
            string[] settable = [.. type.GetProperties().Where(p => p.SetMethod is { IsPublic: true }).Select(p => "With" + p.Name).Order()];
            string[] methods = [.. type.GetMethods().Where(m => m.Name.StartsWith("With", StringComparison.Ordinal)).Select(m => m.Name).Distinct().Order()];
            // Positional records, the declarations and the constant schedule, are made anew instead.
            if (type.GetConstructors().Any(c => c.GetParameters().Length > 0 && c.GetParameters().All(p => type.GetProperty(p.Name!) is not null)))
            {
                continue;
            }

            Assert.Equal(settable, methods);
        }
    }
}
