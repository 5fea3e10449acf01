/// A text as numbers: the first nine tenths to train on, the rest held out.
module Text

open System
open System.IO
open TorchSharp

let private text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "shakespeare.txt")).ReplaceLineEndings "\n"
let characters = text |> Seq.distinct |> Seq.sort |> Seq.toArray
let private all = text |> Seq.map (fun c -> int64 (Array.BinarySearch(characters, c))) |> Seq.toArray
let training, heldOut = Array.splitAt (all.Length * 9 / 10) all

/// A batch that depends on its number alone: what follows each character.
let batch (text: int64[]) size context number =
    let random = Random(number: int)
    let starts = Array.init size (fun _ -> random.Next(text.Length - context - 1))
    let at offset = torch.tensor(starts |> Array.collect (fun start -> text[start + offset .. start + offset + context - 1])).view (int64 size, int64 context)
    struct (at 0, at 1)
