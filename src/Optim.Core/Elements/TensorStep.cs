using MathNet.Numerics.LinearAlgebra;

namespace Optim;

/// <summary>The inputs of a <see cref="TensorRule"/>'s function: one step at one tensor, its numbers in double. Valid while the function runs.</summary>
public sealed class TensorStep : FunctionStep
{
    private readonly TensorSource source;
    private readonly Lazy<TensorValues> gradient, parameter;

    internal TensorStep(FunctionRule rule, long clock, TensorSource source, int tensor)
        : base(rule, clock, LossOf(rule, source))
    {
        this.source = source;
        Index = tensor;
        gradient = new(() => source.Update(Index));
        parameter = new(() => source.Parameter(Index));
    }

    /// <summary>The tensor's name.</summary>
    public string Name => Shape.Name;

    /// <summary>The tensor's name and dimensions.</summary>
    public TensorShape Shape => source.Layout[Index];

    /// <summary>The gradient, or the preceding rule's update.</summary>
    public TensorValues Gradient => gradient.Value;

    /// <summary>The parameters before this step.</summary>
    public TensorValues Parameter => parameter.Value;

    /// <summary>The gradient's Euclidean norm; another tensor's is its own <see cref="TensorValues.Norm"/>.</summary>
    public double Norm => Gradient.Norm;

    /// <summary>The gradient's mean.</summary>
    public double Mean => Gradient.Mean;

    /// <summary>The root of the mean square of the gradient.</summary>
    public double Rms => Gradient.Rms;

    internal int Index { get; }

    /// <summary>A slot before this step.</summary>
    /// <param name="slot">The name the rule declared.</param>
    /// <exception cref="KeyNotFoundException">The rule declares no such slot.</exception>
    public TensorValues this[string slot] => source.Slot(Rule.IndexOf(slot), Index);

    /// <summary>Sets the update: subtracted from the parameters, or passed to the next rule.</summary>
    /// <param name="values">The update, of the tensor's shape; each number is rounded once to the parameters' precision.</param>
    /// <exception cref="ArgumentException">It is of another shape.</exception>
    public TensorUpdate Update(TensorValues values)
    {
        Require(values, Shape, "The update");
        return new(this, values, []);
    }

    /// <summary>Sets the update to a matrix.</summary>
    /// <param name="matrix">The update.</param>
    /// <exception cref="ArgumentException">It is of another shape.</exception>
    public TensorUpdate Update(Matrix<double> matrix) => Update(TensorValues.Of(matrix));

    /// <summary>Sets the update to a vector.</summary>
    /// <param name="vector">The update.</param>
    /// <exception cref="ArgumentException">It is of another shape.</exception>
    public TensorUpdate Update(MathNet.Numerics.LinearAlgebra.Vector<double> vector) => Update(TensorValues.Of(vector));

    internal static Func<double> LossOf(FunctionRule rule, TensorSource source) => () => source.Loss
        ?? throw new ArgumentException($"{rule.Name} needs the loss at each step: Step(state, gradient, loss: ...).", "loss");

    internal TensorShape SlotShape(int slot) => source.SlotShape(slot, Index);

    internal int SlotOf(string slot) => Rule.IndexOf(slot);

    internal void Require(TensorValues values, TensorShape shape, string what)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (!values.HasShapeOf(shape.Dimensions))
        {
            throw new ArgumentException(
                $"{what} of the rule '{Rule.Name}' for tensor '{Name}' must have shape {TensorShape.Text(shape.Dimensions)}, had {TensorShape.Text([.. values.Dimensions])}.", nameof(values));
        }
    }
}

/// <summary>The result of a <see cref="TensorRule"/>'s function for one tensor: the update and the new slots. Immutable.</summary>
public sealed class TensorUpdate
{
    private readonly (int Slot, TensorValues Values)[] kept;

    internal TensorUpdate(TensorStep step, TensorValues values, (int Slot, TensorValues Values)[] kept)
    {
        Step = step;
        Values = values;
        this.kept = kept;
    }

    internal TensorStep Step { get; }

    internal TensorValues Values { get; }

    internal IReadOnlyList<(int Slot, TensorValues Values)> Kept => kept;

    /// <summary>The same with new values for a slot. Slots not mentioned keep their values.</summary>
    /// <param name="slot">The name the rule declared.</param>
    /// <param name="values">The values, of the slot's shape for this tensor.</param>
    /// <exception cref="KeyNotFoundException">The rule declares no such slot.</exception>
    /// <exception cref="ArgumentException">They are of another shape.</exception>
    public TensorUpdate Keep(string slot, TensorValues values)
    {
        int index = Step.SlotOf(slot);
        Step.Require(values, Step.SlotShape(index), $"Slot '{slot}'");
        return new(Step, Values, [.. kept.Where(other => other.Slot != index), (index, values)]);
    }

    /// <summary>The same with a new matrix for a slot.</summary>
    /// <param name="slot">The name the rule declared.</param>
    /// <param name="matrix">The matrix.</param>
    /// <exception cref="KeyNotFoundException">The rule declares no such slot.</exception>
    /// <exception cref="ArgumentException">It is of another shape.</exception>
    public TensorUpdate Keep(string slot, Matrix<double> matrix) => Keep(slot, TensorValues.Of(matrix));

    /// <summary>The same with a new vector for a slot.</summary>
    /// <param name="slot">The name the rule declared.</param>
    /// <param name="vector">The vector.</param>
    /// <exception cref="KeyNotFoundException">The rule declares no such slot.</exception>
    /// <exception cref="ArgumentException">It is of another shape.</exception>
    public TensorUpdate Keep(string slot, MathNet.Numerics.LinearAlgebra.Vector<double> vector) => Keep(slot, TensorValues.Of(vector));

    /// <summary>The same with one number in every element of a slot: for a slot that is a number for each tensor, that number.</summary>
    /// <param name="slot">The name the rule declared.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="KeyNotFoundException">The rule declares no such slot.</exception>
    public TensorUpdate Keep(string slot, double value)
    {
        var shape = Step.SlotShape(Step.SlotOf(slot));
        double[] values = new double[shape.Length];
        Array.Fill(values, value);
        return Keep(slot, new TensorValues(values, [.. shape.Dimensions]));
    }
}

/// <summary>The inputs of a <see cref="TensorRule"/>'s function that sees all tensors at once. Valid while the function runs.</summary>
public sealed class TensorSteps : FunctionStep
{
    private readonly TensorStep[] tensors;

    internal TensorSteps(FunctionRule rule, long clock, TensorSource source)
        : base(rule, clock, TensorStep.LossOf(rule, source)) =>
        tensors = [.. source.WithElements.Select(i => new TensorStep(rule, clock, source, i))];

    /// <summary>The tensors that have elements, in the order of the layout.</summary>
    public IReadOnlyList<TensorStep> Tensors => tensors.AsReadOnly();

    /// <summary>The Euclidean norm of the gradient over all tensors. It overflows or vanishes only where the result does.</summary>
    public double Norm => NormOf(t => t.Norm);

    /// <summary>The sum of a number for each tensor, in the order of the layout.</summary>
    /// <param name="number">From a tensor to its number: <c>t => t.Parameter.Dot(t.Gradient)</c>.</param>
    public double Sum(Func<TensorStep, double> number)
    {
        ArgumentNullException.ThrowIfNull(number);
        return tensors.Sum(number);
    }

    /// <summary>The root of the sum of squares of a number for each tensor: of norms, the norm over all. It overflows or vanishes only where the result does.</summary>
    /// <param name="number">From a tensor to its number: <c>t => t.Parameter.Norm</c>.</param>
    public double NormOf(Func<TensorStep, double> number)
    {
        ArgumentNullException.ThrowIfNull(number);
        return new TensorValues(Array.ConvertAll(tensors, t => number(t)), [tensors.Length]).Norm;
    }

    /// <summary>The result: an update for each tensor.</summary>
    /// <param name="update">From a tensor to its update.</param>
    public IEnumerable<TensorUpdate> Each(Func<TensorStep, TensorUpdate> update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return Array.AsReadOnly(Array.ConvertAll(tensors, t => update(t)));
    }
}
