namespace Optim.Conformance;

/// <summary>Optimizer runs on a function, its gradient taken wherever the run has led: the parameters and the loss at the recorded steps.</summary>
internal sealed class ClosedLoopReplay : ICaseReplay
{
    // Where the file says nothing: what it says elsewhere of loops that do not amplify errors.
    private const double UsualTolerance = 1e-10;

    private const string NameKey = "optimizer";

    public IReadOnlySet<string> Understood { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "source", "variant", "hyperparameters", "problem", "shapes", "tensors", "steps", "record_every", "recorded_steps", "params", "loss",
        "initial_loss", "function_evaluations", "error_amplification", "recommended_abs_tolerance", "notes", "agreement_with_numpy",
    };

    public string Kind => "closed-loop";

    public string? SkipReason(Recording recording)
    {
        var hyperparameters = recording.Hyperparameters();
        return hyperparameters.Has(NameKey) ? RuleFamilies.SkipReason(hyperparameters.Text(NameKey)) : RuleFamilies.SkipReason(recording);
    }

    public Comparison Replay(Recording recording, Backend backend)
    {
        var rule = recording.Hyperparameters().Has(NameKey) ? RuleFamilies.Translate(recording, NameKey) : RuleFamilies.Translate(recording);
        var layout = recording.Layout();
        var objective = RecordedProblem.Objective(recording);
        int evaluations = 0, count = recording.Count("steps");
        double[] at = recording.Has("recorded_steps") ? recording.Numbers("recorded_steps") : [.. Enumerable.Range(1, count).Select(step => (double)step)];
        var expected = recording.Steps("params", layout);
        double[] losses = recording.Numbers("loss"), evaluated = recording.Has("function_evaluations") ? recording.Numbers("function_evaluations") : [];
        RequireCount(recording, "params", expected.Count, at.Length);
        RequireCount(recording, "loss", losses.Length, at.Length);

        var comparison = new Comparison(
            recording.Has("recommended_abs_tolerance") ? recording.Tolerance("recommended_abs_tolerance") : UsualTolerance, absolute: true);
        var state = Optimizer.Init(rule, recording.Tensors("tensors", layout)).WithBackend(backend);
        if (recording.Has("initial_loss"))
        {
            AddLoss(0, objective(state.Parameters).Item1, recording.Number("initial_loss"));
        }

        for (int step = 1, next = 0; step <= count; step++)
        {
            state = Optimizer.StepOn(state, parameters =>
            {
                evaluations++;
                return objective(parameters);
            }).Item1;
            if (next < at.Length && at[next] == step)
            {
                comparison.Add("params", step, state.Parameters, expected[next]);
                AddLoss(step, objective(state.Parameters).Item1, losses[next]);
                if (next < evaluated.Length)
                {
                    comparison.Add("function_evaluations", step, evaluations, evaluated[next]);
                }

                next++;
            }
        }

        return comparison;

        // A loss is as large as it is: judged like the parameters, by its own size where that is above 1.
        void AddLoss(int step, double actual, double expected) =>
            comparison.Add("loss", step, actual / Math.Max(1, Math.Abs(expected)), expected / Math.Max(1, Math.Abs(expected)));
    }

    private static void RequireCount(Recording recording, string key, int count, int steps)
    {
        if (count != steps)
        {
            throw recording.Error(key, FormattableString.Invariant($"must hold one entry a recorded step, {steps}, was {count}."));
        }
    }
}
