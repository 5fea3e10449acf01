namespace Optim;

/// <content>Images.</content>
public static partial class Recipes
{
    internal static RecipeEntry ResNetEntry { get; } = new(
        "resnet", nameof(ResNet), "ResNet", "Convolutional networks on images, from scratch, batches up to 8192.",
        (steps, batch) => ResNet(steps, batch))
    {
        Source = "He, Zhang, Ren and Sun 2016, Deep Residual Learning for Image Recognition; Goyal et al. 2017, Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour",
        Batch = "256 images",
        UsualSteps = 450_450,
        UsualRun = "90 epochs of ImageNet's 1,281,167 images",
        UsualBatchSize = 256,
        Settings =
        [
            new("rule", "SGD", "He et al. 2016, section 3.4"),
            new("learning rate", "0.1 for 256 images, proportional to the batch", "He et al. 2016, section 3.4; the proportion: Goyal et al. 2017, section 2.1"),
            new("schedule", "divided by 10 after 30, 60 and 80 of 90 epochs", "Goyal et al. 2017, section 5.1 (He et al.: when the error plateaus)"),
            new("warmup", "none up to 256 images, above it 5 of 90 epochs, linear", "Goyal et al. 2017, section 2.2"),
            new("momentum", "0.9", "He et al. 2016, section 3.4"),
            new("weight decay", "0.0001, as L2, on every tensor", "He et al. 2016, section 3.4"),
        ],
        Remarks = "Goyal et al. use Nesterov's momentum and no decay on the scales and shifts of batch normalisation: NoDecayOn(Recipes.BiasesAndNorms).",
    };

    internal static RecipeEntry ResNetLargeBatchEntry { get; } = new(
        "resnet-large-batch", nameof(ResNetLargeBatch), "ResNet, large batch", "Convolutional networks on images in batches of more than 8192.",
        (steps, batch) => ResNetLargeBatch(steps, batch))
    {
        Source = "You, Gitman and Ginsburg 2017, Large Batch Training of Convolutional Networks; Ying et al. 2018, Image Classification at Supercomputer Scale, with Google's reference code",
        Batch = "2000 to 32,768 images",
        UsualSteps = 3_600,
        UsualRun = "90 epochs of ImageNet's 1,281,167 images",
        UsualBatchSize = 32_768,
        Settings =
        [
            new("rule", "LARS", "You et al. 2017"),
            new("learning rate", "5 below 8192 images, 10 below 16,384, 25 below 32,768, else 32", "Google's reference code of Ying et al. 2018"),
            new("schedule", "down along a parabola (power 2) to 0.0001", "the power: You et al. 2017; the end: Google's reference code"),
            new("warmup", "5 of 90 epochs, 14 from 32,768 images on", "Google's reference code of Ying et al. 2018"),
            new("trust coefficient", "0.001", "You et al. 2017"),
            new("momentum", "0.9", "You et al. 2017"),
            new("weight decay", "0.0001; none, and no ratio, on biases and norms", "Google's reference code of Ying et al. 2018"),
        ],
        Remarks = "Google's reference code warns of LARS below 2000 images: use resnet there.",
    };

    internal static RecipeEntry VisionTransformerEntry { get; } = new(
        "vit", nameof(VisionTransformer), "Vision Transformer", "Transformers on images, from scratch on much data.",
        (steps, _) => VisionTransformer(steps))
    {
        Source = "Dosovitskiy et al. 2021, An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale, table 3",
        Batch = "4096 images",
        UsualSteps = 1_000_000,
        UsualRun = "about 14 epochs of JFT-300M",
        Settings =
        [
            new("rule", "AdamW", "Dosovitskiy et al. 2021, section 4.1: Adam with a high weight decay; decoupled in their code"),
            new("learning rate", "0.0003 at the peak", "Dosovitskiy et al. 2021, table 3: ViT-H/14 (0.0008 for ViT-B; on ImageNet alone 0.003)"),
            new("schedule", "down along a cosine to 0", "Dosovitskiy et al. 2021, table 3: their runs on ImageNet (linear on JFT-300M)"),
            new("warmup", "10,000 steps, linear", "Dosovitskiy et al. 2021, table 3"),
            new("betas", "0.9, 0.999", "Dosovitskiy et al. 2021, section 4.1"),
            new("epsilon", "1e-8", "Kingma and Ba 2015"),
            new("weight decay", "0.1; none on biases and norms", "Dosovitskiy et al. 2021, table 3 (on ImageNet alone 0.3); the exception is our choice"),
            new("clipping", "the global norm to 1", "Dosovitskiy et al. 2021, appendix B.1: on ImageNet"),
        ],
    };

    /// <summary>SGD with momentum and step decay: ResNet on ImageNet (He et al. 2016; Goyal et al. 2017).</summary>
    /// <remarks>
    /// The rate is <paramref name="learningRate"/> times batch / 256, divided by 10 after 30, 60 and 80 ninetieths of the run; momentum 0.9; weight decay 1e-4
    /// on every tensor. The milestones count from the beginning, warmup included.
    /// </remarks>
    /// <param name="totalSteps">The steps of the whole run; 9 or more.</param>
    /// <param name="batchSize">The images per step; 1 or more. Default 256.</param>
    /// <param name="learningRate">The rate for 256 images, 0 or more. Default 0.1.</param>
    /// <param name="warmupSteps">The steps of the warmup, fewer than a third of the run; null, the default, for none up to 256 images and 5 ninetieths of the run above.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule ResNet(long totalSteps, int batchSize = 256, double learningRate = 0.1, long? warmupSteps = null)
    {
        Constraint.CheckSteps(totalSteps, 9, nameof(totalSteps));
        Constraint.CheckCount(batchSize, name: nameof(batchSize));
        Constraint.NonNegative.Check(learningRate, nameof(learningRate));
        long[] stairs = [Part(totalSteps, 30, 90), Part(totalSteps, 60, 90), Part(totalSteps, 80, 90)];
        long warmup = warmupSteps is { } asked ? Constraint.CheckSteps(asked, 0, nameof(warmupSteps)) : batchSize <= 256 ? 0 : Part(totalSteps, 5, 90);
        if (warmup >= stairs[0])
        {
            throw new ArgumentOutOfRangeException(nameof(warmupSteps), FormattableString.Invariant(
                $"{nameof(warmupSteps)} must be less than a third of {nameof(totalSteps)}, {stairs[0]}, where the rate first falls, was {warmup}."));
        }

        var rate = Schedule.MultiStep(learningRate * batchSize / 256, stairs);
        return new Sgd { LearningRate = warmup == 0 ? rate : new WarmupSchedule(rate, warmup, overlap: true), Momentum = 0.9, WeightDecay = 1e-4 };
    }

    /// <summary>LARS with warmup and quadratic decay: ResNet with very large batches (You et al. 2017; Ying et al. 2018).</summary>
    /// <remarks>Momentum 0.9, trust coefficient 0.001, weight decay 1e-4; no weight decay and no trust ratio on biases and norms.</remarks>
    /// <param name="totalSteps">The steps of the whole run; 1 or more.</param>
    /// <param name="batchSize">The images per step; 1 or more. Default 32,768.</param>
    /// <param name="learningRate">The peak rate, 0 or more; null, the default, for that of the batch size: 5, from 8192 images on 10, from 16,384 on 25, from 32,768 on 32.</param>
    /// <param name="warmupSteps">The steps of the warmup, fewer than the run's; null, the default, for 5 ninetieths of the run, from 32,768 images on 14.</param>
    /// <param name="withoutDecay">Tensors without weight decay and trust ratio; null, the default, for <see cref="BiasesAndNorms"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule ResNetLargeBatch(
        long totalSteps, int batchSize = 32_768, double? learningRate = null, long? warmupSteps = null, TensorSelector? withoutDecay = null)
    {
        Constraint.CheckCount(batchSize, name: nameof(batchSize));
        double peak = learningRate is { } asked
            ? Constraint.NonNegative.Check(asked, nameof(learningRate))
            : batchSize switch { < 8192 => 5, < 16_384 => 10, < 32_768 => 25, _ => 32 };
        long warmup = Warmup(warmupSteps ?? Part(Constraint.CheckSteps(totalSteps, 1, nameof(totalSteps)), batchSize < 32_768 ? 5 : 14, 90), 0, totalSteps);
        var rate = Schedule.WarmupPolynomial(peak, warmup, totalSteps, power: 2, endValue: Math.Min(1e-4, peak));
        return Excepting(new Lars { LearningRate = rate, Momentum = 0.9, TrustCoefficient = 1e-3, WeightDecay = 1e-4 }, withoutDecay);
    }

    /// <summary>AdamW with clipping, warmup and cosine decay: the Vision Transformer (Dosovitskiy et al. 2021).</summary>
    /// <remarks>Betas 0.9 and 0.999, epsilon 1e-8, the global norm clipped to 1; the cosine decays to 0.</remarks>
    /// <param name="totalSteps">The steps of the whole run; 1 or more.</param>
    /// <param name="learningRate">The peak rate, 0 or more. Default 3e-4, for the largest model; the paper uses 8e-4 for ViT-B.</param>
    /// <param name="warmupSteps">The steps of the warmup, fewer than the run's; null, the default, for 10,000 or a tenth of the run, whichever is less.</param>
    /// <param name="weightDecay">The weight decay, 0 or more. Default 0.1.</param>
    /// <param name="withoutDecay">Tensors without weight decay; null, the default, for <see cref="BiasesAndNorms"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule VisionTransformer(
        long totalSteps, double learningRate = 3e-4, long? warmupSteps = null, double weightDecay = 0.1, TensorSelector? withoutDecay = null)
    {
        Constraint.NonNegative.Check(learningRate, nameof(learningRate));
        Constraint.NonNegative.Check(weightDecay, nameof(weightDecay));
        var rate = Schedule.WarmupCosine(learningRate, Warmup(warmupSteps, 10_000, totalSteps), totalSteps);
        return new ClipByGlobalNorm(1).Then(Excepting(new AdamW { LearningRate = rate, WeightDecay = weightDecay }, withoutDecay));
    }
}
