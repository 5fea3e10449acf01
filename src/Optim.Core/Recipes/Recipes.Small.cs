namespace Optim;

/// <content>Recipes without a schedule: tabular data, online learning, calibration.</content>
public static partial class Recipes
{
    internal static RecipeEntry SparseFeaturesEntry { get; } = new(
        "sparse", nameof(SparseFeatures), "Sparse features", "Linear models and embeddings, online, where most features are absent from most examples.",
        (_, _) => SparseFeatures())
    {
        Source = "Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization; Pennington, Socher and Manning 2014, GloVe",
        Batch = "any, 1 included",
        Settings =
        [
            new("rule", "AdaGrad", "Duchi et al. 2011"),
            new("learning rate", "0.05", "Pennington et al. 2014, section 4.2"),
            new("schedule", "none: AdaGrad's steps shrink by themselves", "Duchi et al. 2011"),
            new("epsilon", "1e-10", "PyTorch's default"),
        ],
        Remarks = "Where steps are to touch the rows of an embedding that occurred alone: SparseAdam, with the indices given to Step.",
    };

    internal static RecipeEntry SmallNetworkEntry { get; } = new(
        "small-network", nameof(SmallNetwork), "Small network", "Small networks on tables, sensors, prices: the first thing to try.",
        (_, _) => SmallNetwork())
    {
        Source = "Kingma and Ba 2015, Adam: A Method for Stochastic Optimization",
        Batch = "32 to 256 examples (our choice)",
        Settings =
        [
            new("rule", "Adam", "Kingma and Ba 2015, algorithm 1"),
            new("learning rate", "0.001", "Kingma and Ba 2015, algorithm 1"),
            new("schedule", "none", "our choice: Adam's default"),
            new("betas", "0.9, 0.999", "Kingma and Ba 2015, algorithm 1"),
            new("epsilon", "1e-8", "Kingma and Ba 2015, algorithm 1"),
        ],
        Remarks = "Scale the inputs to about -1 to 1 first. If the loss ends in a noisy plain, give a falling schedule: Recipes.SmallNetwork(Schedule.Cosine(1e-3, totalSteps)).",
    };

    internal static RecipeEntry CalibrationEntry { get; } = new(
        "calibration", nameof(Calibration), "Calibration", "Few parameters, a smooth objective computed in full: curve fitting, calibration, maximum likelihood.",
        (_, _) => Calibration())
    {
        Source = "Liu and Nocedal 1989, On the limited memory BFGS method for large scale optimization; Nocedal and Wright 2006, Numerical Optimization",
        Batch = "all the data, every time",
        NeedsObjective = true,
        Settings =
        [
            new("rule", "L-BFGS", "Liu and Nocedal 1989"),
            new("history", "10 pairs", "our choice: Nocedal and Wright 2006, section 7.2, find 3 to 20 satisfactory"),
            new("line search", "strong Wolfe, first trying a length of 1", "Nocedal and Wright 2006, algorithms 3.5 and 3.6"),
            new("iterations a step", "20", "PyTorch's default"),
        ],
        Remarks = "The objective must give the same value for the same parameters. It returns the loss and the gradient; GradientCheck compares the two.",
    };

    /// <summary>AdaGrad: sparse features and online learning (Duchi et al. 2011).</summary>
    /// <remarks>Rare features keep large steps, frequent ones get small steps; no schedule. Epsilon 1e-10.</remarks>
    /// <param name="learningRate">The rate, 0 or more; a number or a schedule. Default 0.05 (Pennington et al. 2014).</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule SparseFeatures(Schedule? learningRate = null) => new AdaGrad { LearningRate = learningRate ?? 0.05, Epsilon = 1e-10 };

    /// <summary>AdaGrad for sparse features, its rate a number.</summary>
    /// <param name="learningRate">The rate, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is out of its range.</exception>
    public static Rule SparseFeatures(double learningRate) => SparseFeatures(Schedule.Constant(learningRate));

    /// <summary>Adam with its defaults (Kingma and Ba 2015): the first thing to try on small networks.</summary>
    /// <remarks>Betas 0.9 and 0.999, epsilon 1e-8, no weight decay, no schedule.</remarks>
    /// <param name="learningRate">The rate, 0 or more; a number or a schedule. Default 1e-3.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule SmallNetwork(Schedule? learningRate = null) => new Adam { LearningRate = learningRate ?? 1e-3 };

    /// <summary>Adam with its defaults, its rate a number.</summary>
    /// <param name="learningRate">The rate, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is out of its range.</exception>
    public static Rule SmallNetwork(double learningRate) => SmallNetwork(Schedule.Constant(learningRate));

    /// <summary>L-BFGS with a strong Wolfe line search (Liu and Nocedal 1989): smooth full-batch problems with few parameters.</summary>
    /// <remarks>It evaluates the objective itself: run it with <see cref="Optimizer.Minimize{T}"/> or <see cref="Optimizer.StepOn"/>.</remarks>
    /// <param name="historySize">The number of pairs of steps and gradient differences kept; 1 or more. Default 10. Memory: twice this many vectors, and two more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule Calibration(int historySize = 10) => new Lbfgs { HistorySize = historySize };
}
