using System.Text;

namespace Optim;

/// <summary>A rule written as a function: of one element (<see cref="ElementRule"/>), or of whole tensors (<see cref="TensorRule"/>). Its hyperparameters are data.</summary>
/// <remarks>
/// Two are equal when they are of one kind and have the same name, slots, hyperparameters and learning rate: the name stands for the function, in memory as in files. So give two functions two names, and give
/// numbers that may change as hyperparameters rather than as variables that the function captures, which nothing can compare, print or save.
/// </remarks>
public abstract record FunctionRule : Rule
{
    private readonly SlotDeclaration[] slots;
    private readonly Hyperparameter[] hyperparameters;

    private protected FunctionRule(string name, IEnumerable<SlotDeclaration> slots, IEnumerable<Hyperparameter> hyper)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(hyper);
        Name = name;
        this.slots = [.. slots];
        hyperparameters = [.. hyper];
        foreach (var slot in this.slots)
        {
            ArgumentNullException.ThrowIfNull(slot, nameof(slots));
            RequireOwnName(nameof(slots), slot.Name, this.slots.Count(other => other.Name == slot.Name));
        }

        foreach (var hyperparameter in hyperparameters)
        {
            ArgumentNullException.ThrowIfNull(hyperparameter, nameof(hyper));
            RequireOwnName(nameof(hyper), hyperparameter.Name, hyperparameters.Count(other => other.Name == hyperparameter.Name));
        }

        NamedNumbers =
        [
            .. hyperparameters.Select((hyperparameter, i) => new RuleNumber(
                hyperparameter.Name, typeof(Schedule), rule => ((FunctionRule)rule).hyperparameters[i].Value, (rule, value) => ((FunctionRule)rule).WithValue(i, value))),
        ];

        static void RequireOwnName(string parameter, string name, int count)
        {
            if (count > 1)
            {
                throw new ArgumentException($"Each of the {parameter} must have a name of its own, was '{name}' twice.", parameter);
            }
        }
    }

    /// <summary>The rule's name.</summary>
    public string Name { get; }

    /// <summary>The slots.</summary>
    public IReadOnlyList<SlotDeclaration> Slots => slots.AsReadOnly();

    /// <summary>The hyperparameters beside the learning rate, as they were given. <see cref="Rule.Adjust(string, Schedule)"/> changes one.</summary>
    public IReadOnlyList<Hyperparameter> Hyperparameters => hyperparameters.AsReadOnly();

    /// <summary>lr, 0 or more, for a function that uses it (<see cref="FunctionStep.LearningRate"/>); a number, a schedule, or null, the default, for none.</summary>
    public Schedule? LearningRate { get; init => field = value is null ? null : Constraint.NonNegative.Check(value); }

    internal sealed override IReadOnlyList<RuleNumber> NamedNumbers { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<SlotDeclaration> DeclareSlots() => Slots;

    /// <summary>False: what the function does with a hyperparameter <c>WeightDecay</c> is its own affair.</summary>
    public sealed override bool DecaysByTensor() => false;

    /// <inheritdoc/>
    public virtual bool Equals(FunctionRule? other) => ReferenceEquals(this, other)
        || (other is not null && EqualityContract == other.EqualityContract && Name == other.Name && Equals(LearningRate, other.LearningRate)
            && hyperparameters.AsSpan().SequenceEqual(other.hyperparameters)
            && slots.Select(Described).SequenceEqual(other.slots.Select(Described)));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(EqualityContract, Name, LearningRate, slots.Length, hyperparameters.Length);

    internal int IndexOf(string slot)
    {
        ArgumentNullException.ThrowIfNull(slot);
        int i = Array.FindIndex(slots, declared => declared.Name == slot);
        return i >= 0 ? i : throw new KeyNotFoundException($"The rule '{Name}' has no slot '{slot}'; there are: {Listed(slots.Select(s => s.Name))}.");
    }

    internal double HyperAt(string name, long clock)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Array.Find(hyperparameters, hyperparameter => hyperparameter.Name == name) is { } found
            ? Constraint.Of(found.Range).At(found.Value, clock, name)
            : throw new KeyNotFoundException($"The rule '{Name}' has no hyperparameter '{name}'; there are: {Listed(hyperparameters.Select(h => h.Name))}.");
    }

    /// <summary>Slots and hyperparameters from what F# writes.</summary>
    private protected static IEnumerable<SlotDeclaration> Named(IEnumerable<string> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        return slots.Select(name => new SlotDeclaration(name));
    }

    /// <inheritdoc cref="Named(IEnumerable{string})"/>
    private protected static IEnumerable<Hyperparameter> Named(IEnumerable<Tuple<string, double>> hyper)
    {
        ArgumentNullException.ThrowIfNull(hyper);
        return hyper.Select(pair => new Hyperparameter(pair.Item1, pair.Item2));
    }

    /// <summary>Prints the name, the hyperparameters and the learning rate.</summary>
    /// <param name="builder">Takes the text.</param>
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append("Name = ").Append(Name);
        foreach (var hyperparameter in hyperparameters)
        {
            builder.Append(", ").Append(hyperparameter);
        }

        if (LearningRate is not null)
        {
            builder.Append(", LearningRate = ").Append(LearningRate);
        }

        return true;
    }

    /// <summary>What a slot is, but for the function from a tensor's shape to the slot's: functions made anew are never equal.</summary>
    private static (string Name, double Initial, bool FromParameters, bool OnDiagonal, bool IsShaped) Described(SlotDeclaration slot) =>
        (slot.Name, slot.Initial, slot.FromParameters, slot.OnDiagonal, slot.Dimensions is not null);

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.DefaultIfEmpty("none"));

    private FunctionRule WithValue(int index, object? value)
    {
        var given = value as Schedule ?? throw new ArgumentException($"{hyperparameters[index].Name} must have a value.", nameof(value));
        return this with { Values = [.. hyperparameters.Select((own, i) => i == index ? own.At(given) : own)] };
    }

    private Hyperparameter[] Values
    {
        init => hyperparameters = value;
    }
}
