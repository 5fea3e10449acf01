namespace Optim.Conformance;

/// <summary>Optimizer runs on given gradients: the parameters after every step, and the slots after the last.</summary>
internal sealed class OpenLoopReplay : ICaseReplay
{
    public IReadOnlySet<string> Understood { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "source", "variant", "hyperparameters", "lr_per_step", "shapes", "tensors", "gradients", "params", "state", "notes",
        "recommended_tolerance", "agreement_with_numpy", "aux", "sparse_indices", "hessian_gradients", "switch_step",
    };

    public string Kind => "optimizer-open-loop";

    public string? SkipReason(TrajectoryCase recorded) => RuleFamilies.SkipReason(recorded);

    public Comparison Replay(TrajectoryCase recorded, Backend backend) => Replay(recorded, backend, (_, parameters) => parameters);

    /// <summary>Replays a case in which our definition differs from the source's.</summary>
    /// <param name="recorded">The case.</param>
    /// <param name="backend">Who does the steps' arithmetic.</param>
    /// <param name="ours">From the gradients and the recorded parameters to what the parameters are by our definition.</param>
    public static Comparison Replay(
        TrajectoryCase recorded, Backend backend, Func<IReadOnlyList<TensorSet<double>>, IReadOnlyList<TensorSet<double>>, IReadOnlyList<TensorSet<double>>> ours)
    {
        var rule = RuleFamilies.Translate(recorded);
        var layout = recorded.Layout();
        IReadOnlyList<TensorSet<double>> gradients = recorded.Steps("gradients", layout), expected = recorded.Steps("params", layout);
        RequireCount(recorded, "params", expected.Count, gradients.Count);
        expected = ours(gradients, expected);
        if (recorded.Has("lr_per_step"))
        {
            RequireCount(recorded, "lr_per_step", recorded.Numbers("lr_per_step").Length, gradients.Count);
        }

        var comparison = new Comparison(recorded.Tolerance("recommended_tolerance"));
        var hessians = HessianDiagonals(recorded, layout, gradients.Count);
        var indices = recorded.Has("sparse_indices") ? recorded.Indices("sparse_indices", layout) : null;
        var aux = recorded.Has("aux") ? recorded.NamedSteps("aux", layout) : new Dictionary<string, IReadOnlyList<TensorSet<double>>>();
        var state = Optimizer.Init(rule, recorded.Tensors("tensors", layout)).WithBackend(backend);
        for (int i = 0; i < gradients.Count; i++)
        {
            (state, var parameters) = Optimizer.Step(state, gradients[i], hessianDiagonal: hessians?[i], sparseIndices: indices?[i]);
            comparison.Add("params", i + 1, parameters, expected[i]);
            foreach (var (name, steps) in aux)
            {
                comparison.Add(name, i + 1, Iterate(recorded, state, name), steps[i]);
            }
        }

        foreach (var (slot, values) in recorded.State(state.Slots.ToDictionary(pair => pair.Key, pair => pair.Value.Layout)))
        {
            // The recording keeps the mean of q^2 and multiplies by the batch size at each use; our input is the estimate itself.
            var actual = slot == "hessian" && hessians is not null ? state.Slots[slot].Scale(1 / BatchSize(recorded)) : state.Slots[slot];
            comparison.Add(slot, gradients.Count, actual, values);
        }

        foreach (var (scalar, value) in recorded.StateNumbers(state.Scalars.Keys))
        {
            comparison.Add(scalar, gradients.Count, state.Scalars[scalar], value);
        }

        if (recorded.Has("switch_step"))
        {
            // null where the recording never switches, 0 in ours.
            comparison.Add("switch_step", gradients.Count, state.Scalars["switch_step"], recorded.OptionalNumber("switch_step") ?? 0);
        }

        return comparison;
    }

    /// <summary>A further iterate by the source's name: a slot of that name, or the point to evaluate at.</summary>
    private static TensorSet<double> Iterate(TrajectoryCase recorded, OptimizerState<double> state, string name) =>
        state.Slots.TryGetValue(name, out var slot) ? slot
            : name is "x" or "ax" ? state.EvaluationParameters
            : throw recorded.Error("aux", $"'{name}' is neither a slot of the rule nor its point of evaluation.");

    /// <summary>The estimates of the Hessian's diagonal, from gradients q of sampled labels: batch size times q^2 (Gauss, Newton, Bartlett).</summary>
    private static TensorSet<double>?[]? HessianDiagonals(TrajectoryCase recorded, Layout layout, int steps)
    {
        if (!recorded.Has("hessian_gradients"))
        {
            return null;
        }

        double batchSize = BatchSize(recorded);
        var samples = recorded.OptionalSteps("hessian_gradients", layout);
        RequireCount(recorded, "hessian_gradients", samples.Count, steps);
        return [.. samples.Select(q => q?.Map(x => batchSize * x * x))];
    }

    private static double BatchSize(TrajectoryCase recorded) => recorded.Hyperparameters().Number("bs");

    private static void RequireCount(TrajectoryCase recorded, string key, int count, int steps)
    {
        if (count != steps)
        {
            throw recorded.Error(key, FormattableString.Invariant($"must hold one entry a step of 'gradients', {steps}, was {count}."));
        }
    }
}
