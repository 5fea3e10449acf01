using System.Runtime.CompilerServices;

namespace Optim;

/// <summary>One rule for all tensors, here AdamW, some of which joined late and have clocks of their own.</summary>
/// <formula>p = inner(p, g), with t = t - s for the tensors that joined at step s</formula>
/// <paper>none</paper>
/// <definition>our own; PyTorch keeps a step counter for each tensor</definition>
/// <remarks>
/// A tensor is stepped as if its own run had begun when it joined: corrections of a bias, a first step unlike the others, and the scalars the rule keeps follow its own clock. Schedules follow the run's: a
/// learning rate is what it is for the other tensors. <see cref="OptimizerState{T}.AddTensors"/>, <see cref="OptimizerState{T}.Thaw"/> and <see cref="Checkpoint.LoadInto"/> put it around the parts of a rule that count
/// their steps (<see cref="Rule.CountsSteps"/>), and only where clocks differ. What rules around it count (the period of a Lookahead, of accumulation) stays the run's. A rule that counts its steps and
/// works on whole tensors (LAMB, SOAP) is refused: tensors that join get a group of their own then, in a new <see cref="Partition"/> with a fresh state. Slots: the other rule's. Scalars: the other rule's, then those it
/// declares once more for each step at which tensors joined.
/// </remarks>
[RegisteredRule("late_tensors", "tensors that join late", IsWrapper = true)]
public sealed partial record LateTensors : Wrapper
{
    private static readonly ConditionalWeakTable<LateTensors, Tuple<Layout, TensorRuns>> Runs = [];

    private static readonly ConditionalWeakTable<LateTensors, long[]> DistinctSteps = [];

    /// <summary><see cref="AdamW"/> with its defaults; no tensor has joined late.</summary>
    public LateTensors()
        : this(new AdamW(), [], [])
    {
    }

    /// <summary>A rule, and the tensors that joined late.</summary>
    /// <param name="inner">The rule.</param>
    /// <param name="names">The tensors.</param>
    /// <param name="joinedAt">For each of them, how many steps the rule had taken when it joined.</param>
    public LateTensors(Rule inner, IReadOnlyList<string> names, IReadOnlyList<long> joinedAt)
        : base(inner)
    {
        Names = names;
        JoinedAt = joinedAt;
    }

    /// <summary>The names of the tensors that joined late.</summary>
    public IReadOnlyList<string> Names
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Names));
            field = new ValueList<string>(value);
        }
    }

    /// <summary>For each of <see cref="Names"/>, how many steps the rule had taken when the tensor joined. Less than 0: the tensor had taken so many steps more.</summary>
    public IReadOnlyList<long> JoinedAt
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(JoinedAt));
            field = new ValueList<long>(value);
        }
    }

    /// <summary>The steps at which tensors joined, each once, in order of appearance.</summary>
    internal IReadOnlyList<long> Clocks => DistinctSteps.GetValue(this, late => [.. late.JoinedAt.Distinct()]);

    internal override bool IsInPaths => false;

    /// <inheritdoc/>
    public override bool CountsSteps() => Inner.CountsSteps();

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new()
    {
        KeepsObjectiveOut = "tensors with clocks of their own are stepped element by element, by their gradients; begin anew with all tensors, Optimizer.Init",
    };

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Names.Count != JoinedAt.Count)
        {
            throw new ArgumentException(FormattableString.Invariant($"{nameof(JoinedAt)} must have one step for each of {nameof(Names)}, {Names.Count}, had {JoinedAt.Count}."));
        }

        if (Names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"{nameof(Names)} must have each tensor once, had '{twice.Key}' twice.");
        }

        if (Names.Count > 0 && Inner.DeclareInner() is [var first, ..])
        {
            throw new ArgumentException(
                $"{nameof(LateTensors)} must be around a rule without others inside, was around {Inner.GetType().Name}: put it around {first.Rule.GetType().Name} inside it.");
        }

        base.Validate();
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (Names.Count == 0)
        {
            plan.Prepare(Inner);
        }
        else
        {
            plan.PrepareByClock(Inner, Clocks, RunsIn(plan.Layout));
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars()
    {
        var own = Inner.DeclareScalars();
        return own.Count == 0 ? [] : [.. Clocks.SelectMany(_ => own)];
    }

    /// <summary>Where the tensors of each clock lie; one layout asks at every step.</summary>
    private TensorRuns RunsIn(Layout layout)
    {
        if (!Runs.TryGetValue(this, out var known) || known.Item1 != layout)
        {
            var clocks = Clocks.Index().ToDictionary(clock => clock.Item, clock => clock.Index + 1);
            var kinds = Names.Zip(JoinedAt).ToDictionary(pair => pair.First, pair => clocks[pair.Second], StringComparer.Ordinal);
            known = new(layout, TensorRuns.Of(layout, i => kinds.GetValueOrDefault(layout[i].Name)));
            Runs.AddOrUpdate(this, known);
        }

        return known.Item2;
    }
}
