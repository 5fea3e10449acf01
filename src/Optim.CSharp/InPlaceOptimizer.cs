using System.Numerics;
using Optim.Execution;

namespace Optim.CSharp;

/// <summary>An optimizer that owns its state and updates the application's own arrays in place; the same rules, and the same bits, as <see cref="Optimizer.Step{T}"/>.</summary>
/// <remarks>
/// <code>
/// var weights = Parameter.Of("weights", new float[64 * 32], 64, 32);
/// using var optimizer = InPlaceOptimizer.Create(new AdamW { LearningRate = 1e-3 }, weights);
/// WriteGradient(weights.Values.Span, weights.Gradient.Span);
/// optimizer.Step();
/// </code>
/// <para>
/// Between steps the arrays are the application's: it may change them, and the next step continues from their values. A step of an elementwise
/// rule (SGD, Adam, AdamW, Lion, most others, with any schedule, in groups or not) works in place and allocates nothing after the first. Norms, of all tensors
/// (<see cref="ClipByGlobalNorm"/>) or of each (<see cref="Lamb"/>, <see cref="Lars"/>), are taken where the arrays lie. What needs whole tensors otherwise (Muon, SAM, L-BFGS) copies the gradients, and the
/// parameters if it reads them all, into persistent buffers, and allocates its working memory.
/// </para>
/// <para>If a step throws, the arrays and the state do not change, except where it throws in the middle of writing: see <see cref="HasFailed"/>. Not thread-safe; a step may itself use several threads.</para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class InPlaceOptimizer<T> : ITrainedOptimizer<T>, IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly InPlaceState<T> state;

    /// <summary>An optimizer before its first step.</summary>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="parameters">The parameters, in the order used by norms and checkpoints; their names must be unique, and they must not share memory.</param>
    /// <exception cref="ArgumentException">The rule's hyperparameters are inconsistent, two parameters have the same name, or share memory.</exception>
    public InPlaceOptimizer(Rule rule, IEnumerable<Parameter<T>> parameters)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(parameters);
        Parameter<T>[] list = [.. parameters];
        foreach (var parameter in list)
        {
            ArgumentNullException.ThrowIfNull(parameter, nameof(parameters));
        }

        Parameters = list.AsReadOnly();
        state = new InPlaceState<T>(
            rule, Layout.OfSequence(list.Select(parameter => parameter.Shape)), Array.ConvertAll(list, parameter => parameter.Values),
            Array.ConvertAll(list, parameter => (ReadOnlyMemory<T>)parameter.Gradient));
    }

    /// <summary>The parameters, in order.</summary>
    public IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>The parameters' names, shapes and offsets in a flat set.</summary>
    public Layout Layout => state.Layout;

    /// <summary>The rule that the next step follows.</summary>
    public Rule Rule => state.Rule;

    /// <summary>The number of steps taken.</summary>
    public long StepCount => state.StepCount;

    /// <summary>The numeric hyperparameters that the next step will use, by path; see <see cref="OptimizerState{T}.Hyperparameters"/>.</summary>
    public IReadOnlyDictionary<string, double> Hyperparameters => state.Hyperparameters;

    /// <summary>A scalar that the rule keeps between steps; see <see cref="InPlaceState{T}.Scalar"/>.</summary>
    /// <param name="name">Its name in <see cref="OptimizerState{T}.Scalars"/>: <c>loss_scale</c>.</param>
    /// <exception cref="KeyNotFoundException">The rule keeps no such scalar.</exception>
    public double Scalar(string name) => state.Scalar(name);

    /// <summary>The maximum number of threads per step, 1 or more; small sets use fewer. The result has the same bits for any number. Default: one per processor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxThreads
    {
        get => state.MaxThreads;
        set => state.SetMaxThreads(value);
    }

    /// <summary>The backend that does the arithmetic; see <see cref="Optim.Backend"/>. Default <see cref="Backend.Simd"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such backend.</exception>
    /// <exception cref="InvalidOperationException">Intel MKL is needed and not available; the message has the reason.</exception>
    public Backend Backend
    {
        get => state.Backend;
        set => state.SetBackend(value);
    }

    /// <summary>Stores slots in another format: fewer bytes, with the same rule; see <see cref="OptimizerState{T}.WithSlotFormat"/>.</summary>
    /// <param name="format">The format.</param>
    /// <param name="names">Which slots, by name; none for all that are laid out as the parameters.</param>
    /// <exception cref="ArgumentException">There is no slot of a name.</exception>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public void SetSlotFormat(SlotFormat format, params string[] names) => state.SetSlotFormat(format, names);

    /// <summary>Whether <see cref="Dispose"/> was called.</summary>
    public bool IsDisposed => state.IsDisposed;

    /// <summary>Whether a step threw after it had begun to write (a formula of the application's, an allocation that failed while a rule on whole tensors was at work), so that arrays and state may be half updated. Every call but <see cref="Load"/> and <see cref="Dispose"/> throws then; <see cref="Load"/> ends this.</summary>
    public bool HasFailed => state.HasFailed;

    /// <summary>One step with the current gradients.</summary>
    /// <param name="loss">The loss at the parameters, for rules that need it.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian diagonal, of this <see cref="Layout"/>, for rules that need it.</param>
    /// <param name="sparseIndices">Which elements have a gradient, for rules that need it: flat indices in each parameter, by its name. Null for all elements.</param>
    /// <exception cref="ArgumentException">The rule needs an input that is missing, or one does not match.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A schedule leaves its hyperparameter's range at this step.</exception>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public void Step(double? loss = null, TensorSet<T>? hessianDiagonal = null, IReadOnlyDictionary<string, IReadOnlyList<int>>? sparseIndices = null) =>
        state.Step(loss, hessianDiagonal, sparseIndices);

    /// <summary>One step that leaves parameters out, which have no gradient this time: their values, slots and clock stay, weight decay included; see <see cref="Optimizer.StepWithout{T}"/>.</summary>
    /// <param name="leftOut">The names of the parameters left out; their gradients are not read.</param>
    /// <param name="loss">The loss at the parameters, for rules that need it.</param>
    /// <exception cref="ArgumentException">There is no parameter of a name, or as <see cref="Step"/>.</exception>
    /// <exception cref="InvalidOperationException">The rule counts its steps and works on whole tensors, so that a parameter cannot have a clock of its own. Or as <see cref="Step"/>.</exception>
    public void StepWithout(IReadOnlyCollection<string> leftOut, double? loss = null) => state.StepWithout(leftOut, loss);

    /// <summary>One step on an objective, for rules that evaluate it at several points (SAM, L-BFGS); any other rule evaluates it once.</summary>
    /// <param name="objective">Reads the parameters' values, writes their gradients, returns the loss. During the step the values may be those of a trial point.</param>
    /// <returns>The loss at the parameters before the step.</returns>
    /// <exception cref="InvalidOperationException">Another thread, or the objective itself, is within a call.</exception>
    public double StepOn(Func<double> objective) => state.StepOn(objective);

    /// <summary>The same where some parameters may have no gradient: these are left out of the step, as by <see cref="StepWithout"/>.</summary>
    /// <param name="objective">Reads the parameters' values, writes their gradients, returns the loss. During the step the values may be those of a trial point.</param>
    /// <param name="leftOut">The names of the parameters left out; asked once, when the objective has been called for the first time.</param>
    /// <returns>The loss at the parameters before the step.</returns>
    /// <exception cref="ArgumentException">There is no parameter of a name.</exception>
    /// <exception cref="InvalidOperationException">As <see cref="StepWithout"/>.</exception>
    public double StepOn(Func<double> objective, Func<IReadOnlyCollection<string>> leftOut) => state.StepOn(objective, leftOut);

    /// <summary>Applies the gradients pending in an outermost <see cref="Accumulate"/>; does nothing if there are none. See <see cref="Optimizer.Flush{T}"/>.</summary>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public void Flush() => state.Flush();

    /// <summary>Sets all gradients to 0.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in Parameters)
        {
            parameter.ClearGradient();
        }
    }

    /// <summary>The global Euclidean norm of the gradients, as used by <see cref="ClipByGlobalNorm"/>.</summary>
    public double GradientNorm() => state.GradientNorm();

    /// <summary>Continues with another value of a hyperparameter; see <see cref="Optim.Rule.Adjust(string, Schedule)"/>.</summary>
    /// <param name="path">Its path, or the end of it: <c>LearningRate</c>.</param>
    /// <param name="value">The value; a number or a schedule.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, the value is invalid, or with it the rule would have other slots or scalars.</exception>
    public void Adjust(string path, Schedule value) => Continue(Rule.Adjust(path, value));

    /// <summary>Continues with another number for a hyperparameter; see <see cref="Optim.Rule.Adjust(string, double)"/>.</summary>
    /// <param name="path">Its path, or the end of it: <c>LearningRate</c>.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, the value is invalid, or with it the rule would have other slots or scalars.</exception>
    public void Adjust(string path, double value) => Adjust(path, Schedule.Constant(value));

    /// <summary>Continues with another rule with the same slots and scalars, usually with other hyperparameters.</summary>
    /// <param name="rule">The rule.</param>
    /// <exception cref="ArgumentException">The rule keeps other slots or scalars, or its hyperparameters are inconsistent.</exception>
    public void Continue(Rule rule) => state.Continue(rule);

    /// <summary>A snapshot as an immutable state, including parameters, for saving, comparing, or continuing functionally. Later steps do not change it.</summary>
    public OptimizerState<T> Snapshot() => state.Snapshot();

    /// <summary>Continues from a state: its rule, step counter, slots, scalars and parameters, which are copied into the arrays.</summary>
    /// <param name="state">The state; it stays valid.</param>
    /// <exception cref="ArgumentException">The state's parameters have another layout; the message names the tensor.</exception>
    public void Load(OptimizerState<T> state) => this.state.Load(state);

    /// <summary>The parameters for evaluating a model: the averages of rules that keep them; for others a copy of the parameters.</summary>
    public TensorSet<T> EvaluationParameters() => Snapshot().EvaluationParameters;

    /// <summary>Calls a function while the arrays hold <see cref="EvaluationParameters"/>; afterwards, even if it throws, their previous values are restored.</summary>
    /// <typeparam name="TResult">What the function returns.</typeparam>
    /// <param name="function">Reads the parameters' values. It may not step, load or take a snapshot: a step's new parameters would be lost.</param>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public TResult AtEvaluationParameters<TResult>(Func<TResult> function) => state.AtEvaluationParameters(function);

    void ITrainedOptimizer<T>.Step(double? loss) => Step(loss);

    bool ITrainedOptimizer<T>.IsFinite() => Parameters.All(parameter => AllFinite(parameter.Values.Span));

    /// <summary>Releases the state's memory. The arrays are not changed.</summary>
    public void Dispose() => state.Dispose();

    /// <summary>The rule and the number of steps.</summary>
    public override string ToString() => FormattableString.Invariant($"{Rule} after {StepCount} steps on {Layout}");

    private static bool AllFinite(ReadOnlySpan<T> values)
    {
        foreach (var value in values)
        {
            if (!T.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Creates optimizers with an inferred type.</summary>
public static class InPlaceOptimizer
{
    /// <summary>An optimizer before its first step; see <see cref="InPlaceOptimizer{T}"/>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="parameters">The parameters, in order.</param>
    public static InPlaceOptimizer<T> Create<T>(Rule rule, params Parameter<T>[] parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => new(rule, parameters);
}
