using Optim.CSharp;
using Optim.Reports;
using Optim.Tuning;

namespace Optim.Properties.Reporting;

/// <summary>A report of each kind that the library makes, of short runs.</summary>
internal static class LibraryReports
{
    /// <summary>The target of <see cref="Trained"/>.</summary>
    public static readonly double[] Target = [1, -2, 0.5];

    public static IEnumerable<(string Name, Report Report)> All()
    {
        using var history = Trained(epochs: 12);
        yield return ("training", history.ToReport());
        yield return ("study", Searched().ToReport());
        yield return ("range-test", new RangeTestSummary([Tested(0.01), Tested(0.02)]).ToReport());
        var landscape = Landscape.Find("himmelblau")!;
        yield return ("landscape", LandscapeReports.Of(landscape, [LandscapeWalk.Of(landscape, "SGD", new Sgd { LearningRate = 0.01 }, 60), LandscapeWalk.Of(landscape, "Adam", new Adam { LearningRate = 0.3 }, 60)]));
    }

    /// <summary>Eight batches an epoch: the squared distance to a target that each batch moves a little.</summary>
    public static TrainingHistory<double> Trained(int epochs, Func<InPlaceOptimizer<double>, TrainingHistory<double>>? create = null, TrainingCheckpoint<double>? from = null, long? stopAt = null, Action<TrainingCheckpoint<double>>? keep = null, ITrainingCallback? also = null)
    {
        var parameter = Parameter.Of("w", new double[3]);
        using var optimizer = InPlaceOptimizer.Create(new AdamW { LearningRate = Schedule.Linear(0.1, 0.01, 80) }, parameter);
        var history = create?.Invoke(optimizer) ?? new TrainingHistory<double>(optimizer);
        var trainer = new Trainer<double, int>(optimizer, batch => Loss(parameter, 0.1 * batch))
        {
            Options = new() { Epochs = epochs, MaxSteps = stopAt, TrackBest = false },
            Validate = () => Loss(parameter, 0),
            Callbacks = also is null ? [history] : [history, also],
            Checkpoint = (checkpoint, _) =>
            {
                keep?.Invoke(checkpoint);
                return ValueTask.CompletedTask;
            },
        };
        if (from is not null)
        {
            trainer.Resume(from);
        }

        trainer.Run(_ => Enumerable.Range(0, 8));
        return history;
    }

    public static StudyResult Searched() => new Study(SearchSpace.Of(SearchParameter.LogUniform("rate", 1e-4, 1), SearchParameter.Categorical("kind", "a", "b")))
        { Sampler = new RandomSampler(), Pruner = new SuccessiveHalving() }.Run(
            trial =>
            {
                double distance = 1 + Math.Abs(Math.Log10(trial.Parameters.Number("rate")) + 2) + (trial.Parameters.Choice("kind") == "a" ? 1 : 0);
                trial.Note("distance", distance);
                for (int step = 1; step <= 9; step++)
                {
                    if (trial.Report(step, distance + (1.0 / step)))
                    {
                        break;
                    }
                }

                return distance;
            },
            new() { Trials = 24 });

    public static RangeTestResult Tested(double shift) => LearningRateFinder.Run(
        new Sgd(), TensorSet.OfArray([1.0, 2.0]), (_, p) => Tuple.Create(shift + (0.5 * p.Dot(p)), p), new RangeTest { From = 1e-4, To = 100, Steps = 60 });

    private static double Loss(Parameter<double> parameter, double shift)
    {
        double loss = 0;
        for (int i = 0; i < Target.Length; i++)
        {
            double distance = parameter.Values.Span[i] - Target[i] - shift;
            parameter.Gradient.Span[i] = 2 * distance;
            loss += distance * distance;
        }

        return loss;
    }
}
