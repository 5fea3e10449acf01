module Optim.FSharp.OwnProperties

open FsCheck
open FsCheck.FSharp
open Optim
open Optim.Laws
open Xunit

// Properties of one's own, on the cases that the laws are checked on: the F# of docs/testing-your-rule.md.

let private own =
    TensorRule("normalized", (fun t -> t.Update(t.LearningRate * t.Gradient / (t.Norm + 1e-12))), LearningRate = 0.1)

/// No step of it is longer than its rate times the root of the number of tensors, whatever the gradient.
let private neverLong =
    Prop.forAll (Generators.RunsLike<float> own) (fun run ->
        let moved = (Optimizer.Step(run.Begin(), run.Gradients[0]) |> snd) - run.Start
        let rate = run.Rule.HyperparametersAt(0L)["LearningRate"]
        let rounding = 1e-15 * (float run.Start.Length + 1.0) * (run.Start.Norm() + rate)
        moved.Norm() <= rate * sqrt (float run.Start.Count) * 1.000001 + rounding)

let private schedulesStay =
    Prop.forAll (Generators.Schedules(0.1, 0.5)) (fun schedule ->
        [ 0L; 1L; 10L; 1000L ] |> List.forall (fun step -> schedule.At step >= 0.1 - 1e-12 && schedule.At step <= 0.5 + 1e-12))

[<Fact>]
let ``Properties of one's own start from the laws' cases`` () =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 40, neverLong)
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 40, schedulesStay)

[<Fact>]
let ``What is wrong is found, shrunk and printed`` () =
    let wrong = Prop.forAll (Generators.Runs<float>()) (fun run -> run.Gradients.Count < 3)
    let error = Assert.ThrowsAny<exn>(fun () -> Check.One(Config.QuickThrowOnFailure, wrong))
    Assert.Contains("gradient 2", error.Message)
    let wide = Prop.forAll (Generators.WideNumbers()) (fun x -> abs x < 1e20)
    Assert.Contains("Falsifiable", Assert.ThrowsAny<exn>(fun () -> Check.One(Config.QuickThrowOnFailure, wide)).Message)

[<Fact>]
let ``Each generator gives what it says`` () =
    let sample arb = Gen.sampleWithSize 30 20 (Arb.toGen arb)
    Assert.All(sample (Generators.Rules()), (fun rule -> rule.Validate()))
    Assert.All(sample (Generators.RulesNamed "adamw"), (fun rule -> Assert.IsType<AdamW> rule |> ignore))
    Assert.All(sample (Generators.RulesLike own), (fun rule -> Assert.Equal("normalized", (rule :?> TensorRule).Name)))
    let layout = TensorSet.OfArray([| 1.0; 2.0 |]).Layout
    Assert.All(sample (Generators.SetsLike<float32> layout), (fun set -> Assert.True((layout = set.Layout))))
    Assert.Contains(sample (Generators.Sets<float>()), (fun set -> set.Count > 1))
    Assert.Contains(sample (Generators.WideNumbers()), (fun x -> x <> 0.0 && (abs x > 1e10 || abs x < 1e-10)))
    let error = Assert.Throws<System.ArgumentException>(fun () -> Generators.RulesNamed "adamm" |> ignore)
    Assert.Contains("name must be the name of a rule of the library, was 'adamm'", error.Message)
