module Optim.FSharp.OwnRule

open System
open Optim
open Optim.Laws
open Xunit

/// Adam, written from the paper.
let adam (beta1: float) (beta2: float) (epsilon: float) =
    let step (e: ElementStep) =
        let m = beta1 * e["exp_avg"] + (1.0 - beta1) * e.Gradient
        let v = beta2 * e["exp_avg_sq"] + (1.0 - beta2) * e.Gradient * e.Gradient
        let mHat = m / e.BiasCorrection beta1
        let vHat = v / e.BiasCorrection beta2
        e.Update(e.LearningRate * mHat / (sqrt vHat + epsilon)).Keep("exp_avg", m).Keep("exp_avg_sq", v)

    ElementRule("adam_in_fsharp", [ "exp_avg"; "exp_avg_sq" ], step, LearningRate = 0.1)

/// The sign of a mean of signs.
let majority =
    let step (e: ElementStep) =
        let votes = 0.75 * e["votes"] + 0.25 * Term.Sign e.Gradient
        e.Update(e.LearningRate * Term.Sign votes).Keep("votes", votes)

    ElementRule("majority", [ "votes" ], step, LearningRate = Schedule.WarmupCosine(0.01, 10L, 1000L))

/// u = lr g / sqrt(|g| + eps): the gradient, its size compressed.
let compressed =
    ElementRule("compressed", (fun e -> e.Update(e.LearningRate * e.Gradient / sqrt (abs e.Gradient + 1e-8))), LearningRate = 0.01)

/// The gradient where it agrees with the running mean of gradients, else nothing.
let patient =
    let step (e: ElementStep) =
        let mean = 0.9 * e["mean"] + 0.1 * e.Gradient
        e.Update(Term.WherePositive(mean * e.Gradient, e.LearningRate * e.Gradient, Term.Constant 0.0)).Keep("mean", mean)

    ElementRule("patient", [ "mean" ], step, LearningRate = Schedule.Cosine(0.1, 1000L))

/// Grams: Adam's size of step, in the direction of the gradient's signs. Its hyperparameters are data.
let grams =
    let step (e: ElementStep) =
        let beta1, beta2 = e.Hyper "Beta1", e.Hyper "Beta2"
        let m = beta1 * e["m"] + (1.0 - beta1) * e.Gradient
        let v = beta2 * e["v"] + (1.0 - beta2) * e.Gradient * e.Gradient
        e.Update(e.LearningRate * abs m / (sqrt v + 1e-8) * Term.Sign e.Gradient).Keep("m", m).Keep("v", v)

    ElementRule("grams", [ "m"; "v" ], hyper = [ ("Beta1", 0.9); ("Beta2", 0.999) ], step = step, LearningRate = 0.001)

let steadier = grams.Adjust("Beta1", 0.95)

/// g / |g| of each tensor: its direction, as Optax and Optimisers.jl write it.
let normalized =
    TensorRule("normalized", (fun t -> t.Update(t.LearningRate * t.Gradient / (t.Norm + 1e-12))), LearningRate = 0.1)

/// A mean of gradients, whose step is as long as a share of the parameters' norm: LAMB's trust ratio.
let trusting =
    let step (t: TensorStep) =
        let beta = t.Hyper "Beta1"
        let mean = beta * t["mean"] + (1.0 - beta) * t.Gradient
        let ratio = if mean.Norm > 0.0 then t.Parameter.Norm / mean.Norm else 0.0
        t.Update(t.LearningRate * ratio * mean).Keep("mean", mean)

    TensorRule("trusting", [ "mean" ], [ ("Beta1", 0.9) ], step, LearningRate = 0.01)

/// Matrices become orthogonal, by MathNet's singular value decomposition; everything else goes by its root mean square.
let orthogonal =
    let step (t: TensorStep) =
        if t.Gradient.Rank = 2 then
            let svd = t.Gradient.ToMatrix().Svd()
            let k = svd.S.Count
            t.Update(t.LearningRate * svd.U.SubMatrix(0, svd.U.RowCount, 0, k) * svd.VT.SubMatrix(0, k, 0, svd.VT.ColumnCount))
        else
            t.Update(t.LearningRate * t.Gradient / (t.Rms + 1e-12))

    TensorRule("orthogonal", step, LearningRate = 0.02)

/// All tensors together are as long as the learning rate: the norm is over all of them.
let unitLength =
    let step (all: TensorSteps) =
        let norm = all.Norm + 1e-12
        all.Each(fun t -> t.Update(t.LearningRate * t.Gradient / norm))

    TensorRule.OverAllTensors("unit_length", [], step).WithLearningRate(0.1)

let private theta0 = TensorSet.OfArray [| 1.0; -2.0; 3.0 |]

/// The gradient of |p|^2 / 2.
let private gradient (p: TensorSet<float>) = p

let private run rule steps =
    Seq.fold (fun (s: OptimizerState<float>) _ -> fst (Optimizer.Step(s, gradient s.Parameters))) (Optimizer.Init(rule, theta0)) (seq { 1..steps })

[<Fact>]
let ``Rules written in F# keep the laws`` () =
    LawSuite.For(majority, LawOptions(Cases = 60, IsElementwise = true, IsOdd = true)).Assert()
    LawSuite.For(compressed, LawOptions(Cases = 20, IsElementwise = true, IsOdd = true)).Assert()
    LawSuite.For(patient, LawOptions(Cases = 20, IsElementwise = true, IsOdd = true)).Assert()
    LawSuite.For(adam 0.9 0.999 1e-8, LawOptions(Cases = 60, IsElementwise = true, IsOdd = true)).Assert()
    LawSuite.For(grams, LawOptions(Cases = 20, IsElementwise = true, IsOdd = true)).Assert()

    for rule in [ normalized; trusting; unitLength ] do
        LawSuite.For(rule, LawOptions(Cases = 10, IsOdd = true)).Assert()

[<Fact>]
let ``Rules of whole tensors written in F# step as they say`` () =
    let weights = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseOfArray(array2D [ [ 3.0; 0.0 ]; [ 0.0; -4.0 ] ])
    let set = TensorSet.OfTensors(Tensor.Of("w", weights), Tensor.Of("b", MathNet.Numerics.LinearAlgebra.Vector<float>.Build.DenseOfArray [| 12.0 |]))
    let moved (rule: Rule) = (set - (Optimizer.Step(Optimizer.Init(rule, set), set) |> snd)).ToArray() |> Array.map (fun x -> System.Math.Round(x, 9))
    Assert.Equal<float[]>([| 0.06; 0.0; 0.0; -0.08; 0.1 |], moved normalized)
    Assert.Equal<float[]>([| 0.03; 0.0; 0.0; -0.04; 0.12 |], moved trusting)
    Assert.Equal<float[]>([| 0.02; 0.0; 0.0; -0.02; 0.02 |], moved orthogonal)
    Assert.Equal<float[]>([| 0.1 * 3.0 / 13.0; 0.0; 0.0; -0.4 / 13.0; 1.2 / 13.0 |] |> Array.map (fun x -> System.Math.Round(x, 9)), moved unitLength)

[<Fact>]
let ``Hyperparameters of a function are data`` () =
    Assert.Equal("ElementRule { Name = grams, Beta1 = 0.9, Beta2 = 0.999, LearningRate = 0.001 }", string grams)
    Assert.Equal(0.95, Optimizer.Init(steadier, theta0).Hyperparameters["Beta1"])
    Assert.False((grams :> Rule = steadier))
    Assert.Equal("Beta1: 0.9 -> 0.95", steadier.ChangesFrom(grams) |> Seq.exactlyOne |> string)

[<Fact>]
let ``Adam written in F# is Adam`` () =
    let own = run (adam 0.9 0.999 1e-8) 50
    let shipped = run (Adam(LearningRate = 0.1)) 50
    Assert.True((own.Parameters - shipped.Parameters).Norm() < 1e-13)
    Assert.Equal<string list>(List.ofSeq shipped.Slots.Keys, List.ofSeq own.Slots.Keys)

[<Fact>]
let ``A counter cut off at 32 bits is found by a law`` () =
    let step (e: ElementStep) = e.Update(e.Gradient / (1.0 - pown 0.9 (int e.Step)))
    let report = LawSuite.For(ElementRule("cut_off", [], step), LawOptions(Cases = 20)).Check()
    Assert.Equal<int list>([ 16 ], [ for broken in report.Broken -> broken.Law.Number ])

[<Fact>]
let ``Rules are piped into one another and into wrappers`` () =
    let rule = ClipByGlobalNorm 1.0 |> _.Then(majority) |> _.Then(Scale 0.5)
    let wrapped = Lookahead(Accumulate(rule, steps = 2), SyncPeriod = 3)
    let final = run wrapped 60
    Assert.True(final.Parameters.Norm() < theta0.Norm())
    Assert.Contains("votes", final.Slots.Keys)
    let slower = final.Adjust("LearningRate", 1e-4)
    Assert.Equal(1e-4, slower.Hyperparameters["inner.inner.rules[1].LearningRate"])

[<Fact>]
let ``A rule's mistakes are sentences`` () =
    let rule = ElementRule("lost", fun step -> step.Update(step["nowhere"]))
    let state = Optimizer.Init(rule, theta0)
    let error = Assert.Throws<Collections.Generic.KeyNotFoundException>(fun () -> Optimizer.Step(state, theta0) |> ignore)
    Assert.Contains("The rule 'lost' has no slot 'nowhere'", error.Message)
    let rateless = ElementRule("rateless", fun step -> step.Update(step.LearningRate * step.Gradient))
    let error = Assert.Throws<InvalidOperationException>(fun () -> Optimizer.Step(Optimizer.Init(rateless, theta0), theta0) |> ignore)
    Assert.Contains("'rateless' asks for its learning rate", error.Message)
    let error = Assert.Throws<ArgumentException>(fun () -> ElementRule("twice", [ "a"; "a" ], fun step -> step.Update step.Gradient) |> ignore)
    Assert.Contains("'a' twice", error.Message)

[<Fact>]
let ``A rule is named, compared and printed`` () =
    Assert.Equal("majority", majority.Name)
    Assert.True((majority = majority.WithLearningRate majority.LearningRate))
    Assert.False((majority = majority.WithLearningRate 0.5))
    Assert.Equal("ElementRule { Name = majority, LearningRate = 0.5 }", string (majority.WithLearningRate 0.5))

[<Fact>]
let ``A state of rules written in F# is saved under their names and resumed`` () =
    let rule = majority |> _.Then(adam 0.9 0.999 1e-8)
    let file = IO.Path.Combine(IO.Path.GetTempPath(), IO.Path.GetRandomFileName() + ".safetensors")

    try
        let half = run rule 7
        Checkpoint.Save(file, half)
        // The functions are given again, in any order; everything else is in the file.
        let loaded = Checkpoint.Load<float>(file, ownRules = [ adam 0.9 0.999 1e-8; majority ])
        let onwards (s: OptimizerState<float>) = Seq.fold (fun (s: OptimizerState<float>) _ -> fst (s.Step s.Parameters)) s (seq { 1..7 })
        Assert.True(((onwards loaded).Parameters = (run rule 14).Parameters))
        let error = Assert.ThrowsAny<Exception>(fun () -> Checkpoint.Load<float>(file, ownRules = [ majority ]) |> ignore)
        Assert.Contains("adam_in_fsharp", error.Message)
    finally
        IO.File.Delete file
