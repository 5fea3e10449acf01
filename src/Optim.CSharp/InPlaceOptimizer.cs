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
/// Between steps the arrays are the application's: it may change them, and the next step goes on from what it finds. A step of a rule that goes element
/// by element (SGD, Adam, AdamW, Lion, most others, with any schedule) works where the arrays are and allocates nothing after the first. Rules that see
/// whole tensors (<see cref="ClipByGlobalNorm"/>, Muon, SAM, L-BFGS) gather the parameters and gradients into two buffers that are kept for the next step,
/// and allocate what their work needs.
/// </para>
/// <para>If a step throws, the arrays and the state are as before. Not safe for several threads at once; a step may itself use several.</para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class InPlaceOptimizer<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly InPlaceState<T> state;

    /// <summary>An optimizer before its first step.</summary>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="parameters">The parameters, in the order that norms and checkpoints see; their names must be unique, and they must not share memory.</param>
    /// <exception cref="ArgumentException">The rule's hyperparameters contradict each other, two parameters have the same name, or share memory.</exception>
    public InPlaceOptimizer(Rule rule, IEnumerable<Parameter<T>> parameters)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(parameters);
        Parameter<T>[] list = [.. parameters];
        foreach (var parameter in list)
        {
            ArgumentNullException.ThrowIfNull(parameter, nameof(parameters));
        }

        SharedMemory.Refuse(list);
        Parameters = list.AsReadOnly();
        state = new InPlaceState<T>(
            rule, Layout.OfSequence(list.Select(parameter => parameter.Shape)), Array.ConvertAll(list, parameter => parameter.Values),
            Array.ConvertAll(list, parameter => (ReadOnlyMemory<T>)parameter.Gradient));
    }

    /// <summary>The parameters, in order.</summary>
    public IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>The parameters' names, shapes and places in a flat set.</summary>
    public Layout Layout => state.Layout;

    /// <summary>The rule that the next step follows.</summary>
    public Rule Rule => state.Rule;

    /// <summary>The number of steps taken.</summary>
    public long StepCount => state.StepCount;

    /// <summary>Every number among the rule's hyperparameters that the next step will use, by path; see <see cref="OptimizerState{T}.Hyperparameters"/>.</summary>
    public IReadOnlyDictionary<string, double> Hyperparameters => state.Hyperparameters;

    /// <summary>The most threads a step uses, 1 or more; it uses fewer for small sets. The result has the same bits for any number. Default: one a processor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxThreads
    {
        get => state.MaxThreads;
        set => state.SetMaxThreads(value);
    }

    /// <summary>Who does the arithmetic; see <see cref="Optim.Backend"/>. Default <see cref="Backend.Simd"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such backend.</exception>
    /// <exception cref="InvalidOperationException">Intel MKL is needed and not there; the message has the reason.</exception>
    public Backend Backend
    {
        get => state.Backend;
        set => state.SetBackend(value);
    }

    /// <summary>Whether <see cref="Dispose"/> was called.</summary>
    public bool IsDisposed => state.IsDisposed;

    /// <summary>One step with the gradients as they are.</summary>
    /// <param name="loss">The loss at the parameters, for rules that ask for it.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian's diagonal, of this <see cref="Layout"/>, for rules that ask for it.</param>
    /// <param name="sparseIndices">Which elements carry a gradient, for rules that ask for it: flat positions in each parameter, by its name. All elements when null.</param>
    /// <exception cref="ArgumentException">The rule asks for an input that is missing, or one does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A schedule leaves its hyperparameter's range at this step.</exception>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn"/>, is within a call.</exception>
    public void Step(double? loss = null, TensorSet<T>? hessianDiagonal = null, IReadOnlyDictionary<string, IReadOnlyList<int>>? sparseIndices = null) =>
        state.Step(loss, hessianDiagonal, sparseIndices);

    /// <summary>One step on an objective, for rules that evaluate it at several points (SAM, L-BFGS); any other rule evaluates it once.</summary>
    /// <param name="objective">Reads the parameters' values, writes their gradients, returns the loss. During the step the values may be those of a trial point.</param>
    /// <returns>The loss at the parameters before the step.</returns>
    /// <exception cref="InvalidOperationException">Another thread, or the objective itself, is within a call.</exception>
    public double StepOn(Func<double> objective) => state.StepOn(objective);

    /// <summary>Steps on the gradients that an outermost <see cref="Accumulate"/> has gathered and not stepped on yet; nothing where there are none. See <see cref="Optimizer.Flush{T}"/>.</summary>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn"/>, is within a call.</exception>
    public void Flush() => state.Flush();

    /// <summary>Sets all gradients to 0.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in Parameters)
        {
            parameter.ClearGradient();
        }
    }

    /// <summary>The Euclidean norm of all gradients together, the one that <see cref="ClipByGlobalNorm"/> sees.</summary>
    public double GradientNorm() => state.GradientNorm();

    /// <summary>Goes on with another value of a hyperparameter; see <see cref="Optim.Rule.Adjust"/>.</summary>
    /// <param name="path">Where it is, or how that ends: <c>LearningRate</c>.</param>
    /// <param name="value">The value; a number or a schedule.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, it cannot have that value, or with it the rule would keep other slots or scalars.</exception>
    public void Adjust(string path, Schedule value) => Continue(Rule.Adjust(path, value));

    /// <summary>Goes on with another rule that keeps the same slots and scalars: other hyperparameters, usually.</summary>
    /// <param name="rule">The rule.</param>
    /// <exception cref="ArgumentException">The rule keeps other slots or scalars, or contradicts itself.</exception>
    public void Continue(Rule rule) => state.Continue(rule);

    /// <summary>Everything as an immutable state, parameters included, for saving, comparing, or going on functionally. Later steps do not touch it.</summary>
    public OptimizerState<T> Snapshot() => state.Snapshot();

    /// <summary>Goes on from a state: its rule, its step counter, its slots and scalars, and its parameters, which are written into the arrays.</summary>
    /// <param name="state">The state; it stays valid.</param>
    /// <exception cref="ArgumentException">The state's parameters have another layout; the message names the tensor.</exception>
    public void Load(OptimizerState<T> state) => this.state.Load(state);

    /// <summary>The parameters to evaluate a model with: for rules that keep averages, these; for others a copy of the parameters.</summary>
    public TensorSet<T> EvaluationParameters() => Snapshot().EvaluationParameters;

    /// <summary>Calls a function while the arrays hold <see cref="EvaluationParameters"/>; afterwards, also where it throws, they hold what they held before.</summary>
    /// <typeparam name="TResult">What the function returns.</typeparam>
    /// <param name="function">Reads the parameters' values.</param>
    public TResult AtEvaluationParameters<TResult>(Func<TResult> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        var before = Snapshot();
        Write(before.EvaluationParameters);
        try
        {
            return function();
        }
        finally
        {
            Write(before.Parameters);
        }

        void Write(TensorSet<T> values)
        {
            for (int i = 0; i < Parameters.Count; i++)
            {
                values[i].Span.CopyTo(Parameters[i].Values.Span);
            }
        }
    }

    /// <summary>Gives the state's memory back. The arrays stay as they are.</summary>
    public void Dispose() => state.Dispose();

    /// <summary>The rule and the number of steps.</summary>
    public override string ToString() => FormattableString.Invariant($"{Rule} after {StepCount} steps on {Layout}");
}

/// <summary>Makes optimizers of the parameters' type.</summary>
public static class InPlaceOptimizer
{
    /// <summary>An optimizer before its first step; see <see cref="InPlaceOptimizer{T}"/>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="parameters">The parameters, in order.</param>
    public static InPlaceOptimizer<T> Create<T>(Rule rule, params Parameter<T>[] parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => new(rule, parameters);
}
