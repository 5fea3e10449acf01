module Optim.FSharp.Equality

open System
open System.Numerics
open Optim
open Optim.Execution
open Optim.Tuning
open Xunit

/// A schedule of one's own: the compiler of F# writes no equality for it.
type Ramp(slope: float, names: string list) =
    inherit Schedule()
    override this.``<Clone>$``() = this.MemberwiseClone() :?> Schedule
    override _.At(step: int64) = slope * float step + float names.Length

type Sawtooth(slope: float, names: string list) =
    inherit Schedule()
    override this.``<Clone>$``() = this.MemberwiseClone() :?> Schedule
    override _.At(step: int64) = slope * float (step % 3L) + float names.Length

/// A sawtooth with a field of its own below another class's.
type Shifted(slope: float, by: int64) =
    inherit Ramp(slope, [])
    override this.``<Clone>$``() = this.MemberwiseClone() :?> Schedule
    override _.At(step: int64) = base.At(step + by)

/// A rule of one's own, with an array among its fields.
type Weighted(weights: float array) =
    inherit Rule()
    override this.``<Clone>$``() = this.MemberwiseClone() :?> Rule

    override _.Prepare<'T when 'T: unmanaged and 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> IFloatingPointIeee754<'T>>(plan: Plan<'T>) =
        let total: float = Array.sum weights
        plan.Prepare(Scale(total))

type Impatient(after: int) =
    inherit Pruner()
    override this.``<Clone>$``() = this.MemberwiseClone() :?> Pruner
    override _.ShouldPrune(trial, _) = trial.Reports.Count > after

let private alike (a: 'a) (b: 'a) =
    Assert.Equal<'a>(a, b)
    Assert.Equal(a.GetHashCode(), b.GetHashCode())

[<Fact>]
let ``Law 62: schedules derived in F# are equal when their classes and fields are`` () =
    alike (Ramp(1.0, [ "a" ]) :> Schedule) (Ramp(1.0, [ "a" ]))
    alike (Shifted(1.0, 2L) :> Schedule) (Shifted(1.0, 2L))
    let different: Schedule list =
        [ Ramp(1.0, [ "a" ]); Ramp(2.0, [ "a" ]); Ramp(1.0, [ "b" ]); Sawtooth(1.0, [ "a" ]); Ramp(1.0, []); Shifted(1.0, 2L); Shifted(1.0, 3L); Shifted(2.0, 2L); Schedule.Constant 1.0 ]

    for i, a in List.indexed different do
        for j, b in List.indexed different do
            Assert.Equal((i = j), a.Equals b)

[<Fact>]
let ``Law 62: rules and pruners derived in F# are equal when their fields are`` () =
    alike (Weighted [| 0.5; 1.0 |] :> Rule) (Weighted [| 0.5; 1.0 |])
    Assert.NotEqual(Weighted [| 0.5 |] :> Rule, Weighted [| 0.25 |])
    Assert.NotEqual(Weighted [| 1.0 |] :> Rule, Scale 1.0)
    alike (Weighted([| 0.5 |]).Then(Sgd(LearningRate = Ramp(1.0, [])))) (Weighted([| 0.5 |]).Then(Sgd(LearningRate = Ramp(1.0, []))))
    Assert.NotEqual(Sgd(LearningRate = Ramp(1.0, [])), Sgd(LearningRate = Ramp(2.0, [])))
    alike (Impatient 3 :> Pruner) (Impatient 3)
    Assert.NotEqual(Impatient 3 :> Pruner, Impatient 4)

[<Fact>]
let ``A state knows whether its rule's schedule is another`` () =
    let at slope = Optimizer.Init(Sgd(LearningRate = Ramp(slope, [])), TensorSet.OfArray [| 1.0 |])
    Assert.Equal(at 1.0, at 1.0)
    Assert.NotEqual(at 1.0, at 2.0)
