module Optim.FSharp.GettingStarted

open MathNet.Numerics.LinearAlgebra
open Optim

// 400 points of a square: 1, x, y, x^2, y^2, and whether the point lies in an ellipse.
let examples =
    [ for i in 0..399 ->
          let x, y = float (i % 20) / 10.0 - 0.95, float (i / 20) / 10.0 - 0.95
          Vector<float>.Build.DenseOfArray [| 1.0; x; y; x * x; y * y |], x * x + 2.0 * y * y < 0.6 ]

// A logistic regression: the mean cross-entropy, and its gradient.
let objective (parameters: TensorSet<float>) =
    let weights = parameters.ToVector()

    let terms =
        [ for features, inside in examples ->
              let probability = 1.0 / (1.0 + exp -(features * weights))
              -log (if inside then probability else 1.0 - probability), (probability - (if inside then 1.0 else 0.0)) * features ]

    List.averageBy fst terms, TensorSet.Of((terms |> List.map snd |> List.reduce (+)) / float terms.Length)

// The rule is a value; so is each state. A step makes the next state from one, and leaves it as it is.
let rule =
    ClipByGlobalNorm(1.0)
        .Then(AdamW(LearningRate = Schedule.WarmupCosine(0.5, 10L, 200L), WeightDecay = 0.001))

let step (state: OptimizerState<float>) =
    let _, gradient = objective state.Parameters
    fst (Optimizer.Step(state, gradient))

let start = Optimizer.Init(rule, TensorSet.Of(Vector<float>.Build.Dense 5))
let states = start |> Seq.unfold (fun state -> Some(state, step state)) |> Seq.take 201 |> Seq.toList

for state in states |> List.filter (fun state -> state.StepCount % 50L = 0L && state.StepCount < 200L) do
    printfn "step %3d: loss %.4f" state.StepCount (fst (objective state.Parameters))

let trained = List.last states
let right = examples |> List.filter (fun (features, inside) -> (features * trained.Parameters.ToVector() > 0.0) = inside) |> List.length
printfn "loss %.4f, %d of %d points right" (fst (objective trained.Parameters)) right examples.Length

Checkpoint.Save("trained.safetensors", trained)
printfn "%s" (if Checkpoint.Load<float>("trained.safetensors") = trained then "saved and loaded: the same state" else "lost")
