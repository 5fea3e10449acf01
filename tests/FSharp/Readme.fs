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

[<Fact>]
let ``The F# of the readme converges`` () =
    Assert.True((s1.Parameters = p1))
    Assert.True((final.Parameters - target).Norm() < 0.2, final.Parameters.ToString())
    Assert.Equal(0.0, s0.Parameters.Norm())
