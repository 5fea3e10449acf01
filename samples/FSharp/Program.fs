module Optim.Samples.FSharp.Program

open MathNet.Numerics.LinearAlgebra
open Optim
open Optim.Laws

// A line y = a x + b through noisy points, fitted in a functional training loop.

let private points =
    let random = System.Random 1
    [ for i in 0..199 ->
          let x = float i / 100.0 - 1.0
          x, 3.0 * x - 0.5 + 0.05 * (random.NextDouble() - 0.5) ]

/// The mean squared error on some points, and its gradient.
let private errorOn batch (p: TensorSet<float>) =
    let a, b = p["slope"].Span[0], p["intercept"].Span[0]
    let residuals = batch |> List.map (fun (x, y) -> x, a * x + b - y)
    let mean f = residuals |> List.averageBy f

    mean (fun (_, r) -> r * r),
    TensorSet.OfTensors(Tensor.OfScalar("slope", mean (fun (x, r) -> 2.0 * r * x)), Tensor.OfScalar("intercept", mean (fun (_, r) -> 2.0 * r)))

let private start = TensorSet.OfTensors(Tensor.OfScalar("slope", 0.0), Tensor.OfScalar("intercept", 0.0))

let private batches = points |> List.indexed |> List.groupBy (fun (i, _) -> i % 10) |> List.map (snd >> List.map snd)

/// One step; the loss before it beside the state after it.
let private train batch (s: OptimizerState<float>) =
    let loss, gradient = errorOn batch s.Parameters
    loss, fst (Optimizer.Step(s, gradient, loss = loss))

// A fold over epochs of batches: the state at the end.
let private fitted rule epochs =
    List.replicate epochs batches |> List.concat |> List.fold (fun s batch -> snd (train batch s)) (Optimizer.Init(rule, start))

// A scan: every state on the way, each as valid as the last.
let private losses rule =
    batches
    |> Seq.scan (fun (s: OptimizerState<float>) batch -> snd (train batch s)) (Optimizer.Init(rule, start))
    |> Seq.map (fun s -> fst (errorOn points s.Parameters))

// An unfold: steps until the gradient is small.
let private stepsUntilConverged (rule: Rule) =
    Optimizer.Init(rule, start)
    |> Seq.unfold (fun s ->
        let _, gradient = errorOn points s.Parameters
        if gradient.Norm() < 1e-6 then None else Some((), fst (Optimizer.Step(s, gradient))))
    |> Seq.length

let private own = OwnRule.majority 0.9 |> _.WithLearningRate(Schedule.Exponential(0.05, 0.998))

// A run that is cut, saved, loaded and gone on with: the same state, to the bit. Rules of one's own are given by the one who loads.
let private resumes rule =
    let folder = System.IO.Directory.CreateTempSubdirectory "optim-sample-"

    try
        let step s batch = snd (train batch s)
        let before, after = List.splitAt 4 batches
        let checkpoints = CheckpointFolder(folder.FullName, keep = 2)
        before |> List.fold step (Optimizer.Init(rule, start)) |> checkpoints.Save |> ignore

        match checkpoints.LoadLatest<float>(ownRules = [| own |]) with
        | null -> false
        | state -> List.fold step state after = fitted rule 1
    finally
        folder.Delete true

let private close (s: OptimizerState<float>) =
    abs (s.Parameters["slope"].Span[0] - 3.0) < 0.05 && abs (s.Parameters["intercept"].Span[0] + 0.5) < 0.05

[<EntryPoint>]
let main _ =
    // Rules are values, and a pipeline of rules is a rule.
    let clipped = ClipByGlobalNorm 1.0 |> _.Then(Adam(LearningRate = 0.05))

    let results = [ for rule in [ clipped; own :> Rule ] -> rule, fitted rule 100 ]

    for rule, s in results do
        printfn "%O\n  slope %.3f, intercept %.3f" rule s.Parameters["slope"].Span[0] s.Parameters["intercept"].Span[0]

    printfn "losses of the first epoch: %s" (losses clipped |> Seq.map (sprintf "%.3f") |> String.concat " ")
    printfn "gradient descent has converged after %d steps" (stepsUntilConverged (Sgd(LearningRate = 0.5, Momentum = 0.5)))

    let resumed = results |> List.forall (fst >> resumes)
    printfn "cut, saved, loaded and gone on with, they end in the same bits: %b" resumed

    // MathNet vectors go in and come out.
    let theta = Vector<float>.Build.DenseOfArray [| 2.0; -2.0 |]
    let s1, p1 = Optimizer.Init(Sgd(LearningRate = 0.25), theta).Step(2.0 * theta)
    printfn "after %d step: %O" s1.StepCount (p1.ToVector())

    // The laws, as a test of the rule above.
    let report = LawSuite.For(OwnRule.majority 0.9, LawOptions(Cases = 25, IsElementwise = true, IsOdd = true)).Check()
    printfn "%O" report

    if report.Holds && resumed && results |> List.forall (snd >> close) then 0 else 1
