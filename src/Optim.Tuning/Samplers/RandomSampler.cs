namespace Optim.Tuning;

/// <summary>Uniform random search (Bergstra and Bengio 2012, Random Search for Hyper-Parameter Optimization).</summary>
public sealed record RandomSampler : Sampler
{
    private protected override Assignment Propose(SearchSpace space, IReadOnlyList<TrialRecord> history, Draws draws) => space.Walk(draws.Any);
}
