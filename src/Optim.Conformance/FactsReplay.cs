namespace Optim.Conformance;

/// <summary>
/// Single observations of many families in one file, on gradients that are not finite: each case belongs to the family that begins its
/// name, and is replayed as that family's cases are. It names the hyperparameters that differ from the source's defaults, and no tolerance.
/// </summary>
internal sealed class FactsReplay : ICaseReplay
{
    private static readonly OpenLoopReplay OpenLoop = new();
    private static readonly TransformReplay Transform = new();
    private static readonly ScheduleReplay OfSchedules = new();

    public IReadOnlySet<string> Understood { get; } =
        new HashSet<string>(OpenLoop.Understood.Union(Transform.Understood).Union(OfSchedules.Understood), StringComparer.Ordinal);

    public string Kind => "facts";

    public string? SkipReason(Recording recording) => KindOf(recording).SkipReason(InFamily(recording));

    public Comparison Replay(Recording recording, Backend backend)
    {
        var own = InFamily(recording);
        return own.Family == "lion" ? OpenLoopReplay.Replay(own, backend, NaNSpreads) : KindOf(own).Replay(own, backend);
    }

    private static ICaseReplay KindOf(Recording recording) => recording.Has("params") ? OpenLoop : recording.Has("values") ? OfSchedules : Transform;

    private static Recording InFamily(Recording recording) => recording.Abridged(RuleFamilies.FamilyOfName(recording.Name) ?? recording.Family);

    /// <summary>
    /// What Lion's parameters are here. PyTorch's sign of NaN is 0, so that a momentum that has become NaN never moves its element again
    /// and nothing shows it; our sign of NaN is NaN.
    /// </summary>
    private static TensorSet<double>[] NaNSpreads(IReadOnlyList<TensorSet<double>> gradients, IReadOnlyList<TensorSet<double>> recording)
    {
        bool[] met = new bool[recording[0].Length];
        return
        [
            .. gradients.Zip(recording, (gradient, parameters) =>
            {
                double[] values = parameters.ToArray(), g = gradient.ToArray();
                for (int i = 0; i < met.Length; i++)
                {
                    met[i] |= double.IsNaN(g[i]);
                    values[i] = met[i] ? double.NaN : values[i];
                }

                return TensorSet.OfValues<double>(parameters.Layout, values);
            }),
        ];
    }
}
