module Optim.FSharp.Recipes

open MathNet.Numerics.LinearAlgebra
open Optim
open Xunit

// The F# of docs/recipes.md and of `optim advise`, on a small problem.

let private parameters =
    TensorSet.OfTensors(
        Tensor.Of("layer.weight", Matrix<float>.Build.DenseOfArray(array2D [ [ 1.0; -2.0 ]; [ 0.5; 1.5 ] ])),
        Tensor.Of("layer.bias", Vector<float>.Build.DenseOfArray [| 0.5; -1.0 |])
    )

let private batches = [ 1..20 ]

/// The gradient of |p|^2 / 2, with a little noise.
let private gradient (p: TensorSet<float>) (batch: int) = p.Scale(1.0 + 0.1 * sin (float batch))

let private objective (p: TensorSet<float>) = 0.5 * p.Dot p, p

let private smaller (p: TensorSet<float>) = Assert.True(p.Norm() < parameters.Norm(), string p)

[<Fact>]
let ``Recipe resnet`` () =
    let rule = Recipes.ResNet(totalSteps = 450450L, batchSize = 256)
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe resnet-large-batch`` () =
    let rule = Recipes.ResNetLargeBatch(totalSteps = 3600L, batchSize = 32768)
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe vit`` () =
    let rule = Recipes.VisionTransformer(totalSteps = 1000000L)
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe bert-fine-tuning`` () =
    let rule = Recipes.BertFineTuning(totalSteps = 36816L)
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe gpt`` () =
    let rule = Recipes.GptPreTraining(totalSteps = 600000L)
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe bert-large-batch`` () =
    let rule = Recipes.BertLargeBatch(totalSteps = 15625L, batchSize = 32768)
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe recurrent`` () =
    let rule = Recipes.Recurrent()
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe dqn`` () =
    let rule = Recipes.DeepQ()
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe a2c`` () =
    let rule = Recipes.ActorCritic(totalSteps = 125000L)
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe ppo`` () =
    let rule = Recipes.Ppo(totalSteps = 156240L)
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe sparse`` () =
    let rule = Recipes.SparseFeatures()
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe small-network`` () =
    let rule = Recipes.SmallNetwork()
    let start = Optimizer.Init(rule, parameters)
    let step (s: OptimizerState<float>) batch =
        fst (Optimizer.Step(s, gradient s.Parameters batch))
    let trained = Seq.fold step start batches
    smaller trained.Parameters

[<Fact>]
let ``Recipe calibration`` () =
    let rule = Recipes.Calibration()
    let best = Optimizer.Minimize(rule, parameters, objective)
    printfn "%O" best.Parameters
    smaller best.Parameters
