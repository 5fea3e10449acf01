using Xunit;

namespace Optim.Properties.Documentation;

public class SchedulesExample
{
    [Fact]
    public void The_example_of_the_page_of_schedules_is_what_it_says()
    {
        var cycle = Schedule.OneCycle(maxValue: 0.1, totalSteps: 10_000);
        var rule = new Sgd { LearningRate = cycle, Momentum = cycle.Momentum(high: 0.95, low: 0.85) };

        // Three passes over the data: warm up and fall, fall again from half as high, then stay low.
        var fall = Schedule.Cosine(3e-4, 10_000);
        var passes = fall.AfterWarmup(500).Then(fall.Scale(0.5), 10_500).Then(1e-6, 20_500);
        string picture = passes.Plot(30_000);
        string chart = passes.ToVegaLite(30_000, "learning rate");

        var inverseRoot = Schedule.OfFunction("inverse_root", step => 0.1 / Math.Sqrt(1 + step));

        Assert.Equal(0.05, inverseRoot.At(3));
        Assert.Equal((0.1, 0.85), (rule.LearningRate.At(2999), rule.Momentum.At(2999)));
        Assert.Equal((6e-7, 3e-4, 1.5e-4, 1e-6), (passes.At(0), passes.At(500), passes.At(10_500), passes.At(20_500)));
        Assert.Contains("\"learning rate\"", chart, StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "documentation", "schedules.md"));
        Assert.Contains(picture, page.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_of_schedules_names_every_schedule_and_every_factory()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "documentation", "schedules.md"));
        var types = typeof(Schedule).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Schedule))).Select(type => type.Name);
        var factories = typeof(Schedule).GetMethods()
            .Where(method => method.IsStatic && !method.IsSpecialName && method.ReturnType.IsAssignableTo(typeof(Schedule))).Select(method => "Schedule." + method.Name);
        Assert.All(types.Concat(factories), name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }
}
