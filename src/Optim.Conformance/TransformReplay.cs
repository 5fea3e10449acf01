namespace Optim.Conformance;

/// <summary>Rules without memory on given gradients: the update of each.</summary>
internal sealed class TransformReplay : ICaseReplay
{
    public IReadOnlySet<string> Understood { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "source", "variant", "hyperparameters", "shapes", "tensors", "gradients", "total_norm", "clipped", "centralized", "notes", "agreement_with_numpy",
    };

    public string Kind => "gradient-transform";

    public string? SkipReason(Recording recording) => RuleFamilies.SkipReason(recording);

    public Comparison Replay(Recording recording, Backend backend)
    {
        var rule = RuleFamilies.Translate(recording);
        var layout = recording.Layout();
        string outcome = recording.Has("centralized") ? "centralized" : "clipped";
        IReadOnlyList<TensorSet<double>> gradients = recording.Steps("gradients", layout), expected = recording.Steps(outcome, layout);
        if (expected.Count != gradients.Count)
        {
            throw recording.Error(outcome, FormattableString.Invariant($"must hold one entry a step of 'gradients', {gradients.Count}, was {expected.Count}."));
        }

        // A clamp picks one of two numbers and rounds nothing; a norm is a sum, and sums are free in their order.
        var comparison = new Comparison(rule is ClipByValue ? 0 : 1e-12);
        // A buffer without memory keeps the update as it is, where the parameters could only show it rounded.
        var start = Optimizer.Init(
            rule.Then(new ScaleByMomentum { Momentum = 0 }), recording.Has("tensors") ? recording.Tensors("tensors", layout) : TensorSet.Filled(layout, 0.0)).WithBackend(backend);
        for (int i = 0; i < gradients.Count; i++)
        {
            comparison.Add(outcome, i + 1, Optimizer.Step(start, gradients[i]).Item1.Slots.Values.Last(), expected[i]);
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
