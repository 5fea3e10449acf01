namespace Optim;

/// <summary>One rule that Optim ships: what tests, the command line and the documentation iterate over.</summary>
public sealed class RuleEntry
{
    private readonly Func<Rule> create;
    private readonly Func<Schedule, Rule>? createAt;

    /// <summary>A piece of an optimizer.</summary>
    internal RuleEntry(string name, string title, string summary, Func<Rule> create)
    {
        Name = name;
        Title = title;
        Summary = summary;
        this.create = create;
    }

    /// <summary>A whole optimizer.</summary>
    internal RuleEntry(string name, string title, string summary, Func<Rule> create, double startingRate, Func<Schedule, Rule> createAt)
        : this(name, title, summary, create)
    {
        StartingRate = startingRate;
        this.createAt = createAt;
    }

    /// <summary>The name on the command line: <c>adamw</c>.</summary>
    public string Name { get; }

    /// <summary>The name in tables and charts: <c>AdamW</c>.</summary>
    public string Title { get; }

    /// <summary>One line about the rule.</summary>
    public string Summary { get; }

    /// <summary>Whether each element's update depends on that element alone, so that the order and the grouping of elements do not matter; with its options at their defaults.</summary>
    public bool IsElementwise { get; internal init; } = true;

    /// <summary>Whether each tensor's update depends on that tensor as a whole and on no other: where one tensor ends and the next begins matters.</summary>
    internal bool IsPerTensor { get; init; }

    /// <summary>Whether it is a whole optimizer, with a learning rate of its own, rather than a piece of one.</summary>
    public bool IsPreset => createAt is not null;

    /// <summary>A learning rate at which it trains a small network well (<c>optim compare</c>); null for a piece.</summary>
    public double? StartingRate { get; }

    /// <summary>The kind of rule: <c>FirstOrder</c>, <c>Adaptive</c>, <c>Matrix</c>, <c>OnObjective</c>, <c>Transforms</c>, <c>Wrappers</c> or <c>Groups</c>.</summary>
    public string Family { get; internal init; } = "";

    /// <summary>What the rule computes, line by line: g the gradient, p the parameter, u the update, t the step from 1, lr, wd, eps and betas as usual.</summary>
    public string Formula { get; internal init; } = "";

    /// <summary>Authors, year and title of the paper.</summary>
    public string Paper { get; internal init; } = "";

    /// <summary>Whose definition the rule follows where the paper leaves a choice or implementations differ.</summary>
    public string Definition { get; internal init; } = "";

    /// <summary>What other implementations or the paper do otherwise, and which option of the rule does it their way; empty when none is known.</summary>
    public string Disagreements { get; internal init; } = "";

    /// <summary>Whether it is a rule around another, <see cref="Wrapper"/> or not: what it shows of itself here is about a usual inner rule.</summary>
    public bool IsWrapper { get; internal init; }

    /// <summary>Whether a step needs the objective itself (<see cref="Optimizer.StepOn"/>), not only a gradient.</summary>
    public bool NeedsObjective { get; internal init; }

    /// <summary>Whether a step needs the loss beside the gradient: <c>Step(state, gradient, loss: ...)</c>.</summary>
    public bool NeedsLoss { get; internal init; }

    /// <summary>Whether a step needs an estimate of the Hessian's diagonal beside the gradient: <c>Step(state, gradient, hessianDiagonal: ...)</c>.</summary>
    public bool NeedsHessianDiagonal { get; internal init; }

    /// <summary>Whether a gradient is all that a step needs.</summary>
    internal bool GradientIsEnough => !NeedsObjective && !NeedsLoss && !NeedsHessianDiagonal;

    /// <summary>Whether it is for gradients of all the data: the noise of small batches keeps it from training well.</summary>
    public bool IsForFullBatches { get; internal init; }

    /// <summary>
    /// The elements a step reads or writes for each parameter beyond the gradient read, the parameter read and written, and each slot read
    /// and written: 1 for an update stored for a norm, 1 for reading it again, and so on.
    /// </summary>
    internal int ExtraMoves { get; init; }

    /// <summary>After how many steps the parameters move.</summary>
    internal int Period { get; init; } = 1;

    /// <summary>The first steps of a run, which only gather and move no parameter.</summary>
    internal int RestingSteps { get; init; }

    /// <summary>Whether a step's time goes into arithmetic (products of matrices, evaluations of the objective) rather than into moving memory.</summary>
    internal bool IsComputeBound { get; init; }

    /// <summary>
    /// How many elements a step in place reads or writes for each parameter, with the rule's defaults: the gradient, the parameter twice, each slot of the parameters' shape twice, and what else the
    /// rule passes over. Null where a step's time goes into arithmetic (products of matrices, evaluations of the objective) rather than into moving memory.
    /// </summary>
    public int? MemoryMoves => IsComputeBound ? null : 3 + (2 * Create().DeclareSlots().Count(slot => slot.Dimensions is null)) + ExtraMoves;

    /// <summary>The rule with its default hyperparameters.</summary>
    public Rule Create() => create();

    /// <summary>The optimizer with another learning rate: every one in it, in their ratios (<see cref="Rule.Adjust(string, Schedule)"/>).</summary>
    /// <param name="learningRate">The learning rate.</param>
    /// <exception cref="InvalidOperationException">The rule is a piece of an optimizer.</exception>
    public Rule Create(Schedule learningRate) => createAt is not null
        ? RuleTree.HasRate(create()) ? create().Adjust(RuleTree.LearningRate, learningRate) : createAt(learningRate)
        : throw new InvalidOperationException($"{Name} is a piece of an optimizer and has no learning rate of its own.");

    /// <summary>The optimizer with another learning rate, a number: every one in it, in their ratios (<see cref="Rule.Adjust(string, double)"/>).</summary>
    /// <param name="learningRate">The number.</param>
    /// <exception cref="InvalidOperationException">The rule is a piece of an optimizer.</exception>
    public Rule Create(double learningRate) => Create(Schedule.Constant(learningRate));

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
