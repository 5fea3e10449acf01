// After `dotnet build samples/FSharp -c Release`: dotnet fsi samples/FSharp/line.fsx
#I "bin/Release/net10.0"
#r "MathNet.Numerics.dll"
#r "Optim.Core.dll"

open Optim

let gradient (p: TensorSet<float>) = 2.0 * (p - TensorSet.OfArray [| 1.0; -2.0 |])

let descend (s: OptimizerState<float>) _ = fst (Optimizer.Step(s, gradient s.Parameters))

let rule = ClipByGlobalNorm 1.0 |> _.Then(Adam(LearningRate = 0.1))

let final = Seq.fold descend (Optimizer.Init(rule, TensorSet.OfArray [| 0.0; 0.0 |])) (seq { 1..500 })

printfn "%.2f %.2f" final.Parameters.Span[0] final.Parameters.Span[1]
