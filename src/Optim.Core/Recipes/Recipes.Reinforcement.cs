namespace Optim;

/// <content>Reinforcement learning.</content>
public static partial class Recipes
{
    internal static RecipeEntry DeepQEntry { get; } = new(
        "dqn", nameof(DeepQ), "Deep Q-learning", "Values of actions, learned from a replay memory.",
        (_, _) => DeepQ())
    {
        Source = "Mnih et al. 2015, Human-level control through deep reinforcement learning, extended data table 1, with the authors' code",
        Batch = "32 transitions",
        Settings =
        [
            new("rule", "RMSprop, centred", "Mnih et al. 2015: the authors' code"),
            new("learning rate", "0.00025", "Mnih et al. 2015, extended data table 1"),
            new("alpha", "0.95, for the mean gradient and for its square", "Mnih et al. 2015, extended data table 1: gradient momentum, squared gradient momentum"),
            new("epsilon", "0.01, inside the root", "Mnih et al. 2015, extended data table 1: min squared gradient"),
            new("momentum", "none on the update", "Mnih et al. 2015: the authors' code; the table's gradient momentum is that of the mean"),
        ],
        Remarks = "The error of the temporal difference is clipped to -1 to 1 in the paper: use a Huber loss.",
    };

    internal static RecipeEntry ActorCriticEntry { get; } = new(
        "a2c", nameof(ActorCritic), "Actor-critic", "Policies, one step for each small batch of fresh experience (A2C, A3C).",
        (steps, _) => ActorCritic(steps))
    {
        Source = "Mnih et al. 2016, Asynchronous Methods for Deep Reinforcement Learning; OpenAI Baselines (Dhariwal et al. 2017), A2C's defaults",
        Batch = "80 transitions: 5 steps of 16 environments",
        UsualSteps = 125_000,
        UsualRun = "10 million transitions, 80 a step",
        Settings =
        [
            new("rule", "RMSprop", "Mnih et al. 2016, section 4"),
            new("learning rate", "0.0007", "OpenAI Baselines, a2c (Mnih et al. draw it from 1e-4 to 1e-2)"),
            new("schedule", "linear decay to 0", "Mnih et al. 2016, supplement"),
            new("alpha", "0.99", "Mnih et al. 2016, supplement"),
            new("epsilon", "1e-5, inside the root; the mean square starts at 1", "OpenAI Baselines, a2c, with TensorFlow's RMSprop"),
            new("clipping", "the global norm to 0.5", "OpenAI Baselines, a2c"),
        ],
    };

    internal static RecipeEntry PpoEntry { get; } = new(
        "ppo", nameof(Ppo), "PPO", "Policies, several epochs over each batch of experience.",
        (steps, _) => Ppo(steps))
    {
        Source = "Schulman, Wolski, Dhariwal, Radford and Klimov 2017, Proximal Policy Optimization Algorithms, tables 3 and 5; OpenAI Baselines (Dhariwal et al. 2017), ppo2's defaults",
        Batch = "256 transitions (Atari), 64 (MuJoCo)",
        UsualSteps = 156_240,
        UsualRun = "10 million transitions of Atari, 4 epochs of 4 minibatches for each 1024",
        Settings =
        [
            new("rule", "Adam", "Schulman et al. 2017, tables 3 and 5"),
            new("learning rate", "0.00025", "Schulman et al. 2017, table 5: Atari (MuJoCo, table 3: 0.0003)"),
            new("schedule", "linear decay to 0", "Schulman et al. 2017, table 5: the factor alpha"),
            new("betas", "0.9, 0.999", "Kingma and Ba 2015"),
            new("epsilon", "1e-5", "OpenAI Baselines, ppo2"),
            new("clipping", "the global norm to 0.5", "OpenAI Baselines, ppo2"),
        ],
        Remarks = "For continuous control give learningRate 3e-4.",
    };

    /// <summary>Centred RMSprop: deep Q-learning (Mnih et al. 2015).</summary>
    /// <remarks><c>g / sqrt(mean(g^2) - mean(g)^2 + 0.01)</c>, both means with 0.95, as in the authors' code.</remarks>
    /// <param name="learningRate">The rate, 0 or more; a number or a schedule. Default 2.5e-4.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule DeepQ(Schedule? learningRate = null) =>
        new RmsProp { LearningRate = learningRate ?? 2.5e-4, Alpha = 0.95, Epsilon = 0.01, EpsilonInsideRoot = true, Centered = true };

    /// <summary>Centred RMSprop for deep Q-learning, its rate a number.</summary>
    /// <param name="learningRate">The rate, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is out of its range.</exception>
    public static Rule DeepQ(double learningRate) => DeepQ(Schedule.Constant(learningRate));

    /// <summary>RMSprop after clipping, with linear decay of the rate: advantage actor-critic (Mnih et al. 2016; OpenAI Baselines).</summary>
    /// <remarks>Alpha 0.99, epsilon 1e-5 inside the root, the mean square starts at 1, the global norm clipped to 0.5.</remarks>
    /// <param name="totalSteps">The steps of the whole run; 1 or more.</param>
    /// <param name="learningRate">The initial rate, 0 or more. Default 7e-4.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule ActorCritic(long totalSteps, double learningRate = 7e-4) => new ClipByGlobalNorm(0.5).Then(new RmsProp
    {
        LearningRate = ToZero(learningRate, totalSteps), Alpha = 0.99, Epsilon = 1e-5, EpsilonInsideRoot = true, InitialAccumulator = 1,
    });

    /// <summary>Adam after clipping, with linear decay of the rate: proximal policy optimization (Schulman et al. 2017; OpenAI Baselines).</summary>
    /// <remarks>Betas 0.9 and 0.999, epsilon 1e-5, the global norm clipped to 0.5.</remarks>
    /// <param name="totalSteps">The steps of the whole run: one per minibatch per epoch; 1 or more.</param>
    /// <param name="learningRate">The initial rate, 0 or more. Default 2.5e-4, for Atari; 3e-4 for continuous control.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Rule Ppo(long totalSteps, double learningRate = 2.5e-4) =>
        new ClipByGlobalNorm(0.5).Then(new Adam { LearningRate = ToZero(learningRate, totalSteps), Epsilon = 1e-5 });

    private static Schedule ToZero(double learningRate, long totalSteps) =>
        Schedule.Linear(Constraint.NonNegative.Check(learningRate, nameof(learningRate)), 0, Constraint.CheckSteps(totalSteps, 1, nameof(totalSteps)));
}
