using System.Diagnostics;

namespace Optim.Cli.Training;

/// <summary>Trains the network from the same weights on the same batches each time, so that runs differ by the rule alone.</summary>
internal sealed class Trainer
{
    private const int SplitStream = 0, WeightStream = 1, BatchStream = 2;

    private readonly Examples training;
    private readonly Examples test;
    private readonly TensorSet<double> start;
    private readonly long seed;
    private readonly int epochs;

    /// <param name="seed">Decides which digits are held out, the initial weights and the batches.</param>
    /// <param name="epochs">How often each digit is seen.</param>
    public Trainer(long seed, int epochs)
    {
        (training, test) = Digits.Split(Digits.Load(), new(seed, SplitStream));
        start = Network.InitialParameters(new(seed, WeightStream));
        this.seed = seed;
        this.epochs = epochs;
    }

    /// <summary>Trains with one rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="batchSize">Digits a step; the last step of an epoch takes what is left.</param>
    /// <param name="report">Told each point of the curve as it is reached.</param>
    /// <param name="cancellation">Ends the run early, by an <see cref="OperationCanceledException"/>.</param>
    public TrainingRun Run(Rule rule, int batchSize, Action<EpochPoint> report, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        var inOptimizer = TimeSpan.Zero;
        var curve = new List<EpochPoint>();
        var state = Optimizer.Init(rule, start);
        var random = new SeededRandom(seed, BatchStream);
        Record();
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (int[] batch in random.Permutation(training.Count).Chunk(batchSize))
            {
                var (loss, gradient) = Network.Differentiate(state.Parameters, training.Pick(batch));
                long before = Stopwatch.GetTimestamp();
                state = Optimizer.Step(state.Donate(), gradient, loss).Item1;
                inOptimizer += Stopwatch.GetElapsedTime(before);
            }

            Record();
        }

        return new(curve, inOptimizer, Stopwatch.GetElapsedTime(begin));

        void Record()
        {
            var weights = state.EvaluationParameters;
            var point = new EpochPoint(curve.Count, Network.Evaluate(weights, training).Loss, Network.Evaluate(weights, test).Accuracy);
            curve.Add(point);
            report(point);
        }
    }
}
