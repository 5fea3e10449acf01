module Optim.FSharp.Tests

open MathNet.Numerics.LinearAlgebra
open Optim
open Xunit

let private square (p: TensorSet<float>) = p.Scale 2.0

[<Fact>]
let ``The example of the documentation compiles and descends`` () =
    let theta0 = TensorSet.OfArray [| 1.0; -2.0; 3.0 |]

    let rule =
        ClipByGlobalNorm(1.0)
            .Then(AdamW(LearningRate = Schedule.WarmupCosine(3e-4, 100L, 1000L), WeightDecay = 0.1))

    let s0 = Optimizer.Init(rule, theta0)
    let s1, p = Optimizer.Step(s0, square s0.Parameters)
    Assert.True((s1.Parameters = p))
    let grads = Seq.replicate 10 (square theta0)
    let final = grads |> Seq.fold (fun s g -> fst (Optimizer.Step(s, g))) s0
    Assert.True(final.Parameters.Norm() < theta0.Norm())
    Assert.Equal(10L, final.StepCount)

[<Fact>]
let ``A MathNet vector goes in and comes out`` () =
    let theta0 = Vector<float>.Build.DenseOfArray [| 1.0; -2.0; 3.0 |]
    let s0 = Optimizer.Init(Sgd(LearningRate = 0.1), theta0)
    let s1, p = s0.Step(2.0 * theta0)
    Assert.Equal<float[]>([| 0.8; -1.6; 2.4 |], p.ToArray() |> Array.map (fun x -> System.Math.Round(x, 12)))
    let s2, _ = Optimizer.Step(s1, TensorSet.Of theta0)
    let s3, _ = Optimizer.Step(s2, TensorSet.Of theta0, loss = 0.5)
    Assert.Equal(3L, s3.StepCount)
