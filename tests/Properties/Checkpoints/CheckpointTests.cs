using System.Text.Json.Nodes;
using Optim.Checkpoints;
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Checkpoints;

/// <summary>Checkpoints on a disk: what is loaded into what, what is said when it does not fit, and folders of them.</summary>
public sealed class CheckpointTests : IDisposable
{
    private static readonly TensorSet<double> Start = TensorSet.OfTensors(Given.Vector("w", 1.0, 2), Given.Vector("b", 3.0));

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_first_version_of_the_format_is_still_read()
    {
        // Written by the first release and committed: whoever changes the format breaks this.
        var adamW = new AdamW { LearningRate = Schedule.WarmupCosine(0.1, 2, 10), WeightDecay = 0.1 };
        var groups = new Partition(new(TensorSelector.Named("b*"), adamW.WithWeightDecay(0)), new(TensorSelector.All, adamW));
        string path = Path.Combine(AppContext.BaseDirectory, "checkpoints", "version-1.safetensors");
        Assert.Equal(After(5, groups), Checkpoint.Load<double>(path));

        // What NoDecayOn was then: it is one rule now, and steps to the same bits.
        Assert.Equal(After(9, adamW.NoDecayOn("b*")).Parameters, Enumerable.Range(0, 4).Aggregate(Checkpoint.Load<double>(path), (state, _) => state.Step(state.Parameters).Item1).Parameters);

        OptimizerState<double> After(int steps, Rule rule) =>
            Enumerable.Range(0, steps).Aggregate(Optimizer.Init(new Accumulate(new ClipByGlobalNorm(1).Then(rule), 2), Start), (state, _) => state.Step(state.Parameters).Item1);
    }

    [Fact]
    public void Every_rule_and_schedule_of_the_first_version_is_still_read()
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "checkpoints", "rules-1.txt"));
        Assert.True(lines.Length > 100, "too few");
        Assert.All(lines, line => Assert.True(
            Holds(JsonNode.Parse(RuleJson.Write(RuleJson.Read(line, [])))!, JsonNode.Parse(line)!), line));

        // What is written today may say more: hyperparameters that have come since.
        static bool Holds(JsonNode now, JsonNode then) => (now, then) switch
        {
            (JsonObject n, JsonObject t) => t.All(member => member.Value is null ? n[member.Key] is null : n[member.Key] is { } value && Holds(value, member.Value)),
            (JsonArray n, JsonArray t) => n.Count == t.Count && n.Zip(t).All(pair => Holds(pair.First!, pair.Second!)),
            _ => now.ToJsonString() == then.ToJsonString(),
        };
    }

    [Fact]
    public void A_rule_that_has_left_the_library_is_refused_by_its_name()
    {
        // It went to samples/CustomRule before the first release; whoever has copied it gives it, as any rule that cannot be read.
        var left = Assert.Throws<FormatException>(() => RuleJson.Read("""{"rule":"scale_by_coherence","Beta1":0.9,"Epsilon":1E-16}""", []));
        Assert.StartsWith("rule must be a rule of this library, was 'scale_by_coherence'; the nearest are", left.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_is_no_data_is_refused_and_given_when_it_is_loaded()
    {
        var rule = new Freeze(new Adam(), TensorSelector.Where(shape => shape.Name == "b"));
        var state = Optimizer.Init(rule, Start).Step(Start).Item1;
        Refused.With<ArgumentException>("rule.Tensors is a function that chooses tensors", () => Saved(state));
        Assert.Empty(Directory.GetFiles(folder.Path));
        Checkpoint.Save(folder["a"], state, saveRule: false);
        Assert.Equal(state, Checkpoint.Load<double>(folder["a"], rule));
        Refused.With<CheckpointException>("'optim.rule': the state was saved without its rule: give it", () => Checkpoint.Load<double>(folder["a"]));
        Refused.With<CheckpointException>("reshaped: slots/exp_avg/b (F64 [0], expected F64 [1])", () => Checkpoint.Load<double>(folder["a"], new Adam()));
        Refused.With<CheckpointException>(
            "missing: slots/momentum_buffer/w, slots/momentum_buffer/b; unexpected: slots/exp_avg/w", () => Checkpoint.Load<double>(folder["a"], new Sgd { Momentum = 0.5 }));
    }

    [Fact]
    public void A_summary_says_what_a_checkpoint_holds_beside_its_tensors()
    {
        var state = Optimizer.Init(new Halving { Part = 0.25, Inner = new Adam() }, Start).Step(Start).Item1;
        Checkpoint.Save(folder["a"], state, notes: new Dictionary<string, string> { ["run"] = "7" });
        using (var file = SafetensorsFile.Open(folder["a"]))
        {
            var known = Checkpoint.Summary(file, [new Halving()])!;
            Assert.Equal((1L, 1L, "F64", (Rule?)state.Rule, (string?)null), (known.Format, known.StepCount, known.ElementType, known.Rule, known.RuleProblem));
            Assert.Equal(state.Rule, RuleJson.Read(known.RuleText!, [new Halving()]));
            Assert.Equal("7", Assert.Single(known.Notes).Value);
            var unknown = Checkpoint.Summary(file)!;
            Assert.Null(unknown.Rule);
            Assert.Contains("which this library does not have", unknown.RuleProblem, StringComparison.Ordinal);
            Assert.True(file.Metadata.ContainsKey(Checkpoint.HashKey));
        }

        Checkpoint.Save(folder["b"], state, saveRule: false);
        using (var file = SafetensorsFile.Open(folder["b"]))
        {
            var without = Checkpoint.Summary(file)!;
            Assert.Equal((null, null), (without.Rule, without.RuleText));
            Assert.Contains("was saved without its rule", without.RuleProblem, StringComparison.Ordinal);
        }

        Safetensors.Save(folder["c"], Start);
        using var plain = SafetensorsFile.Open(folder["c"]);
        Assert.Null(Checkpoint.Summary(plain));
    }

    [Fact]
    public void A_file_is_replaced_as_a_whole_or_not_at_all()
    {
        AtomicFile.Write(folder["a"], stream => stream.Write("one"u8));
        Assert.Throws<FormatException>(() => AtomicFile.Write(folder["a"], stream =>
        {
            stream.Write("two"u8);
            throw new FormatException();
        }));
        Assert.Equal("one", File.ReadAllText(folder["a"]));
        AtomicFile.Write(folder["a"], stream => stream.Write("2"u8));
        Assert.Equal("2", File.ReadAllText(folder["a"]));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_rule_of_ones_own_needs_to_be_given()
    {
        var state = Optimizer.Init(new Halving { Part = 0.25, Inner = new Adam() }, Start).Step(Start).Item1;
        Checkpoint.Save(folder["a"], state);
        Refused.With<CheckpointException>("rule is of type 'Optim.Properties.Checkpoints.CheckpointTests+Halving', which this library does not have", () => Checkpoint.Load<double>(folder["a"]));
        Assert.Equal(state, Checkpoint.Load<double>(folder["a"], ownRules: [new Halving()]));
        Assert.Equal(state, Checkpoint.Load<double>(folder["a"], state.Rule));
    }

    [Fact]
    public void Another_type_of_elements_is_refused_unless_it_is_asked_for()
    {
        var state = Optimizer.Init(new Adam(), Start).Step(Start).Item1;
        Checkpoint.Save(folder["a"], state);
        Refused.With<CheckpointException>("must be F32, were 'F64'; convert: true rounds them", () => Checkpoint.Load<float>(folder["a"]));
        var single = Checkpoint.Load<float>(folder["a"], convert: true);
        Assert.Equal(state.Slots["exp_avg_sq"].ToArray().Select(x => (float)x), single.Slots["exp_avg_sq"].ToArray());
        Assert.Equal(state.Scalars, single.Scalars);
        Checkpoint.Save(folder["b"], single);
        Assert.Equal(single.Parameters.ToArray().Select(x => (double)x), Checkpoint.LoadInto(folder["b"], state, convert: true).Item1.Parameters.ToArray());
    }

    [Fact]
    public void Loading_into_a_state_is_strict_or_partial_as_asked()
    {
        var rule = new Lookahead { Inner = new NAdam() };
        var saved = Optimizer.Init(rule, Start).Step(Start).Item1;
        Checkpoint.Save(folder["a"], saved);

        // The same names in another order: the file's order does not count.
        var turned = Optimizer.Init(rule, TensorSet.OfTensors(Start["b"], Start["w"]));
        var (state, report) = Checkpoint.LoadInto(folder["a"], turned);
        Assert.True(report.Fits);
        Assert.Equal((1, saved.Parameters["w"], saved.Slots["exp_avg"]["b"], saved.Scalars["mu_product"]), (state.StepCount, state.Parameters["w"], state.Slots["exp_avg"]["b"], state.Scalars["mu_product"]));

        var other = Optimizer.Init(new NAdam(), TensorSet.OfTensors(Given.Vector("w", 7.0, 8), Given.Vector("b", 9.0, 10), Given.Vector("c", 11.0)));
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.LoadInto(folder["a"], other));
        Assert.Equal(["parameters/c", "slots/exp_avg/c", "slots/exp_avg_sq/c"], error.Report!.Missing);
        Assert.Equal(["slots/slow/w", "slots/slow/b"], error.Report.Unexpected);
        Assert.Equal(3, error.Report.Reshaped.Count);
        var (part, partial) = Checkpoint.LoadInto(folder["a"], other, partial: true);
        Assert.Equal(error.Report.ToString(), partial.ToString());
        Assert.Equal([.. saved.Parameters["w"].ToArray(), 9, 10, 11], part.Parameters.ToArray());
        Assert.Equal((1, new LateTensors(other.Rule, ["b", "c"], [1, 1]), saved.Scalars["mu_product"]), (part.StepCount, part.Rule, part.Scalars["mu_product"]));
        Assert.Equal(4, partial.Loaded);
    }

    [Fact]
    public void Names_with_slashes_do_not_meet()
    {
        var rule = new Named("x/y", "x");
        var start = TensorSet.OfTensors(Given.Vector("z", 1.0), Given.Vector("y/z", 2.0), Given.Vector("%2F", 3.0));
        var state = Optimizer.Init(rule, start);
        Checkpoint.Save(folder["a"], state, saveRule: false);
        Assert.Equal(state, Checkpoint.Load<double>(folder["a"], rule));
    }

    [Fact]
    public void Other_files_are_told_from_checkpoints()
    {
        Safetensors.Save(folder["a"], Start);
        Refused.With<CheckpointException>("'optim.format': a checkpoint of an optimizer must have it", () => Checkpoint.Load<double>(folder["a"]));
        Safetensors.Save(folder["a"], Start, new Dictionary<string, string> { [CheckpointContent.FormatKey] = "2" });
        Refused.With<CheckpointException>("the version must be 1, was 2; a later version of Optim wrote it", () => Checkpoint.Load<double>(folder["a"]));
        var state = Optimizer.Init(new Adam(), Start);
        state.Donate().Step(Start);
        Assert.Throws<InvalidOperationException>(() => Saved(state));
    }

    [Fact]
    public void A_folder_keeps_the_last_few_and_refuses_what_would_lose_later_ones()
    {
        var checkpoints = new CheckpointFolder(folder["run"], keep: 2);
        Assert.Null(checkpoints.Latest);
        Assert.Null(checkpoints.LoadLatest<double>());
        var states = Optimizer.Scan(Optimizer.Init(new Adam(), Start), Enumerable.Repeat(Start, 5)).ToList();
        foreach (var state in states)
        {
            string path = checkpoints.Save(state);
            File.WriteAllText(folder[Path.Combine("run", "step-notes.safetensors")], "mine");
            Assert.Equal(path, checkpoints.Latest);
            Assert.Equal(state, checkpoints.LoadLatest<double>());
            Assert.Equal(Math.Min(2, state.StepCount + 1), checkpoints.Files.Count);
        }

        Assert.Equal(["step-0000000004.safetensors", "step-0000000005.safetensors"], checkpoints.Files.Select(path => Path.GetFileName(path)));
        Assert.Equal(3, Directory.GetFiles(folder["run"]).Length);
        Refused.With<ArgumentException>("must be of the latest step in the folder or a later one, was of step 1", () => checkpoints.Save(states[1]));
        checkpoints.Save(states[5]);
        Assert.Equal(2, checkpoints.Files.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CheckpointFolder(folder.Path, 0));
    }

    [Fact]
    public void Two_that_save_the_same_file_at_once_leave_one_that_is_whole()
    {
        var states = Optimizer.Scan(Optimizer.Init(new Adam(), TensorSet.Filled(Layout.OfVector(20_000), 1.0)), Enumerable.Repeat(TensorSet.Filled(Layout.OfVector(20_000), 1.0), 8)).ToList();
        Parallel.ForEach(states, state =>
        {
            for (int i = 0; i < 5; i++)
            {
                Checkpoint.Save(folder["a"], state);
                Assert.InRange(Checkpoint.Load<double>(folder["a"]).StepCount, 0, states.Count - 1);
            }
        });
        var last = Checkpoint.Load<double>(folder["a"]);
        Assert.Equal(states[(int)last.StepCount], last);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    private object? Saved(OptimizerState<double> state)
    {
        Checkpoint.Save(folder["refused"], state);
        return null;
    }

    private sealed record Halving : Rule
    {
        public double Part { get; init; } = 0.5;

        public Rule Inner { get; init; } = new Sgd();

        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => Inner.DeclareSlots();

        public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => Inner.AllScalars();

        public override IReadOnlyList<InnerRule> DeclareInner() => [new("inner", Inner)];

        public override void Prepare<T>(Plan<T> plan) => plan.Prepare(Inner);
    }

    private sealed record Named(string First, string Second) : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new(First, 1), new(Second, 2)];

        public override void Prepare<T>(Plan<T> plan) => throw new NotSupportedException(First);
    }
}
