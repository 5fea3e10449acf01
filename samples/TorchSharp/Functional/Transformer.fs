/// A character-level transformer: attention and an MLP, each behind a norm and with a way around it (GPT-2's form).
module Transformer

open TorchSharp

type Tensor = torch.Tensor

type Block(width: int64, heads: int64) as this =
    inherit torch.nn.Module<Tensor, Tensor>("Block")
    let norm1, norm2 = torch.nn.LayerNorm width, torch.nn.LayerNorm width
    let query, key, value, output = torch.nn.Linear(width, width), torch.nn.Linear(width, width), torch.nn.Linear(width, width), torch.nn.Linear(width, width)
    let up, down = torch.nn.Linear(width, 4L * width), torch.nn.Linear(4L * width, width)
    let split (x: Tensor) = x.view(x.shape[0], x.shape[1], heads, width / heads).transpose (1, 2)
    do
        this.register_module ("norm1", norm1)
        this.register_module ("norm2", norm2)
        for name, layer in [ "query", query; "key", key; "value", value; "output", output; "up", up; "down", down ] do
            this.register_module (name, layer)

    override _.forward input =
        let seen = norm1.call input
        let attended = torch.nn.functional.scaled_dot_product_attention (split (query.call seen), split (key.call seen), split (value.call seen), is_casual = true)
        let x = input + output.call(attended.transpose(1, 2).reshape input.shape)
        x + down.call(torch.nn.functional.gelu(up.call(norm2.call x)))

type Model(vocabulary: int64, context: int64, width: int64, depth: int) as this =
    inherit torch.nn.Module<Tensor, Tensor>("Model")
    let characters, positions = torch.nn.Embedding(vocabulary, width), torch.nn.Embedding(context, width)
    let blocks = [ for _ in 1..depth -> new Block(width, 4L) ]
    let norm, head = torch.nn.LayerNorm width, torch.nn.Linear(width, vocabulary, hasBias = false)
    do
        this.register_module ("characters", characters)
        this.register_module ("positions", positions)
        blocks |> List.iteri (fun i block -> this.register_module ($"block{i}", block))
        this.register_module ("norm", norm)
        this.register_module ("head", head)

    override _.forward input =
        let embedded = characters.call input + positions.call (torch.arange (input.shape[1].ToScalar()))
        blocks |> List.fold (fun x block -> block.call x) embedded |> norm.call |> head.call

let loss (model: Model) struct (x: Tensor, y: Tensor) =
    torch.nn.functional.cross_entropy (model.call(x).flatten(0L, 1L), y.flatten ())
