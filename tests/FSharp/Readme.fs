module Optim.FSharp.Readme

open Xunit
open Optim

let rule =
    ClipByGlobalNorm(1.0)
        .Then(AdamW(LearningRate = Schedule.WarmupCosine(3e-1, 10L, 100L), WeightDecay = 0.1))

// The gradient of (x - 1)^2 + (y + 2)^2.
let target = TensorSet.OfArray [| 1.0; -2.0 |]
let gradient (p: TensorSet<float>) = 2.0 * (p - target)

let s0 = Optimizer.Init(rule, TensorSet.OfArray [| 0.0; 0.0 |])
let s1, p1 = Optimizer.Step(s0, gradient s0.Parameters)

let final = Seq.fold (fun (s: OptimizerState<float>) _ -> fst (Optimizer.Step(s, gradient s.Parameters))) s0 (seq { 1..100 })
printfn "%O" final.Parameters

let private parameters =
    TensorSet.OfTensors(
        Tensor.Of("layer.weight", MathNet.Numerics.LinearAlgebra.Vector<float>.Build.Dense(3, 1.0)),
        Tensor.Of("layer.bias", MathNet.Numerics.LinearAlgebra.Vector<float>.Build.Dense(2, 1.0)))

let private batches = seq { 1..40 }
let private gradientOn (batch: int) (p: TensorSet<float>) = (1.0 + 1.0 / float batch) * p

let cycle = Schedule.OneCycle(3e-3, totalSteps = 1000L)
let adamw = AdamW(LearningRate = cycle, Beta1 = cycle.Momentum(), WeightDecay = 0.1)
let training = Accumulate(ClipByGlobalNorm(1.0).Then(adamw).NoDecayOn("*.bias"), steps = 4)

let step (s: OptimizerState<float>) batch = fst (Optimizer.Step(s, gradientOn batch s.Parameters))
let trained = batches |> Seq.fold step (Optimizer.Init(training, parameters))

let rateNow = trained.Hyperparameters["inner.rules[1].inner.LearningRate"]
let slower = trained.Adjust("LearningRate", cycle.Scale 0.5)

let objective (p: TensorSet<float>) = TestProblems.Rosenbrock p

let check = GradientCheck.Of(objective, TensorSet.OfArray [| -1.2; 1.0 |])
printfn "%O" check

let best = Optimizer.Minimize(Lbfgs(), TensorSet.OfArray [| -1.2; 1.0 |], objective)
let s2, p2 = Optimizer.StepOn(Optimizer.Init(Sam(Inner = Lookahead(Inner = Adam())), best.Parameters), objective)

[<Fact>]
let ``The objectives of the readme are checked and minimized`` () =
    Assert.Equal(GradientVerdict.Right, check.Verdict)
    Assert.True((best.Parameters - TensorSet.OfArray [| 1.0; 1.0 |]).Norm() < 1e-5, best.ToString())
    Assert.True((s2.Parameters = p2))

[<Fact>]
let ``The wrappers of the readme step once in four, with the rate of their own clock`` () =
    Assert.Equal(40L, trained.StepCount)
    Assert.Equal(cycle.At 10L, rateNow)
    Assert.Equal(cycle.At 10L / 2.0, slower.Hyperparameters["inner.rules[1].inner.LearningRate"])
    Assert.True(trained.Parameters.Norm() < parameters.Norm())

[<Fact>]
let ``The F# of the readme converges`` () =
    Assert.True((s1.Parameters = p1))
    Assert.True((final.Parameters - target).Norm() < 0.2, final.Parameters.ToString())
    Assert.Equal(0.0, s0.Parameters.Norm())
