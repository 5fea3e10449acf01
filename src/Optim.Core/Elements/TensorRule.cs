using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;

namespace Optim;

/// <summary>
/// A rule written as a function of one whole tensor, in any .NET language: norms, means, matrices. Or of all tensors at once (<see cref="OverAllTensors(string, IEnumerable{SlotDeclaration}, IEnumerable{Hyperparameter}, Func{TensorSteps, IEnumerable{TensorUpdate}})"/>).
/// </summary>
/// <remarks>
/// The function computes numbers, in double in both precisions; its results are rounded once. It must be pure: the same result for the same inputs, no state but slots. It runs once a step for each tensor that has elements, in the order of
/// the layout, on one thread. Its memory traffic is that of the arrays it makes: a rule for many millions of elements is written as a formula (docs/own-rule.md). What MathNet
/// computes has the bits of MathNet's provider.
/// </remarks>
public sealed record TensorRule : FunctionRule
{
    private readonly Func<TensorSteps, IEnumerable<TensorUpdate>>? ofAll;
    private readonly Func<TensorStep, TensorUpdate>? ofOne;

    /// <summary>Makes a rule without slots from a function of one tensor.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="step">From one tensor's inputs to its update.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public TensorRule(string name, Func<TensorStep, TensorUpdate> step)
        : this(name, Enumerable.Empty<SlotDeclaration>(), step)
    {
    }

    /// <summary>The same constructor again, for the compiler of F#: see <see cref="NoValue"/>.</summary>
    /// <exclude/>
    [EditorBrowsable(EditorBrowsableState.Never)]
#pragma warning disable RS0026, RS0027 // Nobody gives the parameter.
    public TensorRule(string name, Func<TensorStep, TensorUpdate> step, NoValue? unused = null)
        : this(name, step)
    {
    }
#pragma warning restore RS0026, RS0027

    /// <summary>Makes a rule from a function of one tensor.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The slots, of any shape.</param>
    /// <param name="step">From one tensor's inputs to its update and its new slots.</param>
    /// <exception cref="ArgumentException">The name is empty, or a slot's name occurs twice.</exception>
    [OverloadResolutionPriority(1)]
    public TensorRule(string name, IEnumerable<SlotDeclaration> slots, Func<TensorStep, TensorUpdate> step)
        : this(name, slots, Enumerable.Empty<Hyperparameter>(), step)
    {
    }

    /// <summary>Makes a rule from a function of one tensor, with slots of the parameters' shapes that begin at 0.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The names of the slots.</param>
    /// <param name="step">From one tensor's inputs to its update and its new slots.</param>
    /// <param name="unused">Not given: see <see cref="NoValue"/>. An empty list of slots is then one of declarations.</param>
    /// <exception cref="ArgumentException">The name is empty, or a slot's name occurs twice.</exception>
    public TensorRule(string name, IEnumerable<string> slots, Func<TensorStep, TensorUpdate> step, NoValue? unused = null)
        : this(name, Named(slots), Enumerable.Empty<Hyperparameter>(), step)
    {
    }

    /// <summary>Makes a rule with hyperparameters from a function of one tensor.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The slots, of any shape.</param>
    /// <param name="hyper">The hyperparameters beside the learning rate, which the function reads by <see cref="FunctionStep.Hyper"/>.</param>
    /// <param name="step">From one tensor's inputs to its update and its new slots.</param>
    /// <exception cref="ArgumentException">The name is empty, or the name of a slot or of a hyperparameter occurs twice.</exception>
    [OverloadResolutionPriority(1)]
    public TensorRule(string name, IEnumerable<SlotDeclaration> slots, IEnumerable<Hyperparameter> hyper, Func<TensorStep, TensorUpdate> step)
        : base(name, slots, hyper)
    {
        ArgumentNullException.ThrowIfNull(step);
        ofOne = step;
    }

    /// <summary>Makes a rule with hyperparameters from a function of one tensor, as F# writes its pairs.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The names of the slots, of the parameters' shapes, which begin at 0.</param>
    /// <param name="hyper">The hyperparameters beside the learning rate, which the function reads by <see cref="FunctionStep.Hyper"/>.</param>
    /// <param name="step">From one tensor's inputs to its update and its new slots.</param>
    /// <exception cref="ArgumentException">The name is empty, or the name of a slot or of a hyperparameter occurs twice.</exception>
    public TensorRule(string name, IEnumerable<string> slots, IEnumerable<Tuple<string, double>> hyper, Func<TensorStep, TensorUpdate> step)
        : this(name, Named(slots), Named(hyper), step)
    {
    }

    private TensorRule(string name, IEnumerable<SlotDeclaration> slots, IEnumerable<Hyperparameter> hyper, Func<TensorSteps, IEnumerable<TensorUpdate>> step)
        : base(name, slots, hyper)
    {
        ArgumentNullException.ThrowIfNull(step);
        ofAll = step;
    }

    /// <summary>Makes a rule from a function that sees all tensors at once: for sums and norms over all of them. Its state cannot be divided into parts (<see cref="Composition.NeedsWholeSet"/>).</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The slots, of any shape.</param>
    /// <param name="hyper">The hyperparameters beside the learning rate, which the function reads by <see cref="FunctionStep.Hyper"/>.</param>
    /// <param name="step">To an update for each tensor, usually by <see cref="TensorSteps.Each"/>.</param>
    /// <exception cref="ArgumentException">The name is empty, or the name of a slot or of a hyperparameter occurs twice.</exception>
    [OverloadResolutionPriority(1)]
    public static TensorRule OverAllTensors(string name, IEnumerable<SlotDeclaration> slots, IEnumerable<Hyperparameter> hyper, Func<TensorSteps, IEnumerable<TensorUpdate>> step) =>
        new(name, slots, hyper, step);

    /// <summary>Makes a rule from a function that sees all tensors at once, as F# writes its pairs.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The names of the slots, of the parameters' shapes, which begin at 0.</param>
    /// <param name="hyper">The hyperparameters beside the learning rate, which the function reads by <see cref="FunctionStep.Hyper"/>.</param>
    /// <param name="step">To an update for each tensor, usually by <see cref="TensorSteps.Each"/>.</param>
    /// <exception cref="ArgumentException">The name is empty, or the name of a slot or of a hyperparameter occurs twice.</exception>
    public static TensorRule OverAllTensors(string name, IEnumerable<string> slots, IEnumerable<Tuple<string, double>> hyper, Func<TensorSteps, IEnumerable<TensorUpdate>> step) =>
        new(name, Named(slots), Named(hyper), step);

    /// <summary>Makes a rule from a function that sees all tensors at once, with slots of the parameters' shapes that begin at 0.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The names of the slots.</param>
    /// <param name="step">To an update for each tensor, usually by <see cref="TensorSteps.Each"/>.</param>
    /// <exception cref="ArgumentException">The name is empty, or the name of a slot occurs twice.</exception>
    public static TensorRule OverAllTensors(string name, IEnumerable<string> slots, Func<TensorSteps, IEnumerable<TensorUpdate>> step) => new(name, Named(slots), [], step);

    /// <summary>A copy with another <see cref="FunctionRule.LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public TensorRule WithLearningRate(Schedule? value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="FunctionRule.LearningRate"/>, a number.</summary>
    /// <param name="value">The number.</param>
    public TensorRule WithLearningRate(double value) => this with { LearningRate = value };

    /// <summary>One of all tensors needs them in one place.</summary>
    public override Composition DeclareComposition() => ofAll is null ? Composition.Free : new() { NeedsWholeSet = true };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.ApplyToTensors(Slots.Count, Run);
    }

    /// <inheritdoc/>
    public bool Equals(TensorRule? other) => base.Equals(other) && (ofAll is null) == (other!.ofAll is null);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    private void Run<T>(TensorStepContext<T> context)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var source = new TensorSource<T>(context);
        try
        {
            if (ofOne is not null)
            {
                // One tensor's numbers at a time. Tensors of other parts of a state, or of other groups, have no elements here.
                foreach (int i in source.WithElements)
                {
                    var tensor = new TensorStep(this, context.Clock, source, i);
                    source.Write(Checked(ofOne(tensor), tensor), i);
                }

                return;
            }

            var all = new TensorSteps(this, context.Clock, source);
            TensorUpdate[] updates = [.. ofAll!(all) ?? throw NoUpdate()];
            if (updates.Length != all.Tensors.Count)
            {
                throw new InvalidOperationException(FormattableString.Invariant(
                    $"The function of the rule '{Name}' must return an update for each of the {all.Tensors.Count} tensors, in their order, returned {updates.Length}."));
            }

            foreach (var (i, update) in updates.Index())
            {
                Checked(update, all.Tensors[i]);
            }

            foreach (var update in updates)
            {
                source.Write(update, update.Step.Index);
            }
        }
        finally
        {
            source.End();
        }
    }

    private TensorUpdate Checked(TensorUpdate? update, TensorStep tensor) => update is null ? throw NoUpdate()
        : ReferenceEquals(update.Step, tensor) ? update
        : throw new InvalidOperationException($"The function of the rule '{Name}' must return for tensor '{tensor.Name}' the update that it made of it, t.Update(...), was one of '{update.Step.Name}'.");

    private InvalidOperationException NoUpdate() => new($"The function of the rule '{Name}' must return an update, was null.");
}
