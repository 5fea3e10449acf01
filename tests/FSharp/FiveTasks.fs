module Optim.FSharp.FiveTasks

open Optim
open Xunit

// The F# of docs/fsharp.md.

/// A step's state alone, curried: for pipelines and folds.
let step gradient (state: OptimizerState<float>) = Optimizer.Step(state, gradient) |> fst

/// The sign of a term or of a tensor's values: F#'s own is of numbers alone.
let inline sign (x: ^T) : ^T = (^T: (static member Sign: ^T -> ^T) x)

/// The gradient of Rosenbrock's valley; test problems are functions.
let gradient: TensorSet<float> -> TensorSet<float> = TestProblems.Rosenbrock >> snd

let loss (state: OptimizerState<float>) = fst (TestProblems.Rosenbrock state.Parameters)

let start = Optimizer.Init(Adam(LearningRate = 0.05), TensorSet.OfArray [| -1.2; 1.0 |])

/// 1. A run is a fold; every state on the way is a scan.
module Fold =
    let gradients = [ for t in 1..100 -> TensorSet.OfArray [| sin (float t); cos (float t) |] ]

    let trained = gradients |> List.fold (fun state g -> step g state) start
    let states = gradients |> Seq.scan (fun state g -> step g state) start
    let inPlace = Optimizer.Fold(start, gradients) // the same bits; the states on the way share memory

/// 2. Twenty seeds in parallel. A function, since a library's values are computed under a lock, for which other threads that read this file's values would wait for ever.
module Seeds =
    let initial (seed: int) =
        let random = System.Random seed
        TensorSet.OfArray [| for _ in 1..2 -> 4.0 * random.NextDouble() - 2.0 |]

    let losses () =
        [| 1..20 |]
        |> Array.Parallel.map (fun seed -> Optimizer.Fold(Optimizer.Init(Adam(LearningRate = 0.05), initial seed), 500L, gradient) |> loss)

/// 3. A rule of one's own: momentum whose steps all have one length.
module OwnRule =
    let normalized =
        let step (t: TensorStep) =
            let m = t.Hyper "Beta" * t["m"] + t.Gradient
            t.Update(t.LearningRate * m / (m.Norm + 1e-12)).Keep("m", m)

        TensorRule("normalized_momentum", [ "m" ], [ ("Beta", 0.9) ], step, LearningRate = 0.01)

/// 4. Population-based training: the better half goes on, and again with other rates in place of the worse half.
module Population =
    let round (population: OptimizerState<float>[]) generation =
        let ranked = population |> Array.Parallel.map (fun state -> Optimizer.Fold(state, 50L, gradient)) |> Array.sortBy loss
        let best = ranked |> Array.take (ranked.Length / 2)
        let factor i = if (i + generation) % 2 = 0 then 0.8 else 1.25
        let explore i (state: OptimizerState<float>) = state.Adjust("LearningRate", factor i * state.Hyperparameters["LearningRate"])
        Array.append best (Array.mapi explore best)

    let first = [| for i in 1..8 -> start.Adjust("LearningRate", 10.0 ** (-float i / 2.0)) |]
    let evolved () = Seq.fold round first (seq { 1..20 })

/// 5. Schedules: composed, computed with, and a function of one's own.
module Schedules =
    let rate = Schedule.Cosine(0.1, 900L).AfterWarmup(100L)
    let twice = rate.Then(0.5 * rate, 1000L)
    let inverseRoot = Schedule.OfFunction("inverse_root", fun step -> 0.1 / sqrt (1.0 + float step))
    let rule = AdamW(LearningRate = twice, WeightDecay = 0.1 / 3.0, Beta1 = 1.0 - rate)

[<Fact>]
let ``The five tasks do what they say`` () =
    Assert.Equal(Fold.trained, Fold.inPlace)
    Assert.Equal(Fold.trained, Seq.last Fold.states)
    let losses = Seeds.losses ()
    Assert.Equal(20, losses.Length)
    Assert.True(Array.sum losses < 20.0, string (Array.sum losses))
    let alone = Optimizer.Fold(Optimizer.Init(Adam(LearningRate = 0.05), Seeds.initial 7), 500L, gradient) |> loss
    Assert.Equal(alone, losses[6])
    let own = Optimizer.Init(OwnRule.normalized, start.Parameters)
    Assert.Equal(0.01, ((step (gradient own.Parameters) own).Parameters - own.Parameters).Norm(), 12)
    Assert.True(loss (Optimizer.Fold(own, 1000L, gradient)) < 0.1 * loss own)
    let evolved = Population.evolved ()
    Assert.True(loss evolved[0] < 1e-3, string (loss evolved[0]))
    Assert.Equal(8, evolved.Length)
    Assert.Equal((0.1, 0.05), (Schedules.twice.At 100L, System.Math.Round(Schedules.twice.At 1100L, 12)))
    Assert.Equal(0.05, Schedules.inverseRoot.At 3L)
    Assert.Equal(0.9, Schedules.rule.HyperparametersAt(100L)["Beta1"], 12)

[<Fact>]
let ``Signs are taken of terms, of values and of numbers`` () =
    let majority = ElementRule("signs", (fun e -> e.Update(0.1 * sign e.Gradient)))
    let whole = TensorRule("signs", (fun t -> t.Update(0.1 * sign t.Gradient)))
    let set = TensorSet.OfArray [| 3.0; -0.5; 0.0 |]

    for rule in [ majority :> Rule; whole ] do
        Assert.Equal<float[]>([| 2.9; -0.4; 0.0 |], (Optimizer.Init(rule, set) |> step set).Parameters.ToArray())

[<Fact>]
let ``Search spaces are made of lists, and test problems are minimized as they are`` () =
    let space = Optim.Tuning.SearchSpace.Of [ Optim.Tuning.SearchParameter.LogUniform("rate", 1e-4, 1.0); Optim.Tuning.SearchParameter.Uniform("beta", 0.5, 0.99) ]
    Assert.Equal(2, Seq.length space.Parameters)
    let found = Optimizer.Minimize(Lbfgs(), start.Parameters, (fun p -> TestProblems.Rosenbrock p))
    Assert.True(found.Loss < 1e-10)
