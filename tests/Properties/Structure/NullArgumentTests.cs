using System.Reflection;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>What is missing is refused by its name, at once and not somewhere inside.</summary>
public class NullArgumentTests
{
    private static readonly NullabilityInfoContext Nullability = new();

    public static TheoryData<string, string> Methods
    {
        get
        {
            var methods = new TheoryData<string, string>();
            foreach (var entry in RuleRegistry.All)
            {
                foreach (string method in MethodsOf(entry.Create()).Select(method => method.Name).Distinct())
                {
                    methods.Add(entry.Name, method);
                }
            }

            return methods;
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_method_of_a_rule_refuses_null(string name, string method)
    {
        var rule = RuleRegistry.Find(name)!.Create();
        foreach (var overload in MethodsOf(rule).Where(overload => overload.Name == method))
        {
            object?[] arguments = [.. overload.GetParameters().Select(parameter => parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null)];
            var closed = overload.IsGenericMethodDefinition ? overload.MakeGenericMethod(typeof(double)) : overload;
            Assert.IsType<ArgumentNullException>(Assert.Throws<TargetInvocationException>(() => closed.Invoke(rule, arguments)).InnerException);
        }
    }

    [Fact]
    public void Every_list_and_rule_that_a_rule_holds_refuses_null()
    {
        Refused.With<ArgumentNullException>("Inner", () => new Accumulate(null!, 2));
        Refused.With<ArgumentNullException>("Inner", () => new LateTensors(null!, [], []));
        Refused.With<ArgumentNullException>("Names", () => new LateTensors(new Sgd(), null!, []));
        Refused.With<ArgumentNullException>("JoinedAt", () => new LateTensors(new Sgd(), [], null!));
        Refused.With<ArgumentNullException>("Inner", () => new ExemptFromDecay(null!, TensorSelector.All));
        Refused.With<ArgumentNullException>("Tensors", () => new ExemptFromDecay(new AdamW(), null!));
        Refused.With<ArgumentNullException>("groups", () => new Partition(null!));
        Refused.With<ArgumentNullException>("groups", () => new Partition((ParameterGroup)null!));
        Refused.With<ArgumentNullException>("groups", () => new Partition(new ParameterGroup(TensorSelector.All, null!)));
        Refused.With<ArgumentNullException>("groups", () => new Partition(new ParameterGroup(null!, new Sgd())));
        Refused.With<ArgumentNullException>("tensors", () => new AdamW().NoDecayOn((TensorSelector)null!));
        Refused.With<ArgumentNullException>("rule", () => ((Rule)null!).NoDecayOn("*.bias"));
    }

    [Fact]
    public void Rules_around_another_have_the_usual_one_inside()
    {
        Assert.Equal(new Adam { LearningRate = 0.01 }, new Trac().Inner);
        Assert.Equal(new Sgd { LearningRate = 0.1 }, new Mechanic().Inner);
        Assert.Equal(new Sgd { LearningRate = 0.1 }, new ScheduleFree().Inner);
        Assert.Equal(new Sgd { LearningRate = 1 }, new DAdaptation().Inner);
        Assert.Equal(new Adam(), new Lookahead().Inner);
        Assert.Equal(new AdamW(), new LateTensors().Inner);
        Assert.Equal([new AdamW(), new AdamW { WeightDecay = 0 }], new Partition().Groups.Select(group => group.Rule));
        foreach (var (name, inner) in new (string, Func<Schedule, Rule>)[]
                 {
                     ("trac", rate => new Adam { LearningRate = rate }), ("mechanic", rate => new Sgd { LearningRate = rate }), ("schedule_free", rate => new Sgd { LearningRate = rate }),
                     ("lookahead", rate => new Adam { LearningRate = rate }), ("dadaptation", rate => new Sgd { LearningRate = rate }),
                     ("galore", rate => new AdamW { WeightDecay = 0, LearningRate = rate }),
                 })
        {
            Assert.Equal(inner(0.375), RuleRegistry.Find(name)!.Create(0.375).DeclareInner()[0].Rule);
        }
    }

    /// <summary>Those of the library that take something that must be there.</summary>
    private static IEnumerable<MethodInfo> MethodsOf(Rule rule) => rule.GetType().GetMethods().Where(method =>
        method.DeclaringType!.Assembly == typeof(Rule).Assembly && !method.IsSpecialName && method.Name is not ("Equals" or "<Clone>$")
        && method.GetParameters().Any(parameter => !parameter.ParameterType.IsValueType && Nullability.Create(parameter).WriteState != NullabilityState.Nullable));
}
