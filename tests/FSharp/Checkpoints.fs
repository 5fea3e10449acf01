module Optim.FSharp.Checkpoints

open System.IO
open Optim
open Xunit

// The F# of docs/checkpoints.md.

let private start = Optimizer.Init(Adam(), TensorSet.OfArray [| 1.0; -2.0 |])

let private gradients = [ for t in 1..150 -> TensorSet.OfArray [| sin (float t); cos (float t) |] ]

let private trained = Optimizer.Fold(start, gradients)

[<Fact>]
let ``A folder of checkpoints`` () =
    if Directory.Exists "run" then
        Directory.Delete("run", true)

    let checkpoints = CheckpointFolder("run", keep = 3)
    let file = checkpoints.Save trained
    let resumed = match checkpoints.LoadLatest<float>() with null -> start | state -> state
    Assert.Equal("step-0000000150.safetensors", Path.GetFileName file)
    Assert.Equal(trained, resumed)

[<Fact>]
let ``Going back in a run`` () =
    let otherGradient = TensorSet.OfArray [| 1.0; 1.0 |]
    let run = gradients |> Seq.fold (fun (t: Trajectory<float>) g -> t.Step g) (Trajectory.Begin(start, snapshotEvery = 50))
    let earlier = run.At 120L
    let otherwise = run.BackTo(120L).Step otherGradient
    Assert.Equal(Optimizer.Fold(start, Seq.take 120 gradients), earlier)
    Assert.Equal(fst (Optimizer.Step(earlier, otherGradient)), otherwise.Last)
    Assert.Equal(trained, run.Last)

[<Fact>]
let ``One file, saved and loaded`` () =
    Checkpoint.Save("one.safetensors", trained)
    Assert.Equal(trained, Checkpoint.Load<float> "one.safetensors")
    Assert.Equal(trained, Checkpoint.Load<float>("one.safetensors", rule = trained.Rule))
    let state, report = Checkpoint.LoadInto("one.safetensors", start)
    Assert.True report.Fits
    Assert.Equal(trained, state)
