using Optim.Values;

namespace Optim.Tuning;

/// <summary>
/// A search for the parameters at which an objective is lowest: what is searched, how, and what is measured. <see cref="Run"/> carries it out.
/// </summary>
/// <remarks>
/// Immutable. To maximise, return the negative. With one worker a study is a function of its seed and its objective: stopped anywhere and resumed from its file it
/// makes the same trials. With several workers what a trial knows of the others depends on their speed.
/// </remarks>
public sealed record Study
{
    /// <summary>A study of a space, by <see cref="TpeSampler"/>, without pruning, from seed 1.</summary>
    /// <param name="space">The parameters.</param>
    public Study(SearchSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        Space = space;
    }

    /// <summary>The parameters.</summary>
    public SearchSpace Space { get; }

    /// <summary>What chooses the parameters of a trial. Default: <see cref="TpeSampler"/>.</summary>
    public Sampler Sampler { get; init => field = value ?? throw new ArgumentNullException(nameof(Sampler)); } = new TpeSampler();

    /// <summary>What ends trials early. Default: <see cref="Pruner.None"/>.</summary>
    public Pruner Pruner { get; init => field = value ?? throw new ArgumentNullException(nameof(Pruner)); } = Pruner.None;

    /// <summary>What the first trials try, in this order, before the <see cref="Sampler"/> chooses: settings known to be good, which it then learns from. Default: none.</summary>
    /// <exception cref="ArgumentException">One of them is not an assignment of <see cref="Space"/>.</exception>
    public IReadOnlyList<Assignment> First { get; init => field = OfSpace(value); } = new ValueList<Assignment>([]);

    /// <summary>Decides the draws. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>What the objective measures, in words: data, model, epochs, whatever decides its values. A file refuses to go on with another. Default: empty.</summary>
    public string Objective { get; init => field = value ?? throw new ArgumentNullException(nameof(Objective)); } = "";

    /// <summary>A copy with another <see cref="Sampler"/>.</summary>
    /// <param name="value">The value.</param>
    public Study WithSampler(Sampler value) => this with { Sampler = value };

    /// <summary>A copy with another <see cref="Pruner"/>.</summary>
    /// <param name="value">The value.</param>
    public Study WithPruner(Pruner value) => this with { Pruner = value };

    /// <summary>A copy with other assignments to try <see cref="First"/>.</summary>
    /// <param name="value">The assignments.</param>
    /// <exception cref="ArgumentException">One of them is not an assignment of <see cref="Space"/>.</exception>
    public Study WithFirst(params IEnumerable<Assignment> value) => this with { First = [.. value] };

    /// <summary>A copy with another <see cref="Seed"/>.</summary>
    /// <param name="value">The value.</param>
    public Study WithSeed(long value) => this with { Seed = value };

    /// <summary>A copy with another <see cref="Objective"/>.</summary>
    /// <param name="value">The value.</param>
    public Study WithObjective(string value) => this with { Objective = value };

    /// <summary>Makes trials until there are as many as asked for, the time is up, or it is cancelled.</summary>
    /// <remarks>
    /// A trial whose value is not finite, and one whose objective throws, is recorded as failed, and the study goes on. A trial that a cancellation cuts short is
    /// recorded nowhere; a file keeps its parameters, and tries them first when the study goes on.
    /// </remarks>
    /// <param name="objective">How good a trial's parameters are, the lower the better; called by several threads at once where there are several workers.</param>
    /// <param name="options">How many trials, workers, where to keep them.</param>
    /// <param name="cancellation">Ends the study early and without an exception: the result says so.</param>
    /// <exception cref="StudyFileException">The file is another study's, damaged, or in use.</exception>
    public StudyResult Run(Func<Trial, double> objective, StudyOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(objective);
        options ??= new();
        using var file = options.File is { } path ? StudyFile.Open(path, this) : null;
        return new StudyRun(this, objective, options, file).ToEnd(cancellation);
    }

    private ValueList<Assignment> OfSpace(IReadOnlyList<Assignment> assignments)
    {
        ArgumentNullException.ThrowIfNull(assignments, nameof(First));
        return new(assignments.Select(assignment => Space.Assign(assignment.ToDictionary(pair => pair.Key, pair => pair.Value))));
    }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(Study), PrintMembers);
}
