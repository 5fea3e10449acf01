using System.Collections.ObjectModel;
using System.Numerics;
using Optim.Execution;

namespace Optim;

/// <summary>The optimizer step: from a state and a gradient to the next state. Pure; everything else builds on it.</summary>
public static class Optimizer
{
    /// <summary>The state before the first step.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="parameters">The initial parameters. They stay valid whatever happens to the state.</param>
    /// <exception cref="ArgumentException">The rule's hyperparameters are inconsistent, or a selector of the rule matches no tensor (<see cref="TensorSelector.OrNone"/>).</exception>
    public static OptimizerState<T> Init<T>(Rule rule, TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(parameters);
        return OptimizerState<T>.Initial(rule, parameters);
    }

    /// <summary>The state before the first step, for one vector of parameters.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="parameters">The parameters to start from; copied.</param>
    /// <exception cref="ArgumentException">The rule's hyperparameters are inconsistent.</exception>
    public static OptimizerState<T> Init<T>(Rule rule, MathNet.Numerics.LinearAlgebra.Vector<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Init(rule, TensorSet.Of(parameters));

    /// <summary>Restores a state from its saved parts.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="stepCount">The number of steps taken, 0 or more.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="slots">All of the rule's slots, by name, in the parameters' layout; no others.</param>
    /// <param name="scalars">All of the rule's scalars, by name; no others.</param>
    /// <exception cref="ArgumentException">A slot or scalar is missing, is not the rule's, or has another layout; the message lists them.</exception>
    public static OptimizerState<T> Restore<T>(
        Rule rule, long stepCount, TensorSet<T> parameters, IReadOnlyDictionary<string, TensorSet<T>> slots, IReadOnlyDictionary<string, double> scalars)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(scalars);
        return OptimizerState<T>.Restored(rule, stepCount, parameters, slots, scalars);
    }

    /// <summary>One step: the rule turns the gradient into an update, which is subtracted from the parameters.</summary>
    /// <remarks>
    /// The state and the gradient are not changed; a <see cref="OptimizerState{T}.Donate">donated</see> state is used up. If the step
    /// throws, nothing changes, not even a donated state.
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state before.</param>
    /// <param name="gradient">The gradient at the state's parameters, of the same layout. It may contain NaN or infinities, which propagate as documented for the rule.</param>
    /// <param name="loss">The loss at the state's parameters, for rules that need it.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian diagonal there, for rules that need it.</param>
    /// <param name="objective">From parameters to the loss and its gradient, for rules that evaluate it themselves (see <see cref="StepOn"/>). Its argument is valid until it returns.</param>
    /// <param name="sparseIndices">Which elements have a gradient, for rules that need it: flat indices in each tensor, by the tensor's name; a tensor not listed has none. Null for all elements.</param>
    /// <returns>The state after, and its parameters.</returns>
    /// <exception cref="ArgumentException">The layouts differ (the message names the tensor), or the rule needs an input that is missing.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A schedule leaves its hyperparameter's range at this step.</exception>
    /// <exception cref="InvalidOperationException">The state was donated to an earlier step.</exception>
    /// <exception cref="OverflowException">The state has taken <see cref="long.MaxValue"/> steps.</exception>
    public static Tuple<OptimizerState<T>, TensorSet<T>> Step<T>(
        OptimizerState<T> state, TensorSet<T> gradient, double? loss = null, TensorSet<T>? hessianDiagonal = null,
        Func<TensorSet<T>, Tuple<double, TensorSet<T>>>? objective = null, IReadOnlyDictionary<string, IReadOnlyList<int>>? sparseIndices = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradient);
        var next = state.Next(gradient, new(loss, hessianDiagonal, objective, sparseIndices));
        return new(next, next.Parameters);
    }

    /// <summary>One step that leaves tensors out, which have no gradient this time: their values, their slots and their clock stay as they are, weight decay included.</summary>
    /// <remarks>
    /// The others are stepped as if those left out were not there: a norm over all tensors, or any other quantity that is taken over all, is taken without them. Later, a tensor that was left out goes on as if the step had
    /// not been: what the rule counts, corrections of a bias above all, counts the steps that the tensor has taken (<see cref="LateTensors"/>); schedules, periods (<see cref="Lookahead"/>, <see cref="Accumulate"/>) and <see cref="OptimizerState{T}.StepCount"/> are the
    /// run's (so mu of a Schedule-Free rule, by which its average is found, must be a number). As PyTorch does with parameters whose <c>grad</c> is None. The state is copied; an
    /// <see cref="InPlaceState{T}"/> copies nothing where the rule works element by element.
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state before.</param>
    /// <param name="gradient">The gradient, of the state's layout; what it holds for tensors left out is not read by the rule.</param>
    /// <param name="leftOut">The names of the tensors left out; with none it is <see cref="Step{T}"/>.</param>
    /// <param name="loss">The loss at the state's parameters, for rules that need it.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian diagonal there, for rules that need it.</param>
    /// <param name="objective">From parameters, all of them, to the loss and its gradient, for rules that evaluate it themselves.</param>
    /// <param name="sparseIndices">Which elements have a gradient, for rules that need it.</param>
    /// <returns>The state after, and its parameters.</returns>
    /// <exception cref="ArgumentException">There is no tensor of a name; or as <see cref="Step{T}"/>.</exception>
    /// <exception cref="InvalidOperationException">The rule counts its steps and works on whole tensors, so that a tensor cannot have a clock of its own. Or the state was donated to an earlier step.</exception>
    public static Tuple<OptimizerState<T>, TensorSet<T>> StepWithout<T>(
        OptimizerState<T> state, TensorSet<T> gradient, IReadOnlyCollection<string> leftOut, double? loss = null, TensorSet<T>? hessianDiagonal = null,
        Func<TensorSet<T>, Tuple<double, TensorSet<T>>>? objective = null, IReadOnlyDictionary<string, IReadOnlyList<int>>? sparseIndices = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradient);
        var next = state.Next(gradient, new(loss, hessianDiagonal, objective, sparseIndices, LeftOut: StepInputs<T>.Marked(leftOut, state.Parameters.Layout)));
        return new(next, next.Parameters);
    }

    /// <summary>One step as by <see cref="Step{T}"/>, with a report; the state is the same to the bit.</summary>
    /// <remarks>
    /// A report costs several reads of the gradient and the parameters, memory of the size of the parameters, and for a donated state a copy of them; <see cref="Step{T}"/> costs none of that.
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state before.</param>
    /// <param name="gradient">The gradient at the state's parameters, of the same layout.</param>
    /// <param name="loss">The loss at the state's parameters, for rules that need it and for the report.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian diagonal there, for rules that need it.</param>
    /// <param name="objective">From parameters to the loss and its gradient, for rules that evaluate it themselves.</param>
    /// <param name="sparseIndices">Which elements have a gradient, for rules that need it.</param>
    /// <returns>The state after, its parameters, and the report.</returns>
    /// <exception cref="ArgumentException">The layouts differ (the message names the tensor), or the rule needs an input that is missing.</exception>
    /// <exception cref="InvalidOperationException">The state was donated to an earlier step.</exception>
    public static Tuple<OptimizerState<T>, TensorSet<T>, StepReport> StepWithReport<T>(
        OptimizerState<T> state, TensorSet<T> gradient, double? loss = null, TensorSet<T>? hessianDiagonal = null,
        Func<TensorSet<T>, Tuple<double, TensorSet<T>>>? objective = null, IReadOnlyDictionary<string, IReadOnlyList<int>>? sparseIndices = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradient);
        int threads = state.MaxThreads;
        var clips = new ClipRecord(state.Parameters.Length);
        var before = state.IsDonated ? state.Parameters.Copy() : state.Parameters;
        var rates = new OrderedDictionary<string, double>(state.Hyperparameters.Where(pair => RuleTree.IsLearningRate(pair.Key)), StringComparer.Ordinal);
        var begun = StepReport.OfGradient(gradient, threads);
        var next = state.Next(gradient, new(loss, hessianDiagonal, objective, sparseIndices, clips));
        var report = StepReport.Of(begun, before, next.Parameters, clips, threads) with
        {
            Step = next.StepCount, Loss = loss, LearningRates = new ReadOnlyDictionary<string, double>(rates),
        };
        return new(next, next.Parameters, report);
    }

    /// <summary>One step on an objective: evaluates it at the state's parameters, and steps with its gradient, its loss and the objective itself, for rules that evaluate it at other points too (SAM, L-BFGS).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state before.</param>
    /// <param name="objective">From parameters to the loss and its gradient. Its argument is valid until it returns; copy what you keep.</param>
    /// <returns>The state after, and its parameters.</returns>
    /// <exception cref="ArgumentException">The objective returns null, or a gradient of another layout.</exception>
    /// <exception cref="InvalidOperationException">The state was donated to an earlier step.</exception>
    public static Tuple<OptimizerState<T>, TensorSet<T>> StepOn<T>(
        OptimizerState<T> state, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(objective);
        var (loss, gradient) = StepInputs<T>.Checked(objective(state.Parameters), state.Parameters.Layout);
        return Step(state, gradient, loss, objective: objective);
    }

    /// <summary>Applies the gradients pending in an <see cref="Accumulate"/> or <see cref="AccumulateOnSchedule"/> that is outermost, or within <see cref="ApplyIfFinite"/> and <see cref="SkipLargeUpdates"/> alone, with their mean (or sum); does nothing if there are none.</summary>
    /// <remarks>
    /// For the end of an epoch, or of the data: <c>p = inner(p, s / n), s = 0</c>, n the number accumulated. <see cref="OptimizerState{T}.StepCount"/> advances to the next multiple of k, as if the missing
    /// gradients had been counted, so that the next gradient is again the first of k; that of <see cref="AccumulateOnSchedule"/> stays, its groups being counted apart. To an accumulation inside the outermost one the mean is a gradient like any other. Any other rule applies every gradient immediately and has nothing to flush.
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state before.</param>
    /// <returns>The state after, and its parameters; the state itself if nothing was pending.</returns>
    /// <exception cref="ArgumentException">The inner rule needs more than a gradient.</exception>
    /// <exception cref="InvalidOperationException">The state was donated to an earlier step.</exception>
    public static Tuple<OptimizerState<T>, TensorSet<T>> Flush<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Rule.PendingAt(state.StepCount, state.AllScalars).Gathered == 0)
        {
            return new(state, state.Parameters);
        }

        var next = state.Next(state.Parameters.Map(_ => T.Zero), new(Flushes: true));
        return new(next, next.Parameters);
    }

    /// <summary>One step per gradient; intermediate states are reused, the first is not.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state to begin with; it stays valid.</param>
    /// <param name="gradients">The gradients, in order.</param>
    /// <returns>The state after the last gradient.</returns>
    public static OptimizerState<T> Fold<T>(OptimizerState<T> state, IEnumerable<TensorSet<T>> gradients)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradients);
        var current = state;
        foreach (var gradient in gradients)
        {
            current = Step(Spent(current, state), gradient).Item1;
        }

        return current;
    }

    /// <summary>Several steps, each with the gradient at the current parameters; intermediate states are reused, the first is not.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state to begin with; it stays valid.</param>
    /// <param name="steps">The number of steps; 0 or more.</param>
    /// <param name="gradient">From the parameters to the gradient. Its argument is valid until it returns; copy what you keep.</param>
    /// <returns>The state after the last step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is negative.</exception>
    public static OptimizerState<T> Fold<T>(OptimizerState<T> state, long steps, Func<TensorSet<T>, TensorSet<T>> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        ArgumentNullException.ThrowIfNull(gradient);
        var current = state;
        for (long i = 0; i < steps; i++)
        {
            current = Step(Spent(current, state), gradient(current.Parameters)).Item1;
        }

        return current;
    }

    /// <summary>Every state of the run: the first, then one per gradient. All stay valid. Lazy.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state to begin with.</param>
    /// <param name="gradients">The gradients, in order.</param>
    public static IEnumerable<OptimizerState<T>> Scan<T>(OptimizerState<T> state, IEnumerable<TensorSet<T>> gradients)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradients);
        return States(state, gradients);

        static IEnumerable<OptimizerState<T>> States(OptimizerState<T> state, IEnumerable<TensorSet<T>> gradients)
        {
            yield return state;
            foreach (var gradient in gradients)
            {
                state = Step(state, gradient).Item1;
                yield return state;
            }
        }
    }

    /// <summary>Steps until a stopping condition holds. Non-convergence is a result, not an error.</summary>
    /// <remarks>
    /// The objective is a deterministic function of the parameters and is evaluated once at each point: the result is reused when a step has not moved, as between
    /// the steps of <see cref="Accumulate"/>, and when a rule has evaluated it before. (Of more points than fit into 32 MiB with their gradients, the latest and the lowest
    /// are kept.) For an objective with minibatches or noise, set <see cref="StopConditions.Stochastic"/>.
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="start">The parameters to start from.</param>
    /// <param name="objective">From the parameters to the loss and its gradient. Its argument is valid until it returns; copy what you keep.</param>
    /// <param name="stop">When to stop; the defaults when null.</param>
    /// <param name="onStep">Sees the run before each step and at its end; by cancelling <see cref="StopConditions.Cancellation"/> it ends it. None by default.</param>
    /// <returns>The last state, its loss and the reason for stopping.</returns>
    public static Minimization<T> Minimize<T>(
        Rule rule, TensorSet<T> start, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, StopConditions? stop = null, Action<MinimizationProgress<T>>? onStep = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(objective);
        return new Descent<T>(rule, start, objective, stop ?? new(), onStep).Run();
    }

    /// <summary>The state to step from: the caller's is kept, our own are reused.</summary>
    private static OptimizerState<T> Spent<T>(OptimizerState<T> current, OptimizerState<T> first)
        where T : unmanaged, IFloatingPointIeee754<T> => ReferenceEquals(current, first) ? current : current.Donate();
}
