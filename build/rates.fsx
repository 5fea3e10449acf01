// Learning rates by search. Needs the Release build of the command.
//   dotnet fsi build/rates.fsx starting [NAME...]
//     The starting rates of the registry beside those that 'optim compare --tune' finds on the digits: for all optimizers that have one, or for some.
//   dotnet fsi build/rates.fsx find-lr [OPTION...]
//     What 'optim find-lr' suggests over 20 seeds beside the best of a grid of rates, as in docs/tuning.md; options name data and model for both.
open System
open System.Diagnostics
open System.Globalization
open System.IO
open System.Text.Json.Nodes

let seeds, trials, epochs = 5, 24, 60
let gridEpochs, gridSeeds = 20, 5
let root = Path.GetDirectoryName __SOURCE_DIRECTORY__

/// A command's document.
let optim (arguments: string list) =
    let start = ProcessStartInfo("dotnet", [ Path.Combine(root, "src", "Optim.Cli", "bin", "Release", "net10.0", "optim.dll") ] @ arguments @ [ "--json" ], RedirectStandardOutput = true)
    use command = Process.Start start
    let text = command.StandardOutput.ReadToEnd()
    command.WaitForExit()
    if text.Length = 0 then failwith $"""optim {String.Join(' ', arguments)} ended with {command.ExitCode}."""
    JsonNode.Parse text

let number (node: JsonNode) = node.GetValue<float>()
let text (value: float) = value.ToString("G3", CultureInfo.InvariantCulture)
let median (values: float list) = (List.sort values)[values.Length / 2]

/// The nearest of 1, 2 and 5 times a power of ten.
let rounded rate =
    [ for power in -9.0 .. 2.0 do for digit in [ 1.0; 2.0; 5.0 ] -> digit * 10.0 ** power ] |> List.minBy (fun candidate -> abs (log (candidate / rate)))

let starting (names: string list) =
    printfn "| optimizer | starting rate | found, of %d seeds | from | to | factor |\n|---|---|---|---|---|---|" seeds
    for rule in (optim [ "rules" ])["rules"].AsArray() do
        let name, registered = rule["name"].GetValue<string>(), rule["startingRate"]
        if not (isNull registered) && (names.IsEmpty || List.contains name names) then
            try
                let found = [ for seed in 1 .. seeds -> number (optim [ "compare"; "--optimizers"; name; "--tune"; string trials; "--epochs"; string epochs; "--seed"; string seed; "-q" ])["results"].[0].["learningRate"] ]
                printfn "| %s | %s | %s | %s | %s | %s |" name (text (number registered)) (text (rounded (median found))) (text (List.min found)) (text (List.max found)) (text (median found / number registered))
            with error -> printfn "| %s | %s | %s | | | |" name (text (number registered)) (error.Message.Replace("|", "/"))

let findRate (options: string list) =
    let grid = [ for power in -4.0 .. 0.0 do for digit in [ 1.0; 2.0; 5.0 ] -> digit * 10.0 ** power ]
    let isDigits = options.IsEmpty
    printfn "| optimizer | suggested: median | from | to | best of the grid | factor |\n|---|---|---|---|---|---|"
    for optimizer in [ "sgd"; "adamw" ] do
        let suggested = optim ([ "find-lr"; "--optimizer"; optimizer; "--repeats"; "20"; "-q" ] @ options)
        let score (rate: float) =
            let many = if isDigits then gridEpochs, gridSeeds else 1, 1
            let result = (optim ([ "compare"; "--optimizers"; optimizer; "--lr"; rate.ToString("R", CultureInfo.InvariantCulture); "--epochs"; string (fst many); "--seeds"; string (snd many); "-q" ] @ options))["results"].[0]
            if isNull result["testAccuracy"] then 0.0 else number result["testAccuracy"]
        let scores = [ for rate in grid -> rate, score rate ]
        let best = fst (List.maxBy snd scores)
        printfn "| %s | %s | %s | %s | %s | %s |" optimizer (text (number suggested["suggestion"])) (text (number suggested["lowest"])) (text (number suggested["highest"])) (text best) (text (number suggested["suggestion"] / best))
        for rate, value in scores do printfn "<!-- %s %s: %s -->" optimizer (text rate) (text value)

match List.tail (List.ofArray fsi.CommandLineArgs) with
| "starting" :: names -> starting names
| "find-lr" :: options -> findRate options
| _ -> failwith "Name one of: starting, find-lr."
