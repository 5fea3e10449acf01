namespace Optim;

/// <content>Text and other sequences.</content>
public static partial class Recipes
{
    internal static RecipeEntry BertFineTuningEntry { get; } = new(
        "bert-fine-tuning", nameof(BertFineTuning), "BERT fine-tuning", "Pre-trained transformers on a little text of one's own.",
        (steps, _) => BertFineTuning(steps))
    {
        Source = "Devlin, Chang, Lee and Toutanova 2019, BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding, with the authors' code",
        Batch = "16 or 32 sequences",
        UsualSteps = 36_816,
        UsualRun = "3 epochs of MNLI's 392,702 sentence pairs, 32 a step",
        Settings =
        [
            new("rule", "AdamW", "Devlin et al. 2019: the authors' code; with Adam's bias correction, whose omission makes runs fail (Zhang et al. 2021)"),
            new("learning rate", "0.00002 at the peak", "Devlin et al. 2019, appendix A.3: one of 5e-5, 3e-5, 2e-5"),
            new("schedule", "linear decay to 0", "Devlin et al. 2019: the authors' code"),
            new("warmup", "the first tenth, linear", "Devlin et al. 2019: the authors' code (warmup_proportion)"),
            new("betas", "0.9, 0.999", "Devlin et al. 2019, appendix A.2"),
            new("epsilon", "1e-6", "Devlin et al. 2019: the authors' code"),
            new("weight decay", "0.01; none on biases and norms", "Devlin et al. 2019, appendix A.2; the exception: the authors' code"),
            new("clipping", "the global norm to 1", "Devlin et al. 2019: the authors' code"),
        ],
        Remarks = "2 to 4 epochs are enough (Devlin et al. 2019, appendix A.3). On a few thousand examples results vary with the seed: try several.",
    };

    internal static RecipeEntry GptPreTrainingEntry { get; } = new(
        "gpt", nameof(GptPreTraining), "GPT pre-training", "Language models from scratch on much text.",
        (steps, _) => GptPreTraining(steps))
    {
        Source = "Brown et al. 2020, Language Models are Few-Shot Learners, table 2.1 and appendix B",
        Batch = "0.5 million tokens (the smallest model) to 3.2 million (the largest)",
        UsualSteps = 600_000,
        UsualRun = "300 billion tokens, 0.5 million a step",
        Settings =
        [
            new("rule", "AdamW", "Brown et al. 2020, appendix B: Adam and a weight decay; decoupled is our choice, as in GPT-style code since"),
            new("learning rate", "0.0006 at the peak", "Brown et al. 2020, table 2.1: 125 million parameters (350 million: 0.0003; 175 billion: 0.00006)"),
            new("schedule", "down along a cosine to a tenth", "Brown et al. 2020, appendix B: over 260 of 300 billion tokens; to the end of the run is our choice"),
            new("warmup", "750 steps, linear", "Brown et al. 2020, appendix B: 375 million tokens, at 0.5 million a step"),
            new("betas", "0.9, 0.95", "Brown et al. 2020, appendix B"),
            new("epsilon", "1e-8", "Brown et al. 2020, appendix B"),
            new("weight decay", "0.1; none on biases and norms", "Brown et al. 2020, appendix B; the exception is our choice"),
            new("clipping", "the global norm to 1", "Brown et al. 2020, appendix B"),
        ],
    };

    internal static RecipeEntry BertLargeBatchEntry { get; } = new(
        "bert-large-batch", nameof(BertLargeBatch), "BERT, large batch", "Transformers from scratch in batches of more than 8192.",
        (steps, batch) => BertLargeBatch(steps, batch))
    {
        Source = "You et al. 2020, Large Batch Optimization for Deep Learning: Training BERT in 76 minutes",
        Batch = "512 to 32,768 sequences",
        UsualSteps = 15_625,
        UsualRun = "as many sequences as BERT sees in a million steps of 512",
        UsualBatchSize = 32_768,
        Settings =
        [
            new("rule", "LAMB", "You et al. 2020, algorithm 2"),
            new("learning rate", "0.005 at the peak for 32,768 sequences, proportional to the root of the batch", "You et al. 2020: LAMB without tuning for BERT, by batch size"),
            new("schedule", "linear decay to 0", "You et al. 2020, section 4"),
            new("warmup", "1/320 of the run for 512 sequences, proportional to the batch: 1/5 for 32,768", "You et al. 2020: LAMB without tuning for BERT, by batch size"),
            new("betas", "0.9, 0.999", "You et al. 2020, section 4"),
            new("epsilon", "1e-6", "You et al. 2020: the authors' code"),
            new("weight decay", "0.01; none, and no ratio, on biases and norms", "You et al. 2020, section 4; the exception: the authors' code"),
        ],
    };

    internal static RecipeEntry RecurrentEntry { get; } = new(
        "recurrent", nameof(Recurrent), "Recurrent network", "LSTM and GRU on sequences.",
        (_, _) => Recurrent())
    {
        Source = "Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural networks; Kingma and Ba 2015, Adam: A Method for Stochastic Optimization",
        Batch = "32 to 128 sequences (our choice)",
        Settings =
        [
            new("rule", "Adam", "Kingma and Ba 2015"),
            new("learning rate", "0.001", "Kingma and Ba 2015"),
            new("schedule", "none", "our choice: Adam's default"),
            new("betas", "0.9, 0.999", "Kingma and Ba 2015"),
            new("epsilon", "1e-8", "Kingma and Ba 2015"),
            new("clipping", "the global norm to 1", "Pascanu et al. 2013, section 3.2; the limit is our choice: they take one from half to ten times the usual norm"),
        ],
    };

    /// <summary>AdamW at a low rate with clipping, warmup and linear decay: fine-tuning BERT (Devlin et al. 2019).</summary>
    /// <remarks>Betas 0.9 and 0.999, epsilon 1e-6, the global norm clipped to 1; the rate decays to 0. With Adam's bias correction, which the authors' code lacks.</remarks>
    /// <param name="totalSteps">The steps of the whole run; 1 or more.</param>
    /// <param name="learningRate">The peak learning rate, 0 or more. Default 2e-5; the paper tries 3e-5 and 5e-5 as well.</param>
    /// <param name="warmupSteps">The steps of the warmup, fewer than the run's; null, the default, for a tenth of the run.</param>
    /// <param name="weightDecay">The weight decay, 0 or more. Default 0.01.</param>
    /// <param name="withoutDecay">Tensors without weight decay; null, the default, for <see cref="BiasesAndNorms"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule BertFineTuning(
        long totalSteps, double learningRate = 2e-5, long? warmupSteps = null, double weightDecay = 0.01, TensorSelector? withoutDecay = null)
    {
        Constraint.NonNegative.Check(learningRate, nameof(learningRate));
        Constraint.NonNegative.Check(weightDecay, nameof(weightDecay));
        var rate = Schedule.WarmupLinear(learningRate, Warmup(warmupSteps, long.MaxValue, totalSteps), totalSteps);
        return new ClipByGlobalNorm(1).Then(Excepting(new AdamW { LearningRate = rate, Epsilon = 1e-6, WeightDecay = weightDecay }, withoutDecay));
    }

    /// <summary>AdamW with a low beta2, clipping, warmup and a cosine decay to a tenth: GPT-3 (Brown et al. 2020).</summary>
    /// <remarks>Betas 0.9 and 0.95, epsilon 1e-8, the global norm clipped to 1.</remarks>
    /// <param name="totalSteps">The steps of the whole run; 1 or more.</param>
    /// <param name="learningRate">The peak rate, 0 or more. Default 6e-4, for 125 million parameters; lower for larger models.</param>
    /// <param name="warmupSteps">The steps of the warmup, fewer than the run's; null, the default, for 750 or a tenth of the run, whichever is less.</param>
    /// <param name="weightDecay">The weight decay, 0 or more. Default 0.1.</param>
    /// <param name="withoutDecay">Tensors without weight decay; null, the default, for <see cref="BiasesAndNorms"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule GptPreTraining(
        long totalSteps, double learningRate = 6e-4, long? warmupSteps = null, double weightDecay = 0.1, TensorSelector? withoutDecay = null)
    {
        Constraint.NonNegative.Check(learningRate, nameof(learningRate));
        Constraint.NonNegative.Check(weightDecay, nameof(weightDecay));
        var rate = new WarmupCosineSchedule(learningRate, Warmup(warmupSteps, 750, totalSteps), totalSteps) { EndValue = learningRate / 10 };
        return new ClipByGlobalNorm(1).Then(Excepting(new AdamW { LearningRate = rate, Beta2 = 0.95, WeightDecay = weightDecay }, withoutDecay));
    }

    /// <summary>LAMB with warmup and linear decay: BERT with very large batches (You et al. 2020).</summary>
    /// <remarks>
    /// The rate is 0.005 sqrt(batch / 32,768) at the peak and decays to 0, the warmup is batch / 163,840 of the run. Betas 0.9 and 0.999, epsilon 1e-6, weight decay
    /// 0.01; no weight decay and no trust ratio on biases and norms.
    /// </remarks>
    /// <param name="totalSteps">The steps of the whole run; 1 or more.</param>
    /// <param name="batchSize">The sequences per step; 1 to 131,072. Default 32,768.</param>
    /// <param name="learningRate">The peak rate, 0 or more; null, the default, for that of the batch size.</param>
    /// <param name="warmupSteps">The steps of the warmup, fewer than the run's; null, the default, for that of the batch size.</param>
    /// <param name="withoutDecay">Tensors without weight decay and trust ratio; null, the default, for <see cref="BiasesAndNorms"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule BertLargeBatch(
        long totalSteps, int batchSize = 32_768, double? learningRate = null, long? warmupSteps = null, TensorSelector? withoutDecay = null)
    {
        if (Constraint.CheckCount(batchSize, name: nameof(batchSize)) > 131_072)
        {
            throw new ArgumentOutOfRangeException(nameof(batchSize), FormattableString.Invariant($"{nameof(batchSize)} must be 131072 or less, was {batchSize}."));
        }

        double peak = learningRate is { } asked ? Constraint.NonNegative.Check(asked, nameof(learningRate)) : 0.005 * Math.Sqrt(batchSize / 32_768.0);
        long warmup = Warmup(warmupSteps ?? Part(Constraint.CheckSteps(totalSteps, 1, nameof(totalSteps)), batchSize, 163_840), 0, totalSteps);
        return Excepting(new Lamb { LearningRate = Schedule.WarmupLinear(peak, warmup, totalSteps) }, withoutDecay);
    }

    /// <summary>Adam after clipping: recurrent networks, whose gradients explode (Pascanu et al. 2013).</summary>
    /// <remarks>Adam's defaults (Kingma and Ba 2015): betas 0.9 and 0.999, epsilon 1e-8.</remarks>
    /// <param name="learningRate">The rate, 0 or more; a number or a schedule. Default 1e-3.</param>
    /// <param name="maxNorm">The maximum global norm, more than 0. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule Recurrent(Schedule? learningRate = null, double maxNorm = 1) =>
        new ClipByGlobalNorm(maxNorm).Then(new Adam { LearningRate = learningRate ?? 1e-3 });

    /// <summary>Adam after clipping, its rate a number.</summary>
    /// <param name="learningRate">The rate, 0 or more.</param>
    /// <param name="maxNorm">The maximum global norm, more than 0. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule Recurrent(double learningRate, double maxNorm = 1) => Recurrent(Schedule.Constant(learningRate), maxNorm);
}
