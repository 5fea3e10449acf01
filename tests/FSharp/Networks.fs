module Optim.FSharp.Networks

open MathNet.Numerics.LinearAlgebra
open Optim
open Optim.Networks
open Xunit

// The F# of docs/networks.md.

let private inputs = Matrix<float>.Build.Dense(400, 2, fun i j -> float (if j = 0 then i % 20 else i / 20) / 10.0 - 0.95)

let private labels = [| for p in inputs.EnumerateRows() -> if p[0] * p[0] + 2.0 * p[1] * p[1] < 0.6 then 1 else 0 |]

[<Fact>]
let ``A network learns an ellipse`` () =
    let network = Network<float>(ImageShape.Vector 2, SoftmaxCrossEntropy(), Dense 16, Relu(), Dense 2)
    let batch = Batch.Of(inputs, labels)
    let start = Optimizer.Init(AdamW(LearningRate = 0.02), network.Initialize 1L)
    let trained = Optimizer.Fold(start, 200L, fun p -> snd (network.LossAndGradient(p, batch)))
    let accuracy = network.Evaluate(trained.EvaluationParameters, network.InitialStatistics, batch).Accuracy

    Assert.InRange(accuracy, 0.95, 1.0)
