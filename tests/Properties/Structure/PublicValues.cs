using MathNet.Numerics.LinearAlgebra;
using Optim.CSharp;
using Optim.Networks;
using Optim.Properties.Checking;
using Optim.Properties.Objectives.Classics;
using Optim.Reports;
using Optim.Tuning;

namespace Optim.Properties.Structure;

/// <summary>Values of every public type that has a text or an equality of its own; each made anew whenever it is asked for.</summary>
internal static class PublicValues
{
    private static readonly Layout Parameters = Layout.Of(new TensorShape("w", 2), new TensorShape("b"));

    private static readonly string[] Letters = ["a", "b"];

    public static IReadOnlyList<Func<object>> All { get; } =
    [
        // Tensors, states, what comes of a step and of a run.
        () => Parameters, () => new TensorShape("w", 2, 3), Set, () => Set()["w"], State, () => Trajectory.Begin(State()), Report, () => Report().Tensors["w"],
        () => new LossMonitor { MinImprovement = 0.25 }.Next(1.5).Next(2.25), () => new StopConditions { LossTolerance = 1.5e-9, TargetLoss = -0.5 },
        () => Optimizer.Minimize(new Sgd { LearningRate = 0.25 }, Set(), p => Tuple.Create(0.5 * p.Dot(p), p), new() { MaxSteps = 2 }),
        Check, () => Check().Worst[0], () => Landscape.All[0],

        // Rules and schedules are drawn as well: see the tests.
        () => new Composition { EvaluatesObjective = true, OwnPoint = "i" }, () => new SlotDeclaration("s", -0.5), () => new ScalarDeclaration("s", -0.5), () => new InnerRule("inner", new Sgd { LearningRate = 0.25 }),
        () => new Sgd { LearningRate = 0.25 }.ChangesFrom(new Sgd())[0],
        () => new LateTensors(new Adam { LearningRate = 0.25 }, ["w"], [12_345]),
        () => new ParameterGroup(TensorSelector.Named("w*"), new Sgd { LearningRate = 0.25 }), () => TensorSelector.Named("w*").Or(TensorSelector.OfRank(1, 3)),
        () => Schedule.OfFunction("twin", _ => 0.25), () => Schedule.Exponential(0.25, 0.5), () => Schedule.NaturalExponential(0.25, 0.5), () => Schedule.InverseTime(0.25, 0.5, 3), () => Schedule.MultiStep(0.25, [2, 4], 0.5),
        () => Schedule.Step(0.25, 3, 0.5), () => Schedule.ConstantFactor(0.25, 0.5, 3), () => Schedule.Noam(16, 4), () => Schedule.ReduceOnPlateau(0.25), () => Schedule.Rex(0.25, 3), () => Schedule.RootDecay(0.25, 3, 0.75),
        () => Schedule.Exponential(0.25, 0.5) * Schedule.Noam(16, 4), () => Schedule.Exponential(0.25, 0.5) + Schedule.Noam(16, 4), () => Schedule.Noam(16, 4).Scale(0.5),
        () => new ElementRuleTwin().Rule, () => new TensorRule("twin", t => t.Update(t.Gradient)) { LearningRate = 0.25 }, () => new Hyperparameter("Beta1", 0.25), () => TensorValues.Of(Vector<double>.Build.Dense([0.5, -1.25])), () => RuleRegistry.All[0], () => RecipeRegistry.All[0], () => new RecipeSetting("decay", "0.1", "a paper"),

        () => new StrongWolfe { Curvature = 0.25 }, () => new MoreThuente { Curvature = 0.25 }, () => new HagerZhang { Slack = 0.25 }, () => new Backtracking { Shrink = 0.25 }, () => new FixedStep(),
        () => new MinimizationProgress<double>(Set(), 0.25, 4.58, 2, 12_345),

        // Files and Intel MKL.
        () => Inspected().Tensors[0], Inspected, () => new CheckpointSummary(1, 12_345, "float64", new Sgd { LearningRate = 0.25 }, null, "{}", new Dictionary<string, string> { ["note"] = "text" }),
        () => new CheckpointReport(["i"], ["I"], [], 12_345), () => new MklStatus(true, "path", "2024.2", "AVX2", null) { Reproducibility = "AUTO" },

        // The facade.
        () => new MinimizerOptions { Scale = 0.25, Lower = [0.5] }, () => new Minimizer().FitLeastSquares(b => Vector<double>.Build.Dense(3, i => (1234.5 * i) - b[0]), Vector<double>.Build.Dense(1)), () => new MinimizerResult(Vector<double>.Build.Dense([0.5, -1.5]), 0.25, 4.58, 12_345, ExitReason.NoProgress),
        () => new MinimizerProgress(Vector<double>.Build.Dense([0.5, -1.5]), 0.25, 4.58, 2, 12_345), () => new MultiStart { BasinWidth = 0.25 }, () => new ResidualRow(1, 0.25, 0.5, 12_345.5), () => new BandPoint(0.5, 1.25, 1.125, 12_345.5), ManyStarts, () => ManyStarts().Basins[0],
        () => OptimizerBuilder.For(new AdamW()).ClipGradientNorm(0.5).WithMaxThreads(3), () => Parameter.Of("w", new double[] { 0.5 }),
        () => InPlaceOptimizer.Create(new Sgd(), Parameter.Of("w", new double[] { 0.5 })), Kept, () => new TrainerOptions { MinImprovement = 0.125 }, Position,
        () => new TrainingCheckpoint<double>(State(), Position(), State()) { Model = Kept() }, () => new TrainingProgress(1, 2, 12_345, 0.25),
        () => new EpochSummary(1, 12_345, 0.25, 0.125, true), () => new TrainingResult<double>(TrainingEnd.Completed, State(), 0.25, Position(), null, 0.125),

        // Tuning.
        () => new ParameterImportance("rate", 0.25), () => new SuccessiveHalving(), () => Pruner.None, () => new RangeTest { Smoothing = 0.75 },
        () => new RangeTestResult(new(), [new(0.5, 1.5, 1.25), new(0.75, 2.5, 1.75)], ended: true), () => new RangeTestSummary([new RangeTestResult(new(), [new(0.5, 1.5, 1.25)], ended: true)]), () => new RatePoint(0.5, 1.5, 1.25), () => new RandomSampler(), () => new GridSampler(), () => new StudyGoal("seconds"),
        () => new TpeSampler(), Assigned, () => SearchParameter.Categorical("kind", Letters), () => SearchParameter.LogUniform("rate", 0.001, 1.5).When("kind", "a"),
        () => new ParameterCondition("kind", Letters), () => ParameterValue.Of(-0.25), Space, () => new Study(Space()) { First = [Assigned()] },
        () => new StudyOptions { Timeout = TimeSpan.FromSeconds(1.5) }, () => new StudyProgress(Tried(), Tried(), 1, 0, 0, 60, TimeSpan.FromSeconds(1.5), TimeSpan.FromDays(2.25)),
        () => new StudyResult(new(Space()), StudyEnd.Finished, [Tried()], TimeSpan.FromSeconds(1.5)), () => new TrialReport(12_345, -0.25), () => new TrialNote("accuracy", 0.25), Tried,

        // Reports.
        () => new Axis("loss", "Loss", "nats") { Range = (0.25, 1.5) }, () => new ScalarPoint("loss", 12_345, 0.25, DateTimeOffset.UnixEpoch), () => new StepRecord(12_345, 1, 0.25, 0.125, 0.5, DateTimeOffset.UnixEpoch),
        () => new EpochRecord(1, 12_345, 0.25, 0.125, true, DateTimeOffset.UnixEpoch),

        // Laws.
        () => new LawOptions { Laws = [1, 2] }, () => new GeneratedRun<double>(new Scenario(new Sgd { LearningRate = 0.25 }, [2], [0.5, -1.25], [[0.25, 1e-300]])), Statement, Judged, () => new LawReport(new Sgd { LearningRate = 0.25 }, [Judged()]),

        // Networks.
        () => new Dataset("digits", "here", null, "none", Letters, Images(), Images()), Images, () => new ImageShape(1, 2, 3), () => new Evaluation(0.25, 0.5),
        () => new Derivative<double>(0.25, 1, Set(), Set()), () => new Dense(12_345), () => new Convolution(8, 3), () => new MaxPool(2), () => new Relu(),
        () => new BatchNormalization(), () => new Dropout(0.25), () => new Flatten(), () => new SoftmaxCrossEntropy(), () => new MulticlassHinge(0.25), () => new SquaredError(), () => new RegressionTarget("price", 0.25, 1.5),
        () => new Network<double>(new ImageShape(1, 2, 2), new SoftmaxCrossEntropy(), new Flatten(), new Dense(2)),
    ];

    private static MultiStartResult<MinimizerResult> ManyStarts() => new Minimizer(new() { Lower = [-1.5], Upper = [2.5] }).Minimize(x => (x[0] * x[0]) + 0.25, new MultiStart { Starts = 3 });

    private static TensorSet<double> Set() => TensorSet.OfValues<double>(Parameters, [0.5, -1.25, 1e-300]);

    private static OptimizerState<double> State() => Optimizer.Init(new Adam { LearningRate = 0.25 }, Set()).Step(Set()).Item1;

    private static StepReport Report() => Optimizer.StepWithReport(State(), Set(), loss: 0.25).Item3;

    private static GradientCheck Check() => GradientCheck.Of<double>(MoreGarbowHillstrom.All[0].Objective, TensorSet.OfArray([-1.25, 1.5]));

    private static ModelState<double> Kept() => new(Set(), new Dictionary<string, string> { ["i"] = "I" });

    private static TrainingPosition Position() => new(1, 2, 0.25, [0.5, 0.125]);

    private static SearchSpace Space() => SearchSpace.Of(SearchParameter.Categorical("kind", Letters), SearchParameter.LogUniform("rate", 0.001, 1.5).When("kind", "a"));

    private static Assignment Assigned() => Space().Assign(new Dictionary<string, ParameterValue> { ["kind"] = ParameterValue.OfChoice("a"), ["rate"] = ParameterValue.Of(0.25) });

    private static TrialRecord Tried() => new(3, Assigned()) { Value = -0.25, Reports = [new(1, 0.5)], Notes = [new("accuracy", 0.25)], Duration = TimeSpan.FromSeconds(1.5) };

    private static LawStatement Statement() => new(16, "counters do not overflow");

    private static LawResult Judged() => new(Statement(), LawVerdict.Broken) { Cases = 12_345, Reason = "i", Counterexample = "0.5", Replay = "1,2,3" };

    private static Examples Images() => new(new ImageShape(1, 1, 2), [0, 1, 2, 3], [0, 1]);

    private static SafetensorsFile Inspected() => Checkpoints.InMemory.Opened(Checkpoints.InMemory.Saved(State()));

    /// <summary>A rule of one element is compared by its step, so its twin has the same one.</summary>
    private sealed class ElementRuleTwin
    {
        private static readonly Func<ElementStep, ElementUpdate> Step = element => element.Update(element.LearningRate * element.Gradient);

        public ElementRule Rule { get; } = new("twin", [], Step) { LearningRate = 0.25 };
    }
}
