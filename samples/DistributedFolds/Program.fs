// Training as a fold over mean gradients: the same state on any number of ranks.
//   dotnet run --project samples/DistributedFolds             threads: 1, 2, 3 and 4 ranks; compares
//   mpiexec -n 4 samples/DistributedFolds/bin/Debug/net10.0/DistributedFolds
module Samples.DistributedFolds

open System
open System.Collections.Generic
open Optim
open Optim.Distributed

type Example = { Input: float; Output: float }

let examples =
    let random = Random 7
    [| for _ in 1..512 ->
        let x = 4.0 * random.NextDouble() - 2.0
        { Input = x; Output = 0.5 * x * x - x + 0.25 + 0.1 * (random.NextDouble() - 0.5) } |]

/// The mean gradient of the squared error of c0 + c1 x + c2 x^2.
let gradient (coefficients: TensorSet<float>) (items: IReadOnlyList<Example>) =
    let c = coefficients.ToArray()
    let sums = Array.zeroCreate 3
    for item in items do
        let error = c[0] + c[1] * item.Input + c[2] * item.Input * item.Input - item.Output
        for power in 0..2 do
            sums[power] <- sums[power] + 2.0 * error * Math.Pow(item.Input, power) / float items.Count
    TensorSet.OfArray sums

let train (ranks: ICommunicator) =
    let rule = ClipByGlobalNorm(5.0).Then(AdamW(LearningRate = 0.05, WeightDecay = 0.0))
    let step (state: OptimizerState<float>) (batch: Example array) =
        fst (Optimizer.Step(state, ranks.Mean(batch, gradient state.Parameters)))
    Seq.init 40 (fun _ -> Array.chunkBySize 64 examples)
    |> Seq.concat
    |> Seq.fold step (Optimizer.Init(rule, TensorSet.OfArray [| 0.0; 0.0; 0.0 |]))

[<EntryPoint>]
let main _ =
    if MpiCommunicator.IsLaunched then
        MpiCommunicator.Run(fun ranks ->
            let state = train ranks
            if ranks.Rank = 0 then printfn $"{ranks.Size} ranks: {state.Parameters}"
            0)
    else
        let trained = [ for size in 1..4 do yield! LocalCommunicator.Run(size, train) ]
        let one = List.head trained
        printfn $"{one.Parameters}"
        let same = trained |> List.forall one.Equals
        printfn $"""1, 2, 3 and 4 ranks: {if same then "the same state" else "DIFFERENT states"}"""
        if same then 0 else 1
