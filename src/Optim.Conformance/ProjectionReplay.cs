namespace Optim.Conformance;

/// <summary>Projections of given points: the parameters after a step without a gradient.</summary>
internal sealed class ProjectionReplay : ICaseReplay
{
    private static readonly Dictionary<string, Func<SourceHyperparameters, double[], Rule>> Translators = new(StringComparer.Ordinal)
    {
        ["non_negative"] = (_, _) => new ProjectOntoBox { Lower = 0, Upper = double.PositiveInfinity },
        ["box"] = (h, _) => new ProjectOntoBox { Lower = h.Number("lower"), Upper = h.Number("upper") },
        ["hypercube"] = (h, _) => new ProjectOntoBox { Lower = 0, Upper = h.Number("scale") },
        ["linf_ball"] = (h, _) => new ProjectOntoBox { Lower = -h.Number("scale"), Upper = h.Number("scale") },
        ["simplex"] = (h, _) => new ProjectOntoSimplex { Radius = h.Number("scale") },
        ["l1_ball"] = (h, _) => new ProjectOntoL1Ball { Radius = h.Number("scale") },
        ["l1_sphere"] = (h, _) => new ProjectOntoL1Ball { Radius = h.Number("scale"), OnSphere = true },
        ["l2_ball"] = (h, _) => new ProjectOntoBall { Radius = h.Number("scale") },
        ["l2_sphere"] = (h, _) => new ProjectOntoBall { Radius = h.Number("scale"), OnSphere = true },
        ["hyperplane"] = (h, a) => new ProjectOntoHyperplane { Normal = a, Offset = h.Number("b") },
        ["halfspace"] = (h, a) => new ProjectOntoHyperplane { Normal = a, Offset = h.Number("b"), HalfSpace = true },
        ["vector"] = (_, a) => new ProjectOntoLine { Direction = a },
    };

    public IReadOnlySet<string> Understood { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "source", "variant", "hyperparameters", "shapes", "tensors", "a", "projected", "notes", "agreement_with_numpy",
    };

    public string Kind => "projections";

    public string? SkipReason(Recording recording)
    {
        string name = recording.Hyperparameters().Text("projection");
        return !Translators.ContainsKey(name) ? $"no projection for '{name}'"

            // A sphere's element of 0 stays 0 in ours, too.
            : recording.Variant is null or "optax-sign-of-zero" ? null
            : $"no projection for the variant '{recording.Variant}'";
    }

    public Comparison Replay(Recording recording, Backend backend)
    {
        var layout = recording.Layout();
        var hyperparameters = recording.Hyperparameters();
        var rule = Translators[hyperparameters.Text("projection")](hyperparameters, recording.Has("a") ? recording.Tensors("a", layout).ToArray() : []);
        if (hyperparameters.Unread() is { Count: > 0 } unread)
        {
            throw recording.Error("hyperparameters", $"every one must be understood; the projection takes no notice of: {string.Join(", ", unread)}.");
        }

        // Products and norms are sums, free in their order.
        var comparison = new Comparison(1e-12);
        var state = Optimizer.Init(rule, recording.Tensors("tensors", layout)).WithBackend(backend);
        comparison.Add("projected", 1, Optimizer.Step(state, TensorSet.Filled(layout, 0.0)).Item2, recording.Tensors("projected", layout));
        return comparison;
    }
}
