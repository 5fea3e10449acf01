using Optim.Values;

namespace Optim.Tuning;

/// <summary>
/// A hyperparameter search that minimizes or maximizes an objective: the space, the algorithms and the objective's description. <see cref="Run"/> executes it.
/// </summary>
/// <remarks>
/// Immutable. No assignment is tried twice: a study of a space of choices, integers and constants ends when it has tried all of them. With one worker a study is a function of its seed and objective: interrupted anywhere and resumed from its file, it
/// runs the same trials. With several workers, what a trial knows of the others depends on their speed.
/// </remarks>
public sealed record Study
{
    /// <summary>A study of a space, with <see cref="TpeSampler"/>, without pruning, with seed 1.</summary>
    /// <param name="space">The parameters.</param>
    public Study(SearchSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        Space = space;
    }

    /// <summary>The parameters.</summary>
    public SearchSpace Space { get; }

    /// <summary>Chooses the parameters of trials. Default: <see cref="TpeSampler"/>.</summary>
    public Sampler Sampler { get; init => field = value ?? throw new ArgumentNullException(nameof(Sampler)); } = new TpeSampler();

    /// <summary>Ends trials early. Default: <see cref="Pruner.None"/>.</summary>
    public Pruner Pruner { get; init => field = value ?? throw new ArgumentNullException(nameof(Pruner)); } = Pruner.None;

    /// <summary>The assignments of the first trials, in order, before the <see cref="Sampler"/> chooses: settings known to be good, from which it then learns. Default: none.</summary>
    /// <exception cref="ArgumentException">One of them is not an assignment of <see cref="Space"/>.</exception>
    public IReadOnlyList<Assignment> First { get; init => field = OfSpace(value); } = new ValueList<Assignment>([]);

    /// <summary>Which values are better, of the objective and its reports. Default: lower.</summary>
    public StudyDirection Direction { get; init; }

    /// <summary>
    /// Further goals besides the objective's value, of which no weighted sum is made: the search is for the trials that no other is better than in all of them (<see cref="StudyResult.Front"/>). Pruning looks at the objective's reports
    /// alone. Default: none.
    /// </summary>
    public IReadOnlyList<StudyGoal> Goals { get; init => field = new ValueList<StudyGoal>(value); } = new ValueList<StudyGoal>([]);

    /// <summary>The random seed. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>A description of the objective: data, model, epochs, whatever determines its values. A file cannot be resumed with another. Default: empty.</summary>
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

    /// <summary>A copy with another <see cref="Direction"/>.</summary>
    /// <param name="value">The value.</param>
    public Study WithDirection(StudyDirection value) => this with { Direction = value };

    /// <summary>A copy with other <see cref="Goals"/>.</summary>
    /// <param name="value">The goals.</param>
    public Study WithGoals(params IEnumerable<StudyGoal> value) => this with { Goals = [.. value] };

    /// <summary>A copy with another <see cref="Seed"/>.</summary>
    /// <param name="value">The value.</param>
    public Study WithSeed(long value) => this with { Seed = value };

    /// <summary>A copy with another <see cref="Objective"/>.</summary>
    /// <param name="value">The value.</param>
    public Study WithObjective(string value) => this with { Objective = value };

    /// <summary>Runs trials until the requested number is reached, the time is up, or it is cancelled.</summary>
    /// <remarks>
    /// A trial whose value is not finite, and one whose objective throws, is recorded as failed, and the study continues. A trial interrupted by cancellation is
    /// not recorded; a file keeps its parameters, and they are tried first when the study is resumed. Where a report or a result cannot be recorded, that ends the study with an exception and fails no trial; a database that is away for a moment is asked again.
    /// </remarks>
    /// <param name="objective">Evaluates a trial's parameters; called on several threads at once with several workers.</param>
    /// <param name="options">The number of trials and workers, and the file.</param>
    /// <param name="cancellation">Ends the study early, without an exception; the result says so.</param>
    /// <exception cref="ArgumentException">The options have a file and a connection.</exception>
    /// <exception cref="StudyFileException">The file, or the study in the database, belongs to another study, is damaged, or is in use.</exception>
    public StudyResult Run(Func<Trial, double> objective, StudyOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(objective);
        options ??= new();
        if (options is { File: not null, Connection: not null })
        {
            throw new ArgumentException($"{nameof(options)} must have a {nameof(options.File)} or a {nameof(options.Connection)}, had both.", nameof(options));
        }

        using var file = options.File is { } path ? StudyFile.Open(path, this) : null;
        using var shared = options.Connection is { } connection ? SharedStudy.Join(connection, options.Name, options.Heartbeat, this) : null;
        return new StudyRun(this, objective, options, shared is null ? new OwnTrials(file) : shared).ToEnd(cancellation);
    }

    private ValueList<Assignment> OfSpace(IReadOnlyList<Assignment> assignments)
    {
        ArgumentNullException.ThrowIfNull(assignments, nameof(First));
        return new(assignments.Select(assignment => Space.Assign(assignment.ToDictionary(pair => pair.Key, pair => pair.Value))));
    }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(Study), PrintMembers);
}
