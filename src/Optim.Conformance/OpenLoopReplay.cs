namespace Optim.Conformance;

/// <summary>Optimizer runs on given gradients: the parameters after every step, and the slots after the last.</summary>
internal sealed class OpenLoopReplay : ICaseReplay
{
    public IReadOnlySet<string> Understood { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "source", "variant", "hyperparameters", "lr_per_step", "shapes", "tensors", "gradients", "params", "state", "notes",
        "recommended_tolerance", "agreement_with_numpy", "aux", "sparse_indices", "hessian_gradients", "hessian_diagonals", "losses", "switch_step",
    };

    public string Kind => "optimizer-open-loop";

    public string? SkipReason(Recording recording) => RuleFamilies.SkipReason(recording);

    public Comparison Replay(Recording recording, Backend backend) => Replay(recording, backend, (_, parameters) => parameters);

    /// <summary>Replays a case in which our definition differs from the source's.</summary>
    /// <param name="recording">The case.</param>
    /// <param name="backend">Who does the steps' arithmetic.</param>
    /// <param name="ours">From the gradients and the recorded parameters to what the parameters are by our definition.</param>
    public static Comparison Replay(
        Recording recording, Backend backend, Func<IReadOnlyList<TensorSet<double>>, IReadOnlyList<TensorSet<double>>, IReadOnlyList<TensorSet<double>>> ours)
    {
        var rule = RuleFamilies.Translate(recording);
        var layout = recording.Layout();
        IReadOnlyList<TensorSet<double>> gradients = recording.Steps("gradients", layout), expected = recording.Steps("params", layout);
        RequireCount(recording, "params", expected.Count, gradients.Count);
        expected = ours(gradients, expected);
        if (recording.Has("lr_per_step"))
        {
            RequireCount(recording, "lr_per_step", recording.Numbers("lr_per_step").Length, gradients.Count);
        }

        var comparison = new Comparison(recording.Tolerance("recommended_tolerance"));
        var hessians = HessianDiagonals(recording, layout, gradients.Count);
        double[]? losses = recording.Has("losses") ? recording.Numbers("losses") : null;
        if (losses is not null)
        {
            RequireCount(recording, "losses", losses.Length, gradients.Count);
        }

        var indices = recording.Has("sparse_indices") ? recording.Indices("sparse_indices", layout) : null;
        var state = Optimizer.Init(rule, recording.Tensors("tensors", layout)).WithBackend(backend);
        var aux = recording.Has("aux") ? recording.NamedSteps("aux", name => LayoutOf(state, name)) : new Dictionary<string, IReadOnlyList<TensorSet<double>>>();
        for (int i = 0; i < gradients.Count; i++)
        {
            (state, var parameters) = Optimizer.Step(state, gradients[i], losses?[i], hessians?[i], sparseIndices: indices?[i]);
            comparison.Add("params", i + 1, parameters, expected[i]);
            foreach (var (name, steps) in aux)
            {
                comparison.Add(name, i + 1, Iterate(recording, state, name), steps[i]);
            }
        }

        var slots = Merged(state.Slots);
        foreach (var (slot, values) in recording.State(slots.ToDictionary(pair => pair.Key, pair => pair.Value.Layout)))
        {
            // The recording keeps the mean of q^2 and multiplies by the batch size at each use; our input is the estimate itself.
            var actual = slot == "hessian" && recording.Has("hessian_gradients") ? slots[slot].Scale(1 / BatchSize(recording)) : slots[slot];

            // The signs of singular vectors are arbitrary, and with them those of what is kept in their basis.
            bool isOfSingularVectors = state.Slots.ContainsKey("projection");
            comparison.Add(slot, gradients.Count, isOfSingularVectors ? actual.Map(Math.Abs) : actual, isOfSingularVectors ? values.Map(Math.Abs) : values);
        }

        foreach (var (scalar, value) in recording.StateNumbers(state.Scalars.Keys))
        {
            comparison.Add(scalar, gradients.Count, state.Scalars[scalar], value);
        }

        if (recording.Has("switch_step"))
        {
            // null where the recording never switches, 0 in ours.
            comparison.Add("switch_step", gradients.Count, state.Scalars["switch_step"], recording.OptionalNumber("switch_step") ?? 0);
        }

        return comparison;
    }

    /// <summary>The slots of a state. Where two of one name are for different tensors, those of a rule and of its fallback, the source has one.</summary>
    private static Dictionary<string, TensorSet<double>> Merged(IReadOnlyDictionary<string, TensorSet<double>> slots) => slots
        .GroupBy(pair => pair.Key.Split('.')[0], pair => pair.Value)
        .ToDictionary(same => same.Key, same => same.Aggregate(Merged), StringComparer.Ordinal);

    private static TensorSet<double> Merged(TensorSet<double> one, TensorSet<double> other) =>
        one.Layout.Zip(other.Layout).Any(pair => pair.First.Length > 0 && pair.Second.Length > 0)
            ? one
            : TensorSet.OfValues<double>(
                Layout.OfSequence(one.Layout.Zip(other.Layout).Select(pair => pair.First.Length > 0 ? pair.First : pair.Second)),
                Enumerable.Range(0, one.Count).SelectMany(i => (one[i].Span.Length > 0 ? one[i] : other[i]).Span.ToArray()).ToArray());

    /// <summary>A further iterate by the source's name: a slot of that name, or the point to evaluate at.</summary>
    private static TensorSet<double> Iterate(Recording recording, OptimizerState<double> state, string name) =>
        state.Slots.TryGetValue(name, out var slot) ? slot
            : Numbers(state, name) is { Length: > 0 } numbers ? TensorSet.OfValues<double>(LayoutOf(state, name), numbers)
            : name is "x" or "ax" ? state.EvaluationParameters
            : throw recording.Error("aux", $"'{name}' is neither a slot of the rule nor its point of evaluation.");

    /// <summary>The layout of a further iterate: of the parameters, or one tensor of the numbers that a rule keeps under the name.</summary>
    private static Layout LayoutOf(OptimizerState<double> state, string name) =>
        Numbers(state, name) is { Length: > 0 } numbers ? Layout.OfSequence([new TensorShape(name, [numbers.Length])]) : state.Parameters.Layout;

    /// <summary>The numbers <c>name[0]</c>, <c>name[1]</c> and so on that a rule keeps.</summary>
    private static double[] Numbers(OptimizerState<double> state, string name) =>
        [.. state.Scalars.Where(pair => pair.Key.StartsWith(name + "[", StringComparison.Ordinal)).Select(pair => pair.Value)];

    /// <summary>The estimates of the Hessian's diagonal, as recorded or from gradients q of sampled labels: batch size times q^2 (Gauss, Newton, Bartlett).</summary>
    private static TensorSet<double>?[]? HessianDiagonals(Recording recording, Layout layout, int steps)
    {
        if (recording.Has("hessian_diagonals"))
        {
            var diagonals = recording.Steps("hessian_diagonals", layout);
            RequireCount(recording, "hessian_diagonals", diagonals.Count, steps);
            return [.. diagonals];
        }

        if (!recording.Has("hessian_gradients"))
        {
            return null;
        }

        double batchSize = BatchSize(recording);
        var samples = recording.OptionalSteps("hessian_gradients", layout);
        RequireCount(recording, "hessian_gradients", samples.Count, steps);
        return [.. samples.Select(q => q?.Map(x => batchSize * x * x))];
    }

    private static double BatchSize(Recording recording) => recording.Hyperparameters().Number("bs");

    private static void RequireCount(Recording recording, string key, int count, int steps)
    {
        if (count != steps)
        {
            throw recording.Error(key, FormattableString.Invariant($"must hold one entry a step of 'gradients', {steps}, was {count}."));
        }
    }
}
