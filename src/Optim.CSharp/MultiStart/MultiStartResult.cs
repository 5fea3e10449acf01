using System.Globalization;
using System.Text;
using Optim.Values;

namespace Optim.CSharp;

/// <summary>What was found from many starts. A value; it prints as a table of basins.</summary>
/// <typeparam name="R">What a run from one start results in: <see cref="MinimizerResult"/> or <see cref="LeastSquaresFit"/>.</typeparam>
public sealed record MultiStartResult<R>
    where R : IEquatable<R>
{
    private readonly ValueList<Basin<R>> basins;
    private readonly ValueList<R> runs;

    internal MultiStartResult(R best, IEnumerable<Basin<R>> basins, IEnumerable<R> runs)
    {
        Best = best;
        this.basins = new(basins);
        this.runs = new(runs);
    }

    /// <summary>The lowest end that has converged; where none has, the lowest.</summary>
    public R Best { get; }

    /// <summary>The different ends that have converged, the lowest first, and how often each was found.</summary>
    public IReadOnlyList<Basin<R>> Basins => basins;

    /// <summary>Each start's end, in the order of the starts, those that have not converged included.</summary>
    public IReadOnlyList<R> Runs => runs;

    /// <summary>The number of starts from which no run has converged.</summary>
    public int Unconverged => runs.Count - basins.Sum(basin => basin.Count);

    /// <summary>The basins, one a line, with loss and count; then the best.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{runs.Count} starts, {basins.Count} basins{(Unconverged > 0 ? $", {Unconverged} not converged" : "")}\n");
        foreach (var basin in basins)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {basin}\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"{Best}").ToString();
    }
}

/// <summary>A minimum that runs have ended at.</summary>
/// <typeparam name="R">What a run from one start results in.</typeparam>
/// <param name="Best">The lowest of its ends.</param>
/// <param name="Count">The number of starts that led there.</param>
/// <param name="Loss">The loss there; of a fit by least squares the sum of squares.</param>
public sealed record Basin<R>(R Best, int Count, double Loss)
    where R : IEquatable<R>
{
    /// <summary>The loss and the count.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Loss:G7} from {Count} starts");
}
