namespace Optim.Trajectories;

/// <summary>Optimizer runs on given gradients: the parameters after every step, and the slots after the last.</summary>
internal sealed class OpenLoopReplay : ICaseReplay
{
    public IReadOnlySet<string> Understood { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "source", "variant", "hyperparameters", "lr_per_step", "shapes", "tensors", "gradients", "params", "state", "notes",
        "recommended_tolerance", "agreement_with_numpy",
    };

    public string Kind => "optimizer-open-loop";

    public string? SkipReason(TrajectoryCase recorded) => RuleFamilies.SkipReason(recorded);

    public Comparison Replay(TrajectoryCase recorded)
    {
        var rule = RuleFamilies.Translate(recorded);
        var layout = recorded.Layout();
        IReadOnlyList<TensorSet<double>> gradients = recorded.Steps("gradients", layout), expected = recorded.Steps("params", layout);
        RequireCount(recorded, "params", expected.Count, gradients.Count);
        if (recorded.Has("lr_per_step"))
        {
            RequireCount(recorded, "lr_per_step", recorded.Numbers("lr_per_step").Length, gradients.Count);
        }

        var comparison = new Comparison(Tolerance(recorded));
        var state = Optimizer.Init(rule, recorded.Tensors("tensors", layout));
        for (int i = 0; i < gradients.Count; i++)
        {
            (state, var parameters) = Optimizer.Step(state, gradients[i]);
            comparison.Add("params", i + 1, parameters, expected[i]);
        }

        foreach (var (slot, values) in recorded.State(state.Slots.Keys, layout))
        {
            comparison.Add(slot, gradients.Count, state.Slots[slot], values);
        }

        return comparison;
    }

    private static double Tolerance(TrajectoryCase recorded)
    {
        double tolerance = recorded.Number("recommended_tolerance");
        return tolerance is >= 0 and < 1
            ? tolerance
            : throw recorded.Error("recommended_tolerance", FormattableString.Invariant($"must be in [0, 1), was {tolerance}."));
    }

    private static void RequireCount(TrajectoryCase recorded, string key, int count, int steps)
    {
        if (count != steps)
        {
            throw recorded.Error(key, FormattableString.Invariant($"must hold one entry a step of 'gradients', {steps}, was {count}."));
        }
    }
}
