module Optim.FSharp.Tests

open System
open MathNet.Numerics.LinearAlgebra
open Optim
open Xunit

/// The gradient of |p|^2.
let private square (p: TensorSet<float>) = p.Scale 2.0

let private theta0 = TensorSet.OfArray [| 1.0; -2.0; 3.0 |]

[<Fact>]
let ``The example of the design compiles and descends`` () =
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
    let s0 = Optimizer.Init(Sgd(LearningRate = 0.5), theta0)
    let s1, p = s0.Step(2.0 * theta0)
    Assert.Equal<float[]>([| 0.0; 0.0; 0.0 |], p.ToVector().ToArray())
    let s2, _ = Optimizer.Step(s1, TensorSet.Of theta0)
    let s3, _ = Optimizer.Step(s2, TensorSet.Of theta0, loss = 0.5)
    Assert.Equal(3L, s3.StepCount)

[<Fact>]
let ``A fold, a scan and a donated loop reach the same state`` () =
    let s0 = Optimizer.Init(Adam(LearningRate = 0.1), theta0)
    let grads = [ for i in 1..20 -> TensorSet.OfArray [| float i; cos (float i); -1.0 |] ]
    let folded = grads |> List.fold (fun s g -> fst (Optimizer.Step(s, g))) s0
    let scanned = grads |> Seq.scan (fun s g -> fst (Optimizer.Step(s, g))) s0 |> Seq.last
    Assert.True((folded = scanned))
    Assert.True((folded = Optimizer.Fold(s0, grads)))
    Assert.True((folded = (Optimizer.Scan(s0, grads) |> Seq.last)))

    let mutable s = s0

    for g in grads do
        s <- fst (Optimizer.Step(s.Donate(), g))

    Assert.True((folded = s))

[<Fact>]
let ``Unfolding until it has converged`` () =
    let states =
        Optimizer.Init(Sgd(LearningRate = 0.1, Momentum = 0.5), theta0)
        |> Seq.unfold (fun s ->
            if s.Parameters.Norm() < 1e-6 then
                None
            else
                let next, p = Optimizer.Step(s, square s.Parameters)
                Some(p.Norm(), next))

    Assert.InRange(Seq.length states, 20, 200)

[<Fact>]
let ``Minimize says why it stopped`` () =
    let objective (p: TensorSet<float>) = p.Dot p, square p
    let result = Optimizer.Minimize(Sgd(LearningRate = 0.1), theta0, objective, StopConditions(TargetLoss = 1e-6))
    Assert.Equal(ExitReason.TargetLossReached, result.Reason)
    Assert.True(result.Loss <= 1e-6)

[<Fact>]
let ``A test problem is an objective, and its gradient checks`` () =
    let rosenbrock (p: TensorSet<float>) = TestProblems.Rosenbrock p
    let start = TensorSet.OfArray [| -1.2; 1.0 |]
    let result = Optimizer.Minimize(Lbfgs(), start, rosenbrock)
    Assert.True(result.Loss < 1e-12)
    let check = GradientCheck.Of(rosenbrock, start)
    Assert.Equal(GradientVerdict.Right, check.Verdict)
    let inner = Lookahead(Inner = Sam(Inner = Sgd(LearningRate = 1e-3)), SyncPeriod = 2)
    let next, _ = Optimizer.StepOn(Optimizer.Init(inner, start), rosenbrock)
    Assert.Equal(1L, next.StepCount)

[<Fact>]
let ``Hyperparameters are data`` () =
    let rule = Adam(Beta1 = 0.8).WithLearningRate(Schedule.Table [ 0.1; 0.01 ])
    Assert.True((rule = Adam(Beta1 = 0.8, LearningRate = Schedule.Table [ 0.1; 0.01 ])))
    Assert.Equal(0.01, rule.LearningRate.At 7L)
    let error = Assert.Throws<ArgumentOutOfRangeException>(fun () -> Adam(Beta1 = 1.5) |> ignore)
    Assert.Contains("Beta1 must be in [0, 1), was 1.5", error.Message)

[<Fact>]
let ``A step reports on itself, and losses are watched in a fold`` () =
    let rule = ClipByValue(1.0).Then(Sgd(LearningRate = 0.1))
    let s0 = Optimizer.Init(rule, theta0)
    let s1, p, report = Optimizer.StepWithReport(s0, square theta0, loss = 0.5)
    Assert.Equal((s1.Parameters, Nullable 0.1), (p, report.LearningRate))
    Assert.Equal(report.GradientNorm, (square theta0).Norm())
    Assert.Equal(report.UpdateRatio, report.Tensors[theta0[0].Name].UpdateRatio)
    let monitor = [ 3.0; 2.0; 1.0; 1.0; 1.0 ] |> List.fold (fun (m: LossMonitor) loss -> m.Next loss) (LossMonitor(StagnationPatience = 2L))
    Assert.Equal((false, true, 1.0), (monitor.IsDivergent, monitor.IsStagnant, monitor.Best))
    let guarded = RollbackOnDivergence(ParameterEma(Adam()), MaxRollbacks = 3)
    Assert.Equal(1L, (fst (Optimizer.Step(Optimizer.Init(guarded, theta0), square theta0, loss = 1.0))).StepCount)

[<Fact>]
let ``Named tensors`` () =
    let set =
        TensorSet.OfTensors(
            Tensor.Of("w", Matrix<float>.Build.DenseOfRowMajor(2, 2, [ 1.0; 2.0; 3.0; 4.0 ])),
            Tensor.OfScalar("b", 5.0)
        )

    Assert.Equal<string list>([ "w"; "b" ], [ for t in set -> t.Name ])
    Assert.Equal(2.0, set["w"].ToMatrix()[0, 1])
    Assert.Equal(55.0, set.Dot set)
    let doubled = set.Map(fun x -> 2.0 * x)
    Assert.Equal(10.0, doubled["b"].Span[0])

[<Fact>]
let ``Schedules are multiplied, added and joined`` () =
    let cosine = Schedule.WarmupCosine(0.1, 3L, 14L)
    let product = cosine * Schedule.ReduceOnPlateau 1.0
    let cycle = Schedule.OneCycle(3e-3, 1000L)
    let scaled: Schedule = Schedule.op_Implicit 0.5 * cycle + cosine
    Assert.Equal(cosine.At 5L, product.At 5L)
    Assert.Equal(cycle.At 7L * 0.5 + cosine.At 7L, scaled.At 7L, 15)
    Assert.Equal(cosine.At 2L, (Schedule.Constant 1.0).Then(cosine, 10L).At 12L)

[<Fact>]
let ``The F# program of the first five minutes trains`` () =
    Assert.Equal(396, Optim.FSharp.GettingStarted.right)
    Assert.Equal("0.1067", sprintf "%.4f" (fst (Optim.FSharp.GettingStarted.objective Optim.FSharp.GettingStarted.trained.Parameters)))
