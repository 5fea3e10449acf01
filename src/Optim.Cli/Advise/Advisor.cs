using static Optim.Cli.Advise.DataSize;
using static Optim.Cli.Advise.ModelKind;
using static Optim.Cli.Advise.ProblemKind;

namespace Optim.Cli.Advise;

/// <summary>From answers to a recipe: two tables, no state, no terminal.</summary>
internal static class Advisor
{
    /// <summary>Up to this many transitions per step are fresh and used once: Baselines' A2C uses 80.</summary>
    public const int FreshExperience = 128;

    /// <summary>Up to this batch size SGD scales (Goyal et al. 2017), and Adam, which fails at 16,384 (You et al. 2020).</summary>
    public const int LargeBatch = 8192;

    /// <summary>Up to this many parameters the 22 copies that L-BFGS keeps are affordable. Our choice.</summary>
    public const long FewParameters = 1_000_000;

    /// <summary>Above this many parameters a language model needs a lower rate than the recipe's: Brown et al. 2020, table 2.1.</summary>
    public const long LargeModel = 250_000_000;

    /// <summary>The largest batch that any recipe is for.</summary>
    public const int LargestBatch = 131_072;

    // The first row that fits decides; the last one always does.
    private static readonly (Func<Answers, bool> When, string Recipe, string Because)[] Rows =
    [
        (a => a.Problem == RlValues, "dqn",
            "Targets of Q-learning move and gradients differ in size by orders of magnitude: RMSprop divides by their spread, as in the first agents that learned Atari from pixels."),
        (a => a.Problem == RlPolicy && a.BatchSize <= FreshExperience, "a2c",
            "A small batch of fresh experience is used once, as in actor-critic methods: RMSprop after clipping, with a decaying rate."),
        (a => a.Problem == RlPolicy, "ppo",
            "A large batch of experience pays when it is used for several epochs, as in PPO: Adam with a large epsilon after clipping, with a decaying rate."),
        (a => Smooth(a) && a.Model is (Formula or Dense), "calibration",
            "The loss is full-batch, smooth and without noise, and the parameters are few: L-BFGS learns the curvature and needs tens of evaluations where first-order methods need thousands."),
        (a => a.Sparse && a.Model is (Formula or Dense), "sparse",
            "Rare features seldom get a gradient and then need a large step: AdaGrad keeps a rate for each of them."),
        (a => a.Model == Recurrent, "recurrent",
            "Gradients through time explode: clipping their norm is what makes recurrent networks trainable, and Adam copes with the rest."),
        (a => a.Problem == Vision && a.Model == Convolutional && a.BatchSize > LargeBatch, "resnet-large-batch",
            "Above a batch size of 8192, SGD falls behind: LARS gives each layer a rate of its own."),
        (a => a.Problem == Vision && a.Model == Convolutional, "resnet",
            "Convolutional networks generalise best with SGD, momentum and step decay of the rate; the rate scales with the batch size."),
        (a => a.Model == Transformer && a.BatchSize > LargeBatch, "bert-large-batch",
            "Above a batch size of 8192, Adam falls behind on transformers: LAMB gives each layer a rate of its own."),
        (a => a is { Model: Transformer, Problem: Language, Data: Small }, "bert-fine-tuning",
            "A transformer learns language from little text only when it is pre-trained: take such a model, and fine-tune it gently, so that it does not forget."),
        (a => a is { Model: Transformer, Problem: Language }, "gpt",
            "There is enough text to train a transformer from scratch: AdamW, with a lower beta2 against loss spikes, clipping, a warmup and a cosine decay."),
        (a => a is { Model: Transformer, Problem: Vision }, "vit",
            "Transformers do not train well with SGD, and fail without a warmup: AdamW with strong weight decay, clipping and a cosine decay."),
        (a => a.Model == Transformer, "vit",
            "Transformers do not train well with SGD, and fail without a warmup. No paper is the reference for transformers on tables; the Vision Transformer's AdamW, warmup and cosine decay carry over, in our judgement."),
        (a => a.Problem == Calibration, "small-network",
            "L-BFGS would be the choice for a formula or a small network, with a full-batch, smooth loss without noise; that is not the case here, and Adam copes with it."),
        (_ => true, "small-network",
            "No special structure to exploit: Adam with its defaults is the first thing to try, and hard to beat on small networks."),
    ];

    // Every row that fits adds a sentence.
    private static readonly (Func<Answers, string, bool> When, string Note)[] Notes =
    [
        ((a, recipe) => a.Noisy && recipe is not ("dqn" or "a2c" or "ppo"),
            "Noisy gradients: increase the batch size, or wrap the rule in Accumulate to average several batches per step."),
        ((a, recipe) => a.Noisy && a.Deterministic && recipe is not ("dqn" or "a2c" or "ppo"),
            "A noisy objective is not deterministic: a line search cannot rely on it."),
        ((a, recipe) => a.Sparse && recipe is ("small-network" or "recurrent" or "bert-fine-tuning" or "gpt" or "bert-large-batch"),
            "For a large embedding table, give it SparseAdam in a Partition: it touches only the rows that occurred."),
        ((a, recipe) => a.Data == Small && recipe is "vit" && a.Problem == Vision,
            "With few images, start from a pre-trained model: from scratch, transformers lag behind convolutional networks."),
        ((a, recipe) => a.Data == Small && recipe is ("resnet" or "resnet-large-batch"),
            "With few images, start from a pre-trained model if there is one, with a tenth of the rate (our judgement)."),
        ((a, recipe) => recipe is "gpt" && a.Parameters > LargeModel,
            "A model this large needs a lower learningRate than the recipe's: 3e-4 at 350 million parameters, 2e-4 at 1.3 billion, 1e-4 at 13 billion."),
        ((a, recipe) => a is { Deterministic: true, Noisy: false, Parameters: > FewParameters } && recipe is ("small-network" or "sparse"),
            "The loss is deterministic, but L-BFGS would keep 22 copies of that many parameters; if there is memory for it, try the recipe 'calibration' as well."),
    ];

    /// <summary>All advice texts.</summary>
    public static IEnumerable<string> Sentences => [.. Rows.Select(row => row.Because), .. Notes.Select(note => note.Note)];

    /// <summary>The recipe for the given answers, with reasons.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static Advice Advise(Answers answers)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(answers.Parameters);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(answers.BatchSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(answers.BatchSize, LargestBatch);
        var (_, name, because) = Array.Find(Rows, row => row.When(answers));
        var recipe = RecipeRegistry.Find(name)!;
        return new(
            recipe,
            [because, .. Notes.Where(note => note.When(answers, name)).Select(note => note.Note)],
            recipe.UsualBatchSize is null ? null : answers.BatchSize);
    }

    private static bool Smooth(Answers a) => a is { Deterministic: true, Noisy: false, Parameters: <= FewParameters };
}
