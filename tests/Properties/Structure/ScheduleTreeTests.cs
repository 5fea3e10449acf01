using System.Reflection;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>Schedules made of others name them, so that whatever goes through a rule's schedules finds each.</summary>
public class ScheduleTreeTests
{
    private static readonly Schedule Own = Schedule.OfFunction("own", step => step);

    [Fact]
    public void A_schedule_names_every_schedule_that_it_holds()
    {
        var kinds = typeof(Schedule).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Schedule)) && !type.IsAbstract && Holding(type).Length > 0).ToList();
        Assert.Contains(kinds, kind => kind.IsNestedPrivate);
        Assert.InRange(kinds.Count, 7, int.MaxValue);
        Assert.All(kinds, kind =>
        {
            var holds = Holding(kind);
            var made = Made(kind);
            var named = (IEnumerable<Schedule>)kind.GetMethod("DeclareInner", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(made, null)!;
            Assert.Equal(holds.SelectMany(property => property.GetValue(made) is Schedule one ? [one] : (IEnumerable<Schedule>)property.GetValue(made)!), named);
            Assert.Equal([Own], RuleTree.OwnSchedules(new Sgd { LearningRate = made }).Distinct());
            Assert.Equal([Own], RuleTree.OwnSchedules(new ApplyIfFinite(new Sgd { Momentum = (Schedule)0.5 * made })).Distinct());
        });
    }

    private static PropertyInfo[] Holding(Type kind) => [.. kind.GetProperties().Where(property => typeof(Schedule).IsAssignableFrom(property.PropertyType) || typeof(IEnumerable<Schedule>).IsAssignableFrom(property.PropertyType))];

    /// <summary>One with a function of the user's own at each place where a schedule may be.</summary>
    private static Schedule Made(Type kind)
    {
        var constructor = kind.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).First(c => c.GetParameters() is [var first, ..] && first.ParameterType != kind);
        return (Schedule)constructor.Invoke([.. constructor.GetParameters().Select(parameter =>
            parameter.ParameterType == typeof(Schedule) ? Own
            : typeof(IEnumerable<Schedule>).IsAssignableFrom(parameter.ParameterType) ? new[] { Own, Own }
            : parameter.HasDefaultValue && parameter.DefaultValue is not null ? parameter.DefaultValue
            : parameter.ParameterType == typeof(long) ? 3L
            : parameter.ParameterType == typeof(int) ? 3
            : parameter.ParameterType == typeof(double) ? 0.5
            : typeof(IEnumerable<long>).IsAssignableFrom(parameter.ParameterType) ? new long[] { 3 }
            : (object?)null)]);
    }
}
