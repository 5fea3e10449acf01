module Optim.FSharp.Arithmetic

open Optim
open Xunit

// Arithmetic where a hyperparameter stands: that each line compiles is most of the test.

let private x = 2.0
let private falling = Schedule.Cosine(0.1, 100L)
let private lion = RuleRegistry.All |> Seq.find (fun entry -> entry.Name = "lion")

let private numbers: (Rule * string * float) list =
    [ Adam(LearningRate = 0.1 * 2.0), "LearningRate", 0.2
      Adam(LearningRate = 1.0 - x / 4.0, Beta1 = 1.0 - 0.5 ** x), "LearningRate", 0.5
      Adam(LearningRate = 1.0 - x / 4.0, Beta1 = 1.0 - 0.5 ** x), "Beta1", 0.75
      AdamW(LearningRate = 10.0 ** -x, WeightDecay = 0.1 / x), "LearningRate", 0.01
      Sgd(LearningRate = sqrt x, Momentum = 1.0 - 1.0 / x), "Momentum", 0.5
      Sgd(LearningRate = max x 3.0), "LearningRate", 3.0
      Sgd(LearningRate = (if x > 1.0 then 0.5 * x else 0.0)), "LearningRate", 1.0
      Lookahead(Adam(LearningRate = 0.5 / x), SlowStepSize = 1.0 - 0.25 * x), "SlowStepSize", 0.5
      ClipByGlobalNorm(0.5 * x), "MaxNorm", 1.0
      Scale(-0.5 * x), "Factor", -1.0
      ScaleByLearningRate(0.1 * x), "LearningRate", 0.2
      AddDecayedWeights(0.1 * x), "WeightDecay", 0.2
      Adam().WithLearningRate(0.1 * x), "LearningRate", 0.2
      Adam().WithBeta1(1.0 - 0.25 * x).WithEpsilon(1e-8 * x), "Beta1", 0.5
      Adam().Adjust("LearningRate", 1.0 / x), "LearningRate", 0.5
      Adam().Adjust("LearningRate", 10.0 ** -x), "LearningRate", 0.01
      ElementRule("plain", [ "m" ], (fun e -> e.Update(e.LearningRate * e.Gradient)), LearningRate = 0.1 * x), "LearningRate", 0.2
      ElementRule("hyper", [], [ ("Beta", 1.0 - 1.0 / x) ], (fun (e: ElementStep) -> e.Update e.Gradient)), "Beta", 0.5
      ElementRule("hyper", [], [ Hyperparameter("Beta", 1.0 - 1.0 / x) ], (fun (e: ElementStep) -> e.Update e.Gradient)), "Beta", 0.5
      ElementRule("hyper", [], [ Hyperparameter("Beta", 1.0 - 1.0 / x, Bounds.UnitInterval) ], (fun (e: ElementStep) -> e.Update e.Gradient)), "Beta", 0.5
      ElementRule("without_slots", (fun e -> e.Update(e.LearningRate * e.Gradient)), LearningRate = 0.1 * x), "LearningRate", 0.2
      ElementRule("declared", [ SlotDeclaration "m" ], (fun e -> e.Update(e.LearningRate * e.Gradient)), LearningRate = 0.1 * x), "LearningRate", 0.2
      ElementRule("hyper", [ "m" ], [ ("Beta", 0.9) ], (fun e -> e.Update e.Gradient), LearningRate = 0.1 * x), "LearningRate", 0.2
      TensorRule("without_slots", (fun t -> t.Update(t.LearningRate * t.Gradient / t.Norm)), LearningRate = 0.1 * x), "LearningRate", 0.2
      TensorRule("slots", [ "m" ], (fun t -> t.Update(t.LearningRate * t.Gradient)), LearningRate = 0.1 * x), "LearningRate", 0.2
      TensorRule.OverAllTensors("all", [], (fun (all: TensorSteps) -> all.Each(fun t -> t.Update t.Gradient))).WithLearningRate(0.1 * x), "LearningRate", 0.2
      TensorRule.OverAllTensors("all", [ "m" ], [ ("Beta", 1.0 - 1.0 / x) ], (fun all -> all.Each(fun t -> t.Update t.Gradient))), "Beta", 0.5
      Accumulate(Sgd(LearningRate = 0.1 * x), steps = 2 * 3), "inner.LearningRate", 0.2
      SkipLargeUpdates(Sgd(LearningRate = 0.1 * x), maxSquaredNorm = 50.0 * x), "MaxSquaredNorm", 100.0
      AccumulateOnSchedule(Sgd(), 2.0 * x), "Period", 4.0
      Conditionally(Sgd(), x - 1.0), "When", 1.0
      Recipes.DeepQ(0.1 * x), "LearningRate", 0.2
      Recipes.SparseFeatures(0.1 * x), "LearningRate", 0.2
      Recipes.SmallNetwork(learningRate = 0.1 * x), "LearningRate", 0.2
      Recipes.Recurrent(0.1 * x), "rules[1].LearningRate", 0.2
      Recipes.Recurrent(learningRate = 0.1 * x, maxNorm = x), "rules[1].LearningRate", 0.2
      lion.Create(0.1 * x), "LearningRate", 0.2
      Optim.CSharp.OptimizerBuilder.For(Adam()).WithLearningRate(0.1 * x).With("Beta1", 1.0 - 1.0 / x).Rule, "Beta1", 0.5
      Optim.CSharp.OptimizerBuilder.For(Adam()).ClipGradientNorm(0.5 * x).Rule, "rules[0].MaxNorm", 1.0
      Optim.CSharp.OptimizerBuilder.For(Adam()).ClipGradientValue(0.5 * x).Rule, "rules[0].ClipValue", 1.0
      Optim.CSharp.OptimizerBuilder.For(Adam()).AverageParameters(1.0 - 1.0 / x).Rule, "Decay", 0.5 ]

// What compiled before the overloads for numbers still does, without an annotation.
let private others: (Rule * string * float) list =
    [ Recipes.DeepQ(), "LearningRate", 2.5e-4
      Recipes.DeepQ falling, "LearningRate", 0.1
      Recipes.Recurrent(), "rules[1].LearningRate", 1e-3
      Recipes.Recurrent(maxNorm = 2.0), "rules[0].MaxNorm", 2.0
      Recipes.Recurrent(falling, 2.0), "rules[1].LearningRate", 0.1
      lion.Create falling, "LearningRate", 0.1
      Accumulate(Sgd(LearningRate = falling)), "inner.LearningRate", 0.1
      ElementRule("without_slots", (fun e -> e.Update(e.LearningRate * e.Gradient)), LearningRate = falling), "LearningRate", 0.1
      ElementRule("hyper", [], [ Hyperparameter("Beta", falling, Bounds.UnitInterval) ], (fun (e: ElementStep) -> e.Update e.Gradient)), "Beta", 0.1
      TensorRule("without_slots", (fun t -> t.Update(t.LearningRate * t.Gradient / t.Norm)), LearningRate = falling), "LearningRate", 0.1
      Optim.CSharp.OptimizerBuilder.For(Adam()).ClipGradientNorm(falling).Rule, "rules[0].MaxNorm", 0.1 ]

[<Fact>]
let ``Arithmetic on numbers makes hyperparameters`` () =
    for rule, name, value in numbers @ others do
        Assert.Equal(value, rule.HyperparametersAt(0L)[name], 12)

    let state = Optimizer.Init(Adam(LearningRate = 0.1), TensorSet.OfArray [| 1.0 |])
    Assert.Equal(0.05, state.Adjust("LearningRate", 0.1 / x).Hyperparameters["LearningRate"])

let private schedules: (Schedule * float) list =
    [ 0.5 * falling, 0.05
      falling * 0.5, 0.05
      falling / x, 0.05
      1.0 - falling, 0.9
      falling - 0.05, 0.05
      falling + 0.1 * x, 0.3
      0.1 * x + falling, 0.3
      falling - falling, 0.0
      -falling, -0.1
      (1.0 - falling) * falling, 0.09
      falling.Then(0.1 / x, 100L), 0.1
      Schedule.Cosine(0.1 * x, 100L).AfterWarmup(0L), 0.2
      Schedule.Cosine(0.1, 100L).AfterWarmup(5L, startValue = 0.1 / x), 0.05
      Schedule.Cosine(0.1, 100L).Scale(1.0 / x), 0.05
      Schedule.Piecewise([ 0L; 10L ], [ 0.1 * x; 0.1 / x ]), 0.2
      Schedule.Linear(0.1 * x, 0.1 / x, 100L), 0.2 ]

[<Fact>]
let ``Arithmetic on schedules makes schedules`` () =
    for schedule, value in schedules do
        Assert.Equal(value, schedule.At 0L, 12)

    Assert.Equal(0.05, (falling.Then(0.1 / x, 100L)).At 100L)
    Assert.Equal(0.05, Adam(LearningRate = 0.5 * falling).LearningRate.At 0L)
    Assert.Equal(0.9, Sgd(LearningRate = falling, Momentum = 1.0 - falling).Momentum.At 0L)

/// 0.1 over the square root of the step: PyTorch's LambdaLR.
let private inverseRoot = Schedule.OfFunction("inverse_root", fun step -> 0.1 / sqrt (1.0 + float step))

/// Halved for good as soon as a loss is above the one before.
let private cautious =
    Schedule.OfLosses(
        "cautious",
        [ ScalarDeclaration("last", infinity); ScalarDeclaration("scale", 1.0) ],
        (fun h -> h.Keep("scale", (if h.Loss > h["last"] then 0.5 else 1.0) * h["scale"]).Keep("last", h.Loss)),
        (fun h -> 0.1 * h["scale"]))

let private start = TensorSet.OfArray [| 1.0; -2.0 |]

[<Fact>]
let ``A schedule is a function under a name`` () =
    Assert.Equal<float list>([ 0.1; 0.05 ], [ inverseRoot.At 0L; inverseRoot.At 3L ])
    Assert.Equal(inverseRoot, Schedule.OfFunction("inverse_root", fun _ -> 0.0))
    Assert.NotEqual(inverseRoot, Schedule.OfFunction("inverse_square", fun step -> 0.1 / float (step * step)))
    Assert.Equal("OfFunction(inverse_root)", string inverseRoot)
    let rule = Sgd(LearningRate = 2.0 * inverseRoot)
    Assert.Equal(0.2, rule.HyperparametersAt(0L)["LearningRate"])

[<Fact>]
let ``A schedule of one's own may follow the losses`` () =
    let losses = [ 3.0; 2.0; 2.5; 1.0; 4.0 ]
    let step (s: OptimizerState<float>) (loss: float) = Optimizer.Step(s, start, loss = loss) |> fst
    let states = losses |> List.scan step (Optimizer.Init(Sgd(LearningRate = cautious), start))
    let moves = states |> List.pairwise |> List.map (fun (a, b) -> System.Math.Round(a.Parameters.Span[0] - b.Parameters.Span[0], 12))
    Assert.Equal<float list>([ 0.1; 0.1; 0.05; 0.05; 0.025 ], moves)
    Assert.Equal(0.025, (List.last states).Hyperparameters["LearningRate"])
    Assert.Equal(0.25, (List.last states).Scalars["LearningRate.scale"])
    let error = Assert.Throws<System.ArgumentException>(fun () -> Optimizer.Step(states[0], start) |> ignore)
    Assert.Contains("OfFunction(cautious) needs the loss at each step", error.Message)

[<Fact>]
let ``Schedules of one's own are saved by their names and given again`` () =
    let file = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName() + ".safetensors")

    try
        let rule = ClipByGlobalNorm(1.0).Then(Sgd(LearningRate = 0.5 * inverseRoot, Momentum = 0.9))
        let half = Optimizer.Fold(Optimizer.Init(rule, start), 5L, id)
        Checkpoint.Save(file, half)
        let loaded = Checkpoint.Load<float>(file, ownSchedules = [ cautious; inverseRoot ])
        Assert.Equal(half, loaded)
        Assert.Equal(Optimizer.Fold(half, 5L, id), Optimizer.Fold(loaded, 5L, id))
        Assert.Equal(half, Checkpoint.Load<float>(file, ownRules = [ rule ]))
        Assert.Equal(half, Checkpoint.Load<float>(file, rule))
        let error = Assert.Throws<CheckpointException>(fun () -> Checkpoint.Load<float> file |> ignore)
        Assert.Contains("is the function 'inverse_root', which the file does not hold: give it, ownSchedules: [Schedule.OfFunction('inverse_root', ...)]", error.Message)
        let losses = Optimizer.Init(Sgd(LearningRate = cautious), start)
        Checkpoint.Save(file, Optimizer.Step(losses, start, loss = 2.0) |> fst)
        Assert.Equal(2.0, (Checkpoint.Load<float>(file, ownSchedules = [ cautious ])).Scalars["LearningRate.last"])
    finally
        System.IO.File.Delete file
