using Optim.Conformance;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Conformance;

/// <summary>What was recorded of the presets holds of the wrappers that they are presets of.</summary>
public class AroundPresetTests(ITestOutputHelper output)
{
    public static TheoryData<string> Files => ["opt_schedulefree_sgd.json", "opt_schedulefree_adamw.json", "opt_dadapt_sgd.json", "opt_adamw_cautious.json", "opt_lion_cautious.json"];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_wrapper_agrees_with_the_recordings_of_its_preset(string file)
    {
        int replayed = 0;
        foreach (var recording in RecordingFile.Read(Golden.PathOf(file)).Cases)
        {
            if (Around(RuleFamilies.Translate(recording)) is not { } rule)
            {
                continue;
            }

            replayed++;
            var layout = recording.Layout();
            var comparison = new Comparison(recording.Tolerance("recommended_tolerance"));
            var expected = recording.Steps("params", layout);
            var state = Optimizer.Init(rule, recording.Tensors("tensors", layout));
            var aux = recording.Has("aux") ? recording.NamedSteps("aux", _ => layout) : new Dictionary<string, IReadOnlyList<TensorSet<double>>>();
            foreach (var (step, gradient) in recording.Steps("gradients", layout).Index())
            {
                state = state.Step(gradient).Item1;
                comparison.Add("params", step + 1, state.Parameters, expected[step]);
                foreach (var (name, points) in aux)
                {
                    comparison.Add(name, step + 1, name == "x" ? state.EvaluationParameters : state.Slots[name], points[step]);
                }
            }

            foreach (var (scalar, value) in recording.StateNumbers(state.Scalars.Keys))
            {
                comparison.Add(scalar, expected.Count, state.Scalars[scalar], value);
            }

            output.WriteLine($"{file}, {recording.Name}: {string.Join(", ", comparison.Compared)}, worst {comparison.Worst}");
            Assert.True(comparison.Passed, $"{file}, {recording.Name}: {comparison.Worst} is {comparison.Worst?.Ratio}");
        }

        // Two of the three of D-Adaptation have momentum, which the preset takes by averaging points and no rule inside can; one of each of caution climbs.
        Assert.Equal(file == "opt_dadapt_sgd.json" ? 1 : file.Contains("cautious", StringComparison.Ordinal) ? 2 : 3, replayed);
    }

    private static Rule? Around(Rule preset) => preset switch
    {
        ScheduleFreeSgd sgd => new ScheduleFree(new Sgd { LearningRate = sgd.LearningRate, WeightDecay = sgd.WeightDecay })
        {
            Beta1 = sgd.Momentum, WeightStepPower = sgd.WeightStepPower, WeightLearningRatePower = sgd.WeightLearningRatePower,
        },
        ScheduleFreeAdamW adam => new ScheduleFree(new AdamW { LearningRate = adam.LearningRate, Beta1 = 0, Beta2 = adam.Beta2, Epsilon = adam.Epsilon, WeightDecay = adam.WeightDecay })
        {
            Beta1 = adam.Beta1, WeightStepPower = adam.WeightStepPower, WeightLearningRatePower = adam.WeightLearningRatePower,
        },
        DAdaptSgd sgd when sgd.Momentum.At(0) == 0 => new DAdaptation(new Sgd { LearningRate = sgd.LearningRate }) { InitialDistance = sgd.InitialDistance, GrowthRate = sgd.GrowthRate },
        AdamW { Maximize: false } adam => Masked(adam.WithCautious(false), adam.WeightDecay, adam.LearningRate),
        Lion { Maximize: false } lion => Masked(lion.WithCautious(false), lion.WeightDecay, lion.LearningRate),
        _ => null,
    };

    private static Rule Masked(Rule bold, Schedule decay, Schedule rate) => new Cautious(bold.AsDirection()).Then(new AddDecayedWeights(decay)).Then(new ScaleByLearningRate(rate));
}
