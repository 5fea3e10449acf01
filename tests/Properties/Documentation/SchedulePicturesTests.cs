using System.Globalization;
using System.Text;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The curves of docs/schedules.md are drawn from the schedules. OPTIM_UPDATE_DOCS=1 draws them anew.</summary>
public class SchedulePicturesTests
{
    private const int Width = 320, Height = 130, Steps = 400;

    private static readonly OneCycleSchedule cycle = Schedule.OneCycle(1, Steps);

    private static readonly Dictionary<string, Schedule> schedules = new(StringComparer.Ordinal)
    {
        ["Constant"] = Schedule.Constant(0.5),
        ["Table"] = Schedule.Table([1, 0.4, 0.7, 0.2]),
        ["Piecewise"] = Schedule.Piecewise([0, 80, 200, 400], [0.2, 1, 0.5, 0]),
        ["ConstantFactor"] = Schedule.ConstantFactor(1, totalSteps: 100),
        ["Step"] = Schedule.Step(1, 100, gamma: 0.5),
        ["MultiStep"] = Schedule.MultiStep(1, [120, 240, 320], gamma: 0.3),
        ["Exponential"] = Schedule.Exponential(1, 0.99),
        ["NaturalExponential"] = Schedule.NaturalExponential(1, 0.02),
        ["InverseTime"] = Schedule.InverseTime(1, 0.05),
        ["Linear"] = Schedule.Linear(1, 0.1, 300),
        ["Polynomial"] = Schedule.Polynomial(1, 300, power: 2),
        ["Cosine"] = Schedule.Cosine(1, 300),
        ["RootDecay"] = Schedule.RootDecay(1, 300),
        ["Rex"] = Schedule.Rex(1, 300),
        ["CosineRestarts"] = Schedule.CosineRestarts(1, 60, cycleMultiplier: 2),
        ["TimmCosine"] = Schedule.TimmCosine(1, 90, cycleDecay: 0.6, cycleLimit: 4, warmupT: 30),
        ["TimmPoly"] = Schedule.TimmPoly(1, 300, warmupT: 40),
        ["TimmTanh"] = Schedule.TimmTanh(1, 300, warmupT: 40),
        ["Cyclic"] = Schedule.Cyclic(0.1, 1, stepSizeUp: 50, mode: CyclicMode.Triangular2),
        ["OneCycle"] = cycle,
        ["Noam"] = Schedule.Noam(512, warmupSteps: 80),
        ["WarmupCosine"] = Schedule.WarmupCosine(1, 40, Steps),
        ["WarmupConstant"] = Schedule.WarmupConstant(1, 60),
        ["WarmupLinear"] = Schedule.WarmupLinear(1, 40, Steps),
        ["WarmupCosineCycles"] = Schedule.WarmupCosineCycles(1, 40, Steps, numCycles: 1.5),
        ["WarmupCosineRestarts"] = Schedule.WarmupCosineRestarts(1, 40, Steps, numCycles: 3),
        ["WarmupPolynomial"] = Schedule.WarmupPolynomial(1, 40, Steps, power: 2),
        ["WarmupInverseSqrt"] = Schedule.WarmupInverseSqrt(1, 40),
        ["WarmupStableDecay"] = Schedule.WarmupStableDecay(1, 40, 240, 120),
    };

    public static TheoryData<string> Names => [.. schedules.Keys, "ReduceOnPlateau", "OneCycle-momentum"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_picture_is_what_its_schedule_says(string name)
    {
        string picture = Svg(name, Values(name)), file = Path.Combine("docs", "img", $"schedule-{name}.svg");
        if (Environment.GetEnvironmentVariable("OPTIM_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, file), picture);
            return;
        }

        Assert.True(
            File.Exists(Path.Combine(Repository.Root, file)) && File.ReadAllText(Path.Combine(Repository.Root, file)).ReplaceLineEndings("\n") == picture,
            $"{file} is not what the schedule says now: OPTIM_UPDATE_DOCS=1 dotnet test tests/Properties --filter SchedulePicturesTests");
        Assert.Contains($"img/schedule-{name}.svg", File.ReadAllText(Path.Combine(Repository.Root, "docs", "schedules.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_factory_of_schedules_has_a_picture() => Assert.Empty(typeof(Schedule).GetMethods()
        .Where(method => method.IsStatic && !method.IsSpecialName && method.ReturnType.IsAssignableTo(typeof(Schedule))).Select(method => method.Name)
        .Except(schedules.Keys).Except(["ReduceOnPlateau", "OfFunction", "OfLosses"]));

    private static double[] Values(string name) => name switch
    {
        "ReduceOnPlateau" => Plateau(),
        "OneCycle-momentum" => [.. Enumerable.Range(0, Steps).Select(t => cycle.Momentum().At(t))],
        "Table" => [.. Enumerable.Range(0, Steps).Select(t => schedules[name].At(t / 80))],
        _ => [.. Enumerable.Range(0, Steps).Select(t => schedules[name].At(t))],
    };

    /// <summary>What a run's rate does when its loss falls, stays, falls again and stays.</summary>
    private static double[] Plateau()
    {
        var state = Optimizer.Init(new Sgd { LearningRate = Schedule.ReduceOnPlateau(1, factor: 0.5, patience: 40) }, TensorSet.OfArray([1.0]));
        double[] rates = new double[Steps];
        for (int t = 0; t < Steps; t++)
        {
            rates[t] = state.Hyperparameters["LearningRate"];
            (state, _) = Optimizer.Step(state.Donate(), TensorSet.OfArray([0.0]), loss: t < 100 ? 200 - t : t is >= 200 and < 250 ? 300 - t : 99);
        }

        return rates;
    }

    private static string Svg(string name, double[] values)
    {
        const int Left = 8, Right = Width - 8, Top = 20, Bottom = Height - 20;
        double high = values.Max(), low = Math.Min(0, values.Min());
        if (name == "OneCycle-momentum")
        {
            low = 0.8;
        }

        var points = new StringBuilder();
        for (int t = 0; t < values.Length; t++)
        {
            double x = Left + ((double)(Right - Left) * t / (values.Length - 1)), y = Bottom - ((Bottom - Top) * (values[t] - low) / (high - low));

            // What lies on a level line is not said again.
            if (t > 0 && t < values.Length - 1 && values[t] == values[t - 1] && values[t] == values[t + 1])
            {
                continue;
            }

            points.Append(CultureInfo.InvariantCulture, $"{(points.Length == 0 ? "" : " ")}{Math.Round(x, 1)},{Math.Round(y, 1)}");
        }

        return string.Create(CultureInfo.InvariantCulture, $$$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{{Width}}} {{{Height}}}" width="{{{Width}}}" height="{{{Height}}}">
            <style>text{font:12px system-ui,sans-serif;fill:#5b6570}.a{stroke:#9aa4af}.c{stroke:#2a78d6}@media(prefers-color-scheme:dark){text{fill:#98a2ae}.a{stroke:#5a636e}.c{stroke:#6ab0ff}}</style>
            <text x="{{{Left}}}" y="13">{{{name}}}</text>
            <text x="{{{Right}}}" y="{{{Height - 5}}}" text-anchor="end">step {{{Steps}}}</text>
            <path class="a" d="M{{{Left}}} {{{Top}}}V{{{Bottom}}}H{{{Right}}}" fill="none"/>
            <polyline class="c" fill="none" stroke-width="2" points="{{{points}}}"/>
            </svg>

            """).ReplaceLineEndings("\n");
    }
}
