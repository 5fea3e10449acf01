using Optim.Execution;

namespace Optim.Trajectories;

/// <summary>Rules without memory on given gradients: the update of each.</summary>
internal sealed class TransformReplay : ICaseReplay
{
    public IReadOnlySet<string> Understood { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "source", "variant", "hyperparameters", "shapes", "gradients", "total_norm", "clipped", "notes", "agreement_with_numpy",
    };

    public string Kind => "gradient-transform";

    public string? SkipReason(TrajectoryCase recorded) => RuleFamilies.SkipReason(recorded);

    public Comparison Replay(TrajectoryCase recorded)
    {
        var rule = RuleFamilies.Translate(recorded);
        var layout = recorded.Layout();
        IReadOnlyList<TensorSet<double>> gradients = recorded.Steps("gradients", layout), expected = recorded.Steps("clipped", layout);
        if (expected.Count != gradients.Count)
        {
            throw recorded.Error("clipped", FormattableString.Invariant($"must hold one entry a step of 'gradients', {gradients.Count}, was {expected.Count}."));
        }

        // A clamp picks one of two numbers and rounds nothing; a norm is a sum, and sums are free in their order.
        var comparison = new Comparison(rule is ClipByValue ? 0 : 1e-12);
        var start = Optimizer.Init(rule, TensorSet.Filled(layout, 0.0));
        for (int i = 0; i < gradients.Count; i++)
        {
            // From 0 the step is 0 - u, exactly.
            var update = Optimizer.Step(start, gradients[i]).Item2.Scale(-1);
            comparison.Add("clipped", i + 1, update, expected[i]);
        }

        if (recorded.Has("total_norm"))
        {
            double norm = rule is ClipByGlobalNorm clip
                ? Norm(gradients[^1], clip.NormType)
                : throw recorded.Error("total_norm", $"is only known of {nameof(ClipByGlobalNorm)}, the rule is {rule}.");
            comparison.Add("total_norm", gradients.Count, norm, recorded.Number("total_norm"));
        }

        return comparison;
    }

    private static unsafe double Norm(TensorSet<double> set, double normType)
    {
        fixed (double* x = set.Span)
        {
            return GlobalNorm.Of(x, set.Layout, normType, threads: 1);
        }
    }
}
