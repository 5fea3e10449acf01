using System.Globalization;
using Optim.Tuning;

namespace Optim.Fingerprint;

/// <summary>A study that is slow enough to be killed in its midst: what StudyCrashTests do to a process.</summary>
public static class StudyLoop
{
    /// <summary>The study: choices, conditions, pruned trials and failed ones.</summary>
    public static Study Study { get; } = new(SearchSpace.Of(
        SearchParameter.Categorical("optimizer", "adam", "sgd"),
        SearchParameter.LogUniform("rate", 1e-5, 1),
        SearchParameter.Uniform("beta", 0.5, 0.999).When("optimizer", "adam")))
    {
        Sampler = new TpeSampler { StartupTrials = 5 },
        Pruner = new SuccessiveHalving { ReductionFactor = 2 },
        Objective = "a bowl",
    };

    /// <summary>The objective; with its milliseconds a step.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="milliseconds">How long a step takes.</param>
    public static double Objective(Trial trial, int milliseconds)
    {
        double rate = Math.Log10(trial.Parameters.Number("rate")) + 3;
        double value = (rate * rate) + (trial.Parameters.Find("beta") is { } beta ? 1 - beta.Number : 0.5);
        for (int step = 1; step <= 4; step++)
        {
            Thread.Sleep(milliseconds);
            trial.Note("steps", step);
            if (trial.Report(step, rate > 2.5 ? double.NaN : value + (1.0 / step)))
            {
                break;
            }
        }

        return value;
    }

    /// <summary>Runs the study, and prints each trial when it has ended.</summary>
    /// <param name="path">The study's file.</param>
    /// <param name="trials">How many trials.</param>
    public static int Run(string path, int trials)
    {
        Study.Run(trial => Objective(trial, milliseconds: 2), new()
        {
            Trials = trials, Workers = 2, File = path,
            Progress = progress =>
            {
                if (progress.Latest.State != TrialState.Running)
                {
                    Console.WriteLine(Line(progress.Latest));
                }
            },
        });
        return 0;
    }

    /// <summary>Everything about a trial but its time, in one line.</summary>
    /// <param name="trial">The trial.</param>
    public static string Line(TrialRecord trial) => string.Create(
        CultureInfo.InvariantCulture,
        $"{trial.Number} {trial.State} {trial.Value} {trial.Parameters} {trial.Note("steps")} [{string.Join(' ', trial.Reports.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Step}:{r.Value}")))}] {trial.Message}");
}
