module Optim.FSharp.Calibration

open System
open MathNet.Numerics.LinearAlgebra
open Optim
open Optim.CSharp
open Optim.Lanes
open Xunit

// The F# of docs/calibration.md.

// As that of MathNet.Numerics.FSharp.
let private vector (numbers: float seq) = Vector<float>.Build.DenseOfEnumerable numbers

let private years = [| 0.25; 0.5; 1.0; 2.0; 3.0; 4.0; 5.0; 7.0; 10.0; 15.0; 20.0; 25.0; 30.0 |]
let private yields = [| 3.76; 3.69; 3.51; 3.22; 3.08; 3.05; 3.08; 3.21; 3.44; 3.70; 3.80; 3.82; 3.81 |]

let private svensson (b: Vector<float>) t =
    let u, v = t / b[4], t / b[5]
    let slope, hump = (1.0 - exp -u) / u, (1.0 - exp -v) / v
    b[0] + b[1] * slope + b[2] * (slope - exp -u) + b[3] * (hump - exp -v)

let private doses = [| for d in [ 0.01; 0.1; 1.0; 10.0; 100.0; 1000.0 ] do for _ in 1..3 -> d |]

let private responses =
    [| 2.1; 1.4; 3.0; 4.9; 3.8; 5.6; 19.7; 17.2; 21.5; 61.8; 65.9; 63.1; 93.3; 91.2; 95.0; 98.9; 101.3; 99.6 |]

let private logistic (b: Vector<float>) dose = b[0] + (b[1] - b[0]) / (1.0 + (b[2] / dose) ** b[3])

let private minusLogLikelihood (returns: float[]) omega alpha beta =
    let term (h, sum) r = omega + alpha * r * r + beta * h, sum + 0.5 * (log h + r * r / h)
    let first = returns |> Array.averageBy (fun r -> r * r)
    snd (Array.fold term (first, 0.0) returns) / float returns.Length

[<Fact>]
let ``A yield curve is fitted from many starts`` () =
    let bounds = MinimizerOptions(Lower = [| 0.0; -15.0; -30.0; -30.0; 0.2; 4.0 |], Upper = [| 15.0; 15.0; 30.0; 30.0; 4.0; 20.0 |])
    let curves = Minimizer(bounds).FitLeastSquares((fun b -> vector yields - vector (Array.map (svensson b) years)), MultiStart(Starts = 64))
    printfn $"{curves}"

    Assert.True(curves.Best.HasConverged)
    Assert.InRange(curves.Best.ResidualStandardError, 0.0, 0.02)

[<Fact>]
let ``A dose-response curve is fitted with its uncertainty`` () =
    let response =
        Minimizer(MinimizerOptions(Lower = [| -50.0; 50.0; 1e-3; 0.1 |], Upper = [| 50.0; 150.0; 1e3; 5.0 |]))
            .FitLeastSquares((fun b -> vector responses - vector (Array.map (logistic b) doses)), vector [ 0.0; 100.0; 1.0; 1.0 ],
                LeastSquaresOptions(Names = [| "bottom"; "top"; "EC50"; "Hill" |]))
    let band = response.ConfidenceBand(logistic, [ 0.3; 3.0; 30.0 ])

    Assert.InRange(response.Parameters[2], 5.0, 6.0)
    Assert.All(band, fun point -> Assert.True(point.Lower < point.Value && point.Value < point.Upper))

[<Fact>]
let ``A volatility model is fitted by maximum likelihood`` () =
    let random = CounterRandom(1L, 0L, 0L)

    let simulated =
        Array.mapFold (fun h day -> let r = sqrt h * random.Normal day in r, 0.05 + 0.1 * r * r + 0.85 * h) 1.0 [| 0L .. 1999L |] |> fst

    let loss (x: Vector<float>) = minusLogLikelihood simulated x[0] (x[1] * x[2]) (x[1] * (1.0 - x[2]))
    let volatility = Minimizer(MinimizerOptions(Lower = [| 1e-6; 0.0; 0.0 |], Upper = [| 10.0; 0.9999; 1.0 |])).Minimize(loss, vector [ 0.1; 0.9; 0.1 ])
    printfn $"{volatility.Reason}: persistence {volatility.Point[1]:F3} after {volatility.Evaluations} evaluations"

    Assert.True(volatility.HasConverged)
    Assert.InRange(volatility.Point[1], 0.9, 0.99)
