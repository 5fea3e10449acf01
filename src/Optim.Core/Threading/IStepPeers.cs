namespace Optim.Execution;

/// <summary>The other parts of a set whose tensors are stepped in several places: on the ranks of a job, each with a part of the slots.</summary>
/// <remarks>
/// What a rule takes over all tensors (a global norm, a sum) is then made of the partial sums of every part, in the order of the set, by the tree that one place would use: so it has
/// the bits of one place. See <see cref="StatePartition"/>.
/// </remarks>
public interface IStepPeers
{
    /// <summary>Exchanges numbers with all parts. Every part calls it the same number of times in a step, with as many numbers as it has partial sums.</summary>
    /// <param name="own">This part's numbers.</param>
    /// <returns>The numbers of every part, this one's among them, in the order of the parts.</returns>
    IReadOnlyList<double[]> Exchange(double[] own);
}
