using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace Training;

/// <summary>Attention and an MLP, each behind a norm and with a way around it (GPT-2's form).</summary>
internal sealed class TransformerBlock : Module<Tensor, Tensor>
{
    private readonly int heads;
    private readonly LayerNorm norm1, norm2;
    private readonly Linear query, key, value, output, up, down;

    public TransformerBlock(int width, int heads)
        : base(nameof(TransformerBlock))
    {
        this.heads = heads;
        (norm1, norm2) = (LayerNorm(width), LayerNorm(width));

        // Three matrices, not one: Muon makes each of them orthogonal.
        (query, key, value, output) = (Linear(width, width), Linear(width, width), Linear(width, width), Linear(width, width));
        (up, down) = (Linear(width, 4 * width), Linear(4 * width, width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var seen = norm1.call(input);
        var attended = functional.scaled_dot_product_attention(Split(query.call(seen)), Split(key.call(seen)), Split(value.call(seen)), is_casual: true);
        var x = input + output.call(attended.transpose(1, 2).reshape(input.shape));
        return x + down.call(functional.gelu(up.call(norm2.call(x))));
    }

    private Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], heads, x.shape[2] / heads).transpose(1, 2);
}

/// <summary>From characters to what follows each of them.</summary>
internal sealed class CharacterTransformer : Module<Tensor, Tensor>
{
    private readonly Embedding characters, positions;
    private readonly ModuleList<TransformerBlock> blocks;
    private readonly LayerNorm norm;
    private readonly Linear head;

    public CharacterTransformer(int vocabulary, int context, int width = 96, int depth = 3, int heads = 4)
        : base(nameof(CharacterTransformer))
    {
        Context = context;
        (characters, positions) = (Embedding(vocabulary, width), Embedding(context, width));
        blocks = ModuleList([.. Enumerable.Range(0, depth).Select(_ => new TransformerBlock(width, heads))]);
        (norm, head) = (LayerNorm(width), Linear(width, vocabulary, hasBias: false));
        RegisterComponents();
    }

    public int Context { get; }

    public override Tensor forward(Tensor input)
    {
        var x = characters.call(input) + positions.call(arange(input.shape[1]));
        foreach (var block in blocks)
        {
            x = block.call(x);
        }

        return head.call(norm.call(x));
    }
}
