using System.Text.Json;
using System.Text.Json.Nodes;
using Optim.Conformance;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Conformance;

/// <summary>What other libraries do with numbers that are not finite, and what their constructors refuse; nonfinite.json.</summary>
public class FactsTests
{
    private const string File = "nonfinite.json";

    /// <summary>Each recorded check in our words; null where ours has nothing to refuse.</summary>
    private static readonly Dictionary<string, (Func<Rule> Create, string? Refusal)> Constructors = new()
    {
        ["SGD lr=-1"] = (() => new Sgd { LearningRate = -1 }, "LearningRate must be 0 or more, and finite, was -1"),
        ["SGD lr=nan"] = (() => new Sgd { LearningRate = double.NaN }, "LearningRate must be 0 or more, and finite, was NaN"),
        ["SGD lr=inf"] = (() => new Sgd { LearningRate = double.PositiveInfinity }, "LearningRate must be 0 or more, and finite, was Infinity"),
        ["SGD lr=0"] = (() => new Sgd { LearningRate = 0 }, null),
        ["SGD nesterov without momentum"] = (() => new Sgd { Nesterov = true }, "Nesterov needs a Momentum above 0 and a Dampening of 0"),
        ["SGD nesterov with dampening"] = (() => new Sgd { Nesterov = true, Momentum = 0.9, Dampening = 0.1 }, "Nesterov needs a Momentum above 0 and a Dampening of 0"),
        ["SGD momentum=-0.1"] = (() => new Sgd { Momentum = -0.1 }, "Momentum must be in [0, 1), was -0.1"),
        ["SGD momentum=1.5"] = (() => new Sgd { Momentum = 1.5 }, "Momentum must be in [0, 1), was 1.5"),
        ["Adam lr=nan"] = (() => new Adam { LearningRate = double.NaN }, "LearningRate must be 0 or more, and finite, was NaN"),
        ["Adam eps=-1"] = (() => new Adam { Epsilon = -1 }, "Epsilon must be 0 or more, and finite, was -1"),
        ["Adam beta1=1.0"] = (() => new Adam { Beta1 = 1 }, "Beta1 must be in [0, 1), was 1"),
        ["Adam beta2=-0.1"] = (() => new Adam { Beta2 = -0.1 }, "Beta2 must be in [0, 1), was -0.1"),
        ["Adam weight_decay=-1"] = (() => new Adam { WeightDecay = -1 }, "WeightDecay must be 0 or more, and finite, was -1"),
        ["empty parameter list"] = (() => new Sgd(), null),
    };

    public static TheoryData<string> Checks => [.. Recorded()["constructor_checks"]!.AsObject().Select(check => check.Key)];

    [Theory]
    [MemberData(nameof(Checks))]
    public void What_another_constructor_refuses_ours_refuses_and_NaN_and_infinity_as_well(string check)
    {
        var (create, refusal) = Constructors[check];
        string theirs = Recorded()["constructor_checks"]![check]!.GetValue<string>();
        var parameters = check == "empty parameter list" ? TensorSet.OfArray(Array.Empty<double>()) : TensorSet.OfArray([1.0]);
        var gradient = TensorSet.Filled(parameters.Layout, 0.5);
        if (refusal is not null)
        {
            Assert.Contains(refusal, Assert.ThrowsAny<ArgumentException>(() => Optimizer.Init(create(), parameters)).Message, StringComparison.Ordinal);
            return;
        }

        // An empty set is a set: a rate of 0 or nothing to move leaves all as it is.
        Assert.True(theirs == "accepted" || parameters.Layout.Length == 0);
        Assert.Equal(parameters.ToArray(), Optimizer.Init(create(), parameters).Step(gradient).Item2.ToArray());
    }

    [Fact]
    public void NaN_of_a_recording_is_met_by_NaN_alone_and_an_infinity_by_that_of_its_sign()
    {
        var (name, step, infinite) = ("sgd_plain", 4, 1);
        Assert.Equal(Outcome.Passed, Edited(name, _ => { }).Outcome);
        foreach (var (element, value) in new (int, JsonNode)[] { (0, 1e300), (0, "Infinity"), (infinite, "Infinity"), (infinite, "NaN"), (infinite, -1e300), (3, "NaN") })
        {
            var result = Edited(name, recorded => recorded["params"]![step]![0]![element] = value);
            Assert.Equal(Outcome.Failed, result.Outcome);
            Assert.Equal(new Deviation(double.PositiveInfinity, "params", step + 1, 0, element), result.Comparison!.Worst);
        }
    }

    [Fact]
    public void Hyperparameters_left_out_are_the_sources_and_unknown_ones_fail()
    {
        Assert.Equal(Outcome.Passed, Edited("adam", recorded => recorded["hyperparameters"]!["eps"] = 1e-8).Outcome);
        Assert.Equal(Outcome.Failed, Edited("adam", recorded => recorded["hyperparameters"]!["eps"] = 1e-3).Outcome);
        Assert.Contains("takes no notice of: sofa", Edited("adam", recorded => recorded["hyperparameters"]!["sofa"] = 1).Reason, StringComparison.Ordinal);
        Assert.Contains("'foreach' must be true", Edited("nadam_foreach", recorded => recorded["hyperparameters"]!["foreach"] = false).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_belongs_to_the_longest_family_that_begins_its_name()
    {
        Assert.Equal("adam", RuleFamilies.FamilyOfName("adam_amsgrad"));
        Assert.Equal("adamw", RuleFamilies.FamilyOfName("adamw"));
        Assert.Equal("adam_mini", RuleFamilies.FamilyOfName("adam_mini_nan"));
        Assert.Equal("clip_grad_norm", RuleFamilies.FamilyOfName("clip_grad_norm_nan_p2"));
        Assert.Null(RuleFamilies.FamilyOfName("adamant"));
        var skipped = Edited("adam", recorded => recorded["name"] = "adamant");
        Assert.Equal((Outcome.Skipped, "no rule for this family"), (skipped.Outcome, skipped.Reason));
    }

    [Fact]
    public void A_case_of_metrics_is_that_of_the_schedule_that_follows_them()
    {
        var result = Edited("reduce_on_plateau_nonfinite_metrics", _ => { });
        Assert.Equal((Outcome.Passed, "values"), (result.Outcome, string.Join(", ", result.Comparison!.Compared)));
        Assert.Equal(Outcome.Failed, Edited("reduce_on_plateau_nonfinite_metrics", plateau => plateau["metrics"]![1] = 0.5).Outcome);
    }

    [Fact]
    public void Lion_shows_a_NaN_that_the_recording_hides_and_agrees_everywhere_else()
    {
        JsonArray recorded = Case("lion")["params"]!.AsArray();
        Assert.All(recorded, step => Assert.True(double.IsFinite(step![0]![0]!.GetValue<double>())));
        Assert.Equal(Outcome.Passed, Edited("lion", _ => { }).Outcome);

        // NaN from the step that met it on, and not a step before; the neighbours as recorded.
        var early = Edited("lion", lion => lion["params"]![0]![0]![0] = "NaN");
        Assert.Equal(new Deviation(double.PositiveInfinity, "params", 1, 0, 0), early.Comparison!.Worst);
        Assert.Equal(Outcome.Failed, Edited("lion", lion => lion["params"]![5]![0]![1] = 0.5).Outcome);
    }

    private static JsonNode Recorded() => JsonNode.Parse(System.IO.File.ReadAllBytes(Golden.PathOf(File)))!;

    private static JsonObject Case(string name, JsonNode? root = null) =>
        (root ?? Recorded())["cases"]!.AsArray().Single(c => c!["name"]!.GetValue<string>() == name)!.AsObject();

    /// <summary>One case of the file, changed, after its replay.</summary>
    private static CaseResult Edited(string name, Action<JsonObject> edit)
    {
        var root = Recorded();
        var own = Case(name, root);
        edit(own);
        root["cases"] = new JsonArray(own.DeepClone());
        return Assert.Single(Replayer.Replay(RecordingFile.Parse(File, JsonSerializer.SerializeToUtf8Bytes(root))));
    }
}
