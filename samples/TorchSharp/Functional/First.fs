/// The program of docs/gradients.md.
module First

open TorchSharp
open Optim            // last: of two types of one name F# takes that of the namespace opened last
open Optim.TorchSharp

let run () =
    torch.manual_seed 1L |> ignore
    let x = torch.randn [| 256L; 8L |]
    let y = x.sum(1L).gt((0.0).ToScalar()).to_type torch.ScalarType.Int64
    let model = torch.nn.Linear(8L, 2L)
    let loss (x: torch.Tensor, y: torch.Tensor) = torch.nn.functional.cross_entropy (model.call x, y)

    let objective = TorchObjective.Of(model, loss)
    let step state batch =
        let _, gradient = objective.At(batch).Invoke((state: OptimizerState<float32>).Parameters)
        fst (Optimizer.Step(state, gradient))

    let start = Optimizer.Init(AdamW(LearningRate = 3e-2), objective.Parameters())
    let final = Seq.fold step start (Seq.replicate 100 (x, y))
    printfn "%d steps, loss %.2f -> %.2f" final.StepCount (fst (objective.At((x, y)).Invoke start.Parameters)) (fst (objective.At((x, y)).Invoke final.Parameters))
