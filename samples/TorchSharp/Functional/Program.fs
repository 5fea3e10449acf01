// Training as a fold: the state is a value, autograd is a function of it, and every state that you keep stays.
//   dotnet run -c Release --project samples/TorchSharp/Functional -- [STEPS]
open System
open System.IO
open Optim.NativeTorch
open TorchSharp
open Optim            // last: of two types of one name F# takes that of the namespace opened last
open Optim.TorchSharp

Globalization.CultureInfo.CurrentCulture <- Globalization.CultureInfo.InvariantCulture

/// One step by the objective's gradient on a batch. The state before may be used up.
let step (objective: TorchObjective<float32, 'B>) (batch: int -> 'B) (state: OptimizerState<float32>) number =
    let loss, gradient = objective.At(batch number).Invoke state.Parameters
    if (number + 1) % 50 = 0 then printfn "  step %d, loss %.3f" (number + 1) loss
    fst (Optimizer.Step(state.Donate(), gradient, loss = Nullable loss))

let transformer steps =
    torch.manual_seed 1L |> ignore
    let context = 64
    let model = new Transformer.Model(int64 Text.characters.Length, int64 context, 96L, 3)
    let objective = TorchObjective.Of(model, Transformer.loss model)
    let warmup, stable = max 1L (int64 steps / 10L), int64 steps / 2L
    let wsd peak = Schedule.WarmupStableDecay(peak, warmup, stable, int64 steps - warmup - stable)
    let adamw = AdamW(LearningRate = wsd 3e-3, Beta2 = 0.99, WeightDecay = 0.1)
    let muon =
        Partition(
            ParameterGroup(TensorSelector.Named("characters.*", "positions.*", "head.*"), adamw),
            ParameterGroup(TensorSelector.All, Muon(LearningRate = wsd 0.02, Fallback = adamw)))
    let whole (rule: Rule) = ParameterEma(ClipByGlobalNorm(1.0).Then(rule).NoDecayOn("*.bias", "*norm*"), Decay = 0.98, DecayWarmup = true)
    let heldOut (parameters: TensorSet<float32>) =
        Seq.averageBy (fun i -> fst (objective.At(Text.batch Text.heldOut 32 context (-1 - i)).Invoke parameters)) (seq { 0..3 })
    let start = objective.Parameters()
    [ for name, rule in [ "AdamW alone", (adamw :> Rule); "Muon + AdamW", muon ] do
        printfn "Transformer, %s:" name
        let advance = step objective (Text.batch Text.training 32 context)
        // Halfway it is saved; the second half begins from the file.
        let file = Path.GetTempFileName()
        Checkpoint.Save(file, Seq.fold advance (Optimizer.Init(whole rule, start)) (seq { 0 .. steps / 2 - 1 }))
        let final = Seq.fold advance (Checkpoint.Load<float32> file) (seq { steps / 2 .. steps - 1 })
        File.Delete file
        let loss = heldOut final.EvaluationParameters
        printfn "  held out: %.3f at averaged weights, %.3f at the last" loss (heldOut final.Parameters)
        loss ]

let cnn steps =
    let name, train, (testX, testY) = Cnn.load ()
    let model = Cnn.model ()
    let loss (struct (x: Cnn.Tensor, y: Cnn.Tensor)) = torch.nn.functional.cross_entropy (model.call x, y)
    let objective = TorchObjective.Of(model, loss)
    let rule = AdamW(LearningRate = Schedule.OneCycle(5e-3, int64 steps)).NoDecayOn "*.bias"
    printfn "Residual CNN, %s:" name
    let states =
        (Optimizer.Init(rule, objective.Parameters()), seq { 0 .. steps - 1 })
        ||> Seq.scan (fun state number ->
            let loss, gradient = objective.At(Cnn.batch train 64 number).Invoke state.Parameters
            if (number + 1) % 50 = 0 then printfn "  step %d, loss %.3f" (number + 1) loss
            fst (Optimizer.Step(state, gradient)))
    let accuracy (state: OptimizerState<float32>) =
        TorchParameters.Write(model, state.EvaluationParameters)
        use _ = torch.NewDisposeScope()
        use _ = torch.no_grad ()
        let count = min 2000L testX.shape[0] |> int
        model.call(testX[torch.TensorIndex.Slice(0, count)]).argmax(1L).eq(testY[torch.TensorIndex.Slice(0, count)]).to_type(torch.ScalarType.Float32).mean().item<float32>()
    let right = accuracy (Seq.last states)
    printfn "  held out: %.1f %% right" (100.0f * right)
    right

[<EntryPoint>]
let main args =
    match Natives.WhyNot with
    | null ->
        let steps = if args.Length > 0 then int args[0] else 1000
        First.run ()
        let right = cnn steps
        let losses = transformer steps
        if steps < 200 || (right > 0.7f && losses |> List.forall (fun loss -> loss < 2.4)) then 0 else 1
    | reason ->
        printfn "Skipped: %s" reason
        0
