namespace Optim.Conformance;

/// <summary>Transforms of given gradients, one after the other, at parameters that stay: the update that each leaves.</summary>
internal sealed class TransformReplay : ICaseReplay
{
    public IReadOnlySet<string> Understood { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "source", "variant", "hyperparameters", "shapes", "tensors", "gradients", "total_norm", "clipped", "centralized", "transformed", "found_nan", "notes", "agreement_with_numpy",
    };

    public string Kind => "gradient-transform";

    public string? SkipReason(Recording recording) => RuleFamilies.SkipReason(recording);

    public Comparison Replay(Recording recording, Backend backend)
    {
        var rule = RuleFamilies.Translate(recording);
        var layout = recording.Layout();
        string outcome = recording.Has("centralized") ? "centralized" : recording.Has("transformed") ? "transformed" : "clipped";
        IReadOnlyList<TensorSet<double>> gradients = recording.Steps("gradients", layout), expected = recording.Steps(outcome, layout);
        if (expected.Count != gradients.Count)
        {
            throw recording.Error(outcome, FormattableString.Invariant($"must hold one entry a step of 'gradients', {gradients.Count}, was {expected.Count}."));
        }

        // A clamp picks one of two numbers and rounds nothing; a norm is a sum, and sums are free in their order.
        var comparison = new Comparison(rule is ClipByValue ? 0 : 1e-12);
        // A rule that keeps the update as it is, where the parameters could only show it rounded, and leaves the parameters alone.
        var state = Optimizer.Init(
            rule.Then(new OptimisticGradientDescent { LearningRate = 0, Optimism = 0 }), recording.Has("tensors") ? recording.Tensors("tensors", layout) : TensorSet.Filled(layout, 0.0)).WithBackend(backend);
        for (int i = 0; i < gradients.Count; i++)
        {
            state = Optimizer.Step(state, gradients[i]).Item1;
            comparison.Add(outcome, i + 1, state.Slots.Values.Last(), expected[i]);
            if (recording.Has("found_nan"))
            {
                var found = recording.Flags("found_nan", layout.Count)[i];
                comparison.Add("found_nan", i + 1, state.Slots["found_nan"], TensorSet.OfValues<double>(state.Slots["found_nan"].Layout, [.. found.Select(flag => flag ? 1.0 : 0)]));
            }
        }

        if (recording.Has("total_norm"))
        {
            double norm = rule is ClipByGlobalNorm clip
                ? gradients[^1].Norm(clip.NormType)
                : throw recording.Error("total_norm", $"is only known of {nameof(ClipByGlobalNorm)}, the rule is {rule}.");
            comparison.Add("total_norm", gradients.Count, norm, recording.Number("total_norm"));
        }

        return comparison;
    }
}
