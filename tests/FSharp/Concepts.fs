module Optim.FSharp.Concepts

open MathNet.Numerics.LinearAlgebra
open Optim
open Xunit

// The F# of docs/concepts.md.

let parameters =
    TensorSet.OfTensors(
        Tensor.Of("layer.weight", Matrix<float>.Build.DenseOfArray(array2D [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ])),
        Tensor.Of("layer.bias", Vector<float>.Build.DenseOfArray [| 5.0; 6.0 |]))

let norm = parameters.Norm()
let half = 0.5 * parameters
let bias = half["layer.bias"].ToVector()

let adamW = AdamW(LearningRate = 0.01, WeightDecay = 0.1)
let rule = ClipByGlobalNorm(1.0).Then(adamW).NoDecayOn("*.bias")
let same = (adamW = AdamW(WeightDecay = 0.1, LearningRate = 0.01))
let slower = rule.Adjust("LearningRate", 0.001)

let rate = Schedule.WarmupCosine(peak = 0.1, warmupSteps = 10L, totalSteps = 100L)
let values = [ rate.At 0L; rate.At 10L; rate.At 100L ]
let scheduled = Sgd(LearningRate = rate, Momentum = Schedule.Linear(0.8, 0.95, 100L))

let start = Optimizer.Init(adamW, parameters)
let next, moved = Optimizer.Step(start, parameters)
let mean = next.Slots["exp_avg"]
let states = Seq.replicate 10 () |> Seq.scan (fun (s: OptimizerState<float>) () -> fst (Optimizer.Step(s, s.Parameters))) start

/// The F# of docs/index.md.
module Index =
    let private gradient = parameters

    let rule = ClipByGlobalNorm(1.0).Then(adamW).NoDecayOn("*.bias")     // a rule is data
    let start = Optimizer.Init(rule, parameters)                         // a state is a value
    let next, moved = Optimizer.Step(start, gradient)                    // a step is a function

[<Fact>]
let ``Four nouns and a verb`` () =
    Assert.Equal(sqrt 91.0, norm, 12)
    Assert.Equal<float[]>([| 2.5; 3.0 |], bias.ToArray())
    Assert.True same
    Assert.False((rule = slower))
    Assert.Equal<float list>([ 0.01; 0.1; 0.0 ], values |> List.map (fun value -> System.Math.Round(value, 15)))
    Assert.Equal(0.95, scheduled.Momentum.At 100L)
    Assert.True((next.Parameters = moved))
    Assert.True((parameters.Layout = mean.Layout))
    Assert.Equal(10L, (Seq.last states).StepCount)
    Assert.True((Index.next.Parameters = Index.moved))
