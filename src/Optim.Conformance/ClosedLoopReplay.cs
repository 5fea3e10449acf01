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

    public string? SkipReason(TrajectoryCase recorded)
    {
        var hyperparameters = recorded.Hyperparameters();
        return hyperparameters.Has(NameKey) ? RuleFamilies.SkipReason(hyperparameters.Text(NameKey)) : RuleFamilies.SkipReason(recorded);
    }

    public Comparison Replay(TrajectoryCase recorded, Backend backend)
    {
        var rule = recorded.Hyperparameters().Has(NameKey) ? RuleFamilies.Translate(recorded, NameKey) : RuleFamilies.Translate(recorded);
        var layout = recorded.Layout();
        var objective = RecordedProblem.Objective(recorded);
        int evaluations = 0, count = recorded.Count("steps");
        double[] at = recorded.Has("recorded_steps") ? recorded.Numbers("recorded_steps") : [.. Enumerable.Range(1, count).Select(step => (double)step)];
        var expected = recorded.Steps("params", layout);
        double[] losses = recorded.Numbers("loss"), evaluated = recorded.Has("function_evaluations") ? recorded.Numbers("function_evaluations") : [];
        RequireCount(recorded, "params", expected.Count, at.Length);
        RequireCount(recorded, "loss", losses.Length, at.Length);

        var comparison = new Comparison(
            recorded.Has("recommended_abs_tolerance") ? recorded.Tolerance("recommended_abs_tolerance") : UsualTolerance, absolute: true);
        var state = Optimizer.Init(rule, recorded.Tensors("tensors", layout)).WithBackend(backend);
        if (recorded.Has("initial_loss"))
        {
            AddLoss(0, objective(state.Parameters).Item1, recorded.Number("initial_loss"));
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

    private static void RequireCount(TrajectoryCase recorded, string key, int count, int steps)
    {
        if (count != steps)
        {
            throw recorded.Error(key, FormattableString.Invariant($"must hold one entry a recorded step, {steps}, was {count}."));
        }
    }
}
