/// A small residual CNN, on Fashion-MNIST where it is installed, else on the 8 x 8 digits.
module Cnn

open System
open System.IO
open System.IO.Compression
open Optim.Networks
open TorchSharp

type Tensor = torch.Tensor
type private Layer = torch.nn.Module<Tensor, Tensor>

type Residual(channels: int64) as this =
    inherit torch.nn.Module<Tensor, Tensor>("Residual")
    let conv1, conv2 = torch.nn.Conv2d(channels, channels, 3L, padding = 1L), torch.nn.Conv2d(channels, channels, 3L, padding = 1L)
    do
        this.register_module ("conv1", conv1)
        this.register_module ("conv2", conv2)

    override _.forward input = torch.nn.functional.relu (input + conv2.call (torch.nn.functional.relu (conv1.call input)))

let model () =
    torch.manual_seed 1L |> ignore
    let layers: (string * Layer) list =
        [ "stem", torch.nn.Conv2d(1L, 16L, 3L, padding = 1L); "pool1", torch.nn.MaxPool2d 2L; "block1", new Residual(16L)
          "wide", torch.nn.Conv2d(16L, 32L, 3L, padding = 1L); "pool2", torch.nn.MaxPool2d 2L; "block2", new Residual(32L)
          "mean", torch.nn.AdaptiveAvgPool2d 1L; "flat", torch.nn.Flatten(); "head", torch.nn.Linear(32L, 10L) ]
    torch.nn.Sequential [| for name, layer in layers -> struct (name, layer) |]

let private tensors (examples: Examples) =
    let pixels = Array.init examples.Count (fun i -> examples.Image(i).ToArray()) |> Array.concat
    torch.tensor(pixels).to_type(torch.ScalarType.Float32).div(255.0.ToScalar()).view (-1L, 1L, int64 examples.Shape.Height, int64 examples.Shape.Width),
    torch.tensor(examples.Labels.ToArray()).to_type torch.ScalarType.Int64

let folder = "/usr/share/datasets/fashion-mnist"

let private digits () =
    use reader = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "digits.csv.gz")), CompressionMode.Decompress))
    let rows = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries) |> Array.map (fun line -> line.Split ',' |> Array.map byte)
    let part (rows: byte[][]) = Examples(ImageShape(1, 8, 8), rows |> Array.collect (fun row -> row[..63] |> Array.map (fun v -> v * 15uy)), rows |> Array.map (fun row -> row[64]))
    let train, test = rows |> Array.splitAt (rows.Length * 4 / 5)
    part train, part test

/// What it is, to train on, held out.
let load () =
    if Directory.Exists folder then
        let data = Idx.Load(DirectoryInfo folder)
        data.Name, tensors data.Training, tensors data.Test
    else
        printfn $"There is no {folder} (on Debian: apt-get install dataset-fashion-mnist; elsewhere the four files of github.com/zalandoresearch/fashion-mnist): the digits, then."
        let train, test = digits ()
        "8 x 8 digits", tensors train, tensors test

let batch (x: Tensor, y: Tensor) size number =
    let random = Random(number: int)
    let index = torch.tensor (Array.init size (fun _ -> random.NextInt64 x.shape[0]))
    struct (x[index], y[index])
