module Optim.Samples.FSharp.OwnRule

open Optim

/// The sign of a running mean of signs: each gradient has one vote, however large it is.
let majority (memory: float) =
    let step (e: ElementStep) =
        let votes = memory * e["votes"] + (1.0 - memory) * Term.Sign e.Gradient
        e.Update(e.LearningRate * Term.Sign votes).Keep("votes", votes)

    ElementRule("majority", [ SlotDeclaration "votes" ], step, LearningRate = 0.01)
