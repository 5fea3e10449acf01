module Optim.FSharp.ComingFrom

open MathNet.Numerics.LinearAlgebra
open Optim
open Xunit

let private parameters =
    TensorSet.OfTensors(
        Tensor.Of("head.weight", Matrix<float>.Build.DenseOfArray(array2D [ [ 1.0; -2.0 ]; [ 0.5; 1.5 ] ])),
        Tensor.Of("head.bias", Vector<float>.Build.DenseOfArray [| 0.5; -1.0 |]),
        Tensor.Of("embedding.weight", Vector<float>.Build.DenseOfArray [| 2.0; 1.0 |]))

let private batches = [ 1..20 ]

let private gradient (p: TensorSet<float>) (batch: int) = p.Scale(1.0 + 0.1 * sin (float batch))

let private descends (rule: Rule) =
    let final = Optimizer.Fold(Optimizer.Init(rule, parameters), 40L, (fun p -> p))
    Assert.True(final.Parameters.Norm() < parameters.Norm(), string rule)

/// The F# of docs/from-pytorch.md.
module PyTorch =
    let rule = AdamW(LearningRate = 1e-3, WeightDecay = 0.01)
    let step (s: OptimizerState<float>) batch = fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = batches |> Seq.fold step (Optimizer.Init(rule, parameters))

    let rateNow = trained.Hyperparameters["LearningRate"]
    let slower = trained.Adjust("LearningRate", 1e-4)

    let groups =
        Partition(
            ParameterGroup(TensorSelector.Named "head.*", AdamW(LearningRate = 1e-3)),
            ParameterGroup(TensorSelector.Named "*.bias", AdamW(LearningRate = 1e-4, WeightDecay = 0.0)),
            ParameterGroup(TensorSelector.All, AdamW(LearningRate = 1e-4)))

    let warm = Schedule.Linear(0.01, 0.1, 500L).Then(Schedule.Cosine(0.1, 9500L), 500L)
    let cycle = Schedule.OneCycle(0.1, totalSteps = 10000L)
    let oneCycle = Sgd(LearningRate = cycle, Momentum = cycle.Momentum())

    let milestones = Schedule.MultiStep(0.1, [ 30L; 80L ])
    let cosine = Schedule.Cosine(0.1, 100L, endValue = 0.001, periodic = true)
    let restarts = Schedule.CosineRestarts(0.1, 10L, 2.0, endValue = 0.001)
    let inverseRoot = Schedule.OfFunction("inverse root", fun t -> 0.1 / sqrt (float t + 1.0))
    let product = Schedule.ConstantFactor(1.0, 0.5, 4L) * Schedule.Exponential(0.1, 0.95)

    let clipped = ClipByGlobalNorm(1.0).Then(AdamW())
    let byValue = ClipByValue(0.5).Then(AdamW())

    let accumulated = Accumulate(clipped, steps = 4)
    let scaled = DynamicLossScaling clipped
    let averaged = ParameterEma(clipped, Decay = 0.999)
    let mean = StochasticWeightAveraging(clipped, StartStep = 7500L)

    let lbfgs, _ = Optimizer.StepOn(Optimizer.Init(Lbfgs(), parameters), (fun p -> 0.5 * p.Dot p, p))

/// The F# of docs/from-optax.md.
module Optax =
    let rule = ClipByGlobalNorm(1.0).Then(AdamW(LearningRate = 1e-3, WeightDecay = 1e-4))
    let step (s: OptimizerState<float>) batch = fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = batches |> Seq.fold step (Optimizer.Init(rule, parameters))

    let pieces = ScaleByAdam().Then(AddDecayedWeights 1e-4).Then(ScaleByLearningRate(1e-3))

    let rateNow = trained.Hyperparameters["rules[1].LearningRate"]
    let slower = trained.Adjust("LearningRate", 1e-4)

    let decayOnMatrices =
        ScaleByAdam()
            .Then(Masked(AddDecayedWeights 1e-4, TensorSelector.OfRank 2))
            .Then(ScaleByLearningRate(1e-3))

    let multi =
        Partition(
            ParameterGroup(TensorSelector.Named "head.*", Adam(LearningRate = 1e-3)),
            ParameterGroup(TensorSelector.All, Sgd(LearningRate = 1e-2)))

    let frozen = Freeze(Adam(), TensorSelector.Named "embedding.*")

    let multiSteps = Accumulate(Adam(), steps = 4)
    let lookahead = Lookahead(Adam(), SyncPeriod = 5, SlowStepSize = 0.5)
    let finite = ApplyIfFinite(Adam(), MaxSkips = 5)
    let rate = Schedule.WarmupCosineCycles(peak = 1e-3, warmupSteps = 100L, totalSteps = 10000L, startValue = 0.0)

    let lion = Lion().AsDirection().Then(ScaleByLearningRate(1e-4))
    let late = Conditionally(ClipByGlobalNorm 1.0, Schedule.OfFunction("late", fun t -> if t >= 100L then 1.0 else 0.0))
    let growing = SkipLargeUpdates(AccumulateOnSchedule(Adam(), Schedule.Step(1.0, 1000L, 2.0)), 1e4)
    let free = ScheduleFree(Sgd(LearningRate = 0.1))
    let cautious = Cautious(Adam())

/// The F# of docs/from-pytorch-optimizer.md.
module Collection =
    let rule = Lion(LearningRate = 1e-4, WeightDecay = 0.1)
    let wrapped = Lookahead(rule, SyncPeriod = 5)
    let masked = Cautious(rule.AsDirection()).Then(ScaleByLearningRate(1e-4))

[<Fact>]
let ``What came from pytorch_optimizer runs`` () =
    [ Collection.rule :> Rule; Collection.wrapped; Collection.masked ] |> List.iter descends

[<Fact>]
let ``What came from PyTorch runs`` () =
    Assert.Equal((1e-3, 1e-4), (PyTorch.rateNow, PyTorch.slower.Hyperparameters["LearningRate"]))
    Assert.Equal((0.01, 0.1), (PyTorch.warm.At 0L, PyTorch.warm.At 500L))
    List.iter2
        (fun (expected: float) (schedule: Schedule) -> Assert.Equal(expected, schedule.At 0L, 12))
        [ 0.1; 0.1; 0.1; 0.1; 0.05 ]
        [ PyTorch.milestones; PyTorch.cosine; PyTorch.restarts; PyTorch.inverseRoot; PyTorch.product ]
    [ PyTorch.groups :> Rule; PyTorch.oneCycle; PyTorch.clipped; PyTorch.byValue; PyTorch.accumulated; PyTorch.averaged; PyTorch.mean ] |> List.iter descends
    Assert.Equal(PyTorch.clipped, PyTorch.scaled.Inner)
    Assert.True(PyTorch.lbfgs.Parameters.Norm() < 1e-6)

[<Fact>]
let ``What came from Optax runs`` () =
    Assert.Equal((1e-3, 1e-4), (Optax.rateNow, Optax.slower.Hyperparameters["rules[1].LearningRate"]))
    [ Optax.pieces; Optax.decayOnMatrices; Optax.multi; Optax.frozen; Optax.multiSteps; Optax.lookahead; Optax.finite; Optax.lion; Optax.growing; Optax.free; Optax.cautious ] |> List.iter descends
    Assert.Equal(1e-3, Optax.rate.At 100L)
