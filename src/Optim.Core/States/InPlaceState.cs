using System.Globalization;
using System.Numerics;
using Optim.LinearAlgebra;
using Optim.Tensors;
using Optim.Threading;

namespace Optim.Execution;

/// <summary>
/// A mutable state whose parameters and gradients are the application's own memory; slots and scalars are its own. A step gives the bits of
/// <see cref="Optimizer.Step{T}"/> on the same values. For facades: <c>InPlaceOptimizer</c> of Optim.CSharp is one.
/// </summary>
/// <remarks>
/// Elementwise rules work in place, and such a step allocates nothing after the first. Norms and sums, over all tensors or of each, are taken where the tensors lie. If a rule needs whole tensors otherwise
/// (matrices, noise, projections), the update, and the parameters if it asks for them, are copied into persistent flat buffers. Not thread-safe; a step may itself use several threads.
/// <para>
/// If a step throws, nothing has changed, except where it throws in the middle of writing: a formula of the application's, or an allocation that fails while a rule on whole tensors is at work. Then parameters and slots
/// may be half updated, <see cref="HasFailed"/> is true, and every call but <see cref="Load"/> and <see cref="Dispose"/> throws.
/// </para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe partial class InPlaceState<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SeparateMemory<T> tensors;
    private readonly Func<TensorSet<T>> gather;
    private readonly List<Stage<T>> stages = [];
    private readonly Job<SeparateTensors<T>> job = new();
    private Plan<T> plan;
    private StateNames names;
    private SlotBank<T> slots;
    private double[] scalars;
    private Engine engine = new(Environment.ProcessorCount);
    private int busy;

    // The state while the application's memory holds other values than its parameters.
    private OptimizerState<T>? besideEvaluation;
    private string? occupation;

    /// <summary>A state before its first step.</summary>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="layout">The tensors' names and shapes.</param>
    /// <param name="parameters">Each tensor's elements, in layout order; the list is copied, not the elements.</param>
    /// <param name="gradients">Each tensor's gradient, in the same order and of the same lengths.</param>
    /// <exception cref="ArgumentException">The rule's hyperparameters are inconsistent, the memory's length does not match the layout, or parameters share memory with each other or with gradients.</exception>
    public InPlaceState(Rule rule, Layout layout, IReadOnlyList<Memory<T>> parameters, IReadOnlyList<ReadOnlyMemory<T>> gradients)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradients);
        rule = rule.ForRunOn<T>(layout);
        Memory<T>[] ownParameters = [.. parameters];
        ReadOnlyMemory<T>[] ownGradients = [.. gradients];
        (Rule, Layout, tensors) = (rule, layout, new(layout, ownParameters, ownGradients));
        SharedMemory.Refuse<T>(layout, ownParameters, ownGradients);
        gather = tensors.FlatParameters;
        plan = new(layout, gather);
        names = StateNames.Of(rule);
        scalars = [.. rule.AllScalars().Select(scalar => scalar.Initial)];
        slots = SlotBank<T>.Initial(tensors.FlatParameters(), rule.DeclareSlots());
        tensors.EndStep();
        tensors.Release();
    }

    /// <summary>One part of a state, before its first step: the slots of the others are elsewhere, and so are their steps.</summary>
    /// <param name="partition">How the set is divided.</param>
    /// <param name="part">Which part this is, from 0.</param>
    /// <param name="parameters">The part's elements of each tensor, in layout order: as many as <see cref="StatePartition.LayoutOf"/> has.</param>
    /// <param name="gradients">Their gradients, in the same order and of the same lengths.</param>
    /// <param name="peers">The other parts, each of which takes the same steps at the same time.</param>
    /// <exception cref="ArgumentException">The memory's length does not match the part, or parameters share memory with each other or with gradients.</exception>
    public InPlaceState(
        StatePartition partition, int part, IReadOnlyList<Memory<T>> parameters, IReadOnlyList<ReadOnlyMemory<T>> gradients, IStepPeers peers)
        : this(StatePartition.Checked(partition).Rule, partition.LayoutOf(part), parameters, gradients)
    {
        ArgumentNullException.ThrowIfNull(peers);
        engine = engine with { Peers = peers, Firsts = partition.CutsTensors ? [.. Enumerable.Range(0, Layout.Count).Select(tensor => partition.RangeOf(part, tensor).Item1)] : null };
    }

    /// <summary>The rule that the next step follows.</summary>
    public Rule Rule { get; private set; }

    /// <summary>The parameters' names, shapes and offsets in a flat set.</summary>
    public Layout Layout { get; }

    /// <summary>The number of steps taken.</summary>
    public long StepCount { get; private set; }

    /// <summary>The numeric hyperparameters that the next step will use, by path; see <see cref="OptimizerState{T}.Hyperparameters"/>.</summary>
    public IReadOnlyDictionary<string, double> Hyperparameters => RuleTree.Values(Rule, StepCount, scalars);

    /// <summary>A scalar of the state between two steps, as the rule keeps it: <c>loss_scale</c>, <c>d</c>.</summary>
    /// <param name="name">Its name in <see cref="OptimizerState{T}.Scalars"/>.</param>
    /// <exception cref="KeyNotFoundException">The rule keeps no such scalar; the message lists those it keeps.</exception>
    public double Scalar(string name) => names.Scalars.Index().FirstOrDefault(scalar => scalar.Item == name, (Index: -1, Item: "")).Index is var i and >= 0
        ? scalars[i]
        : throw new KeyNotFoundException($"The state keeps no '{name}'; it keeps: {string.Join(", ", names.Scalars)}.");

    /// <summary>The maximum number of threads per step; small sets use fewer. The result has the same bits for any number. Default: one per processor.</summary>
    public int MaxThreads => engine.Threads;

    /// <summary>The backend that does the arithmetic; see <see cref="Optim.Backend"/>. Default <see cref="Backend.Simd"/>.</summary>
    public Backend Backend => engine.Backend;

    /// <summary>Whether <see cref="Dispose"/> was called.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Whether a step, or <see cref="Load"/>, threw after it had begun to write, so that parameters and slots may be half updated. <see cref="Load"/> ends this.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>One step with the current gradients.</summary>
    /// <param name="loss">The loss at the parameters, for rules that need it.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian diagonal, of this <see cref="Layout"/>, for rules that need it.</param>
    /// <param name="sparseIndices">Which elements have a gradient, for rules that need it: flat indices in each tensor, by its name. Null for all elements.</param>
    /// <exception cref="ArgumentException">The rule needs an input that is missing, or one does not match.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A schedule leaves its hyperparameter's range at this step.</exception>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public void Step(double? loss = null, TensorSet<T>? hessianDiagonal = null, IReadOnlyDictionary<string, IReadOnlyList<int>>? sparseIndices = null)
    {
        Enter();
        try
        {
            Advance(new StepInputs<T>(loss, hessianDiagonal, null, sparseIndices));
        }
        finally
        {
            EndStep();
        }
    }

    /// <summary>One step that leaves tensors out, which have no gradient this time: their values, slots and clock stay; see <see cref="Optimizer.StepWithout{T}"/>. Their gradients are not read.</summary>
    /// <param name="leftOut">The names of the tensors left out.</param>
    /// <param name="loss">The loss at the parameters, for rules that need it.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian diagonal, of this <see cref="Layout"/>, for rules that need it.</param>
    /// <param name="sparseIndices">Which elements have a gradient, for rules that need it: flat indices in each tensor, by its name. Null for all elements.</param>
    /// <exception cref="ArgumentException">There is no tensor of a name, or as <see cref="Step"/>.</exception>
    /// <exception cref="InvalidOperationException">The rule counts its steps and works on whole tensors, so that a tensor cannot have a clock of its own. Or another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public void StepWithout(
        IReadOnlyCollection<string> leftOut, double? loss = null, TensorSet<T>? hessianDiagonal = null, IReadOnlyDictionary<string, IReadOnlyList<int>>? sparseIndices = null)
    {
        var marks = StepInputs<T>.Marked(leftOut, Layout);
        Enter();
        try
        {
            Advance(new StepInputs<T>(loss, hessianDiagonal, null, sparseIndices, LeftOut: marks));
        }
        finally
        {
            EndStep();
        }
    }

    /// <summary>One step on an objective, for rules that evaluate it at several points (SAM, L-BFGS); any other rule evaluates it once.</summary>
    /// <param name="objective">Reads the parameters in place, writes the gradients, returns the loss. During the step the values may be those of a trial point.</param>
    /// <returns>The loss at the parameters before the step.</returns>
    /// <exception cref="InvalidOperationException">Another thread, or the objective itself, is within a call.</exception>
    public double StepOn(Func<double> objective) => StepOn(objective, static () => []);

    /// <summary>The same where some tensors may have no gradient: these are left out of the step, as by <see cref="StepWithout"/>.</summary>
    /// <param name="objective">Reads the parameters in place, writes the gradients, returns the loss. During the step the values may be those of a trial point.</param>
    /// <param name="leftOut">The names of the tensors left out; asked once, when the objective has been called for the first time.</param>
    /// <returns>The loss at the parameters before the step.</returns>
    /// <exception cref="ArgumentException">There is no tensor of a name.</exception>
    /// <exception cref="InvalidOperationException">As <see cref="StepWithout"/>.</exception>
    public double StepOn(Func<double> objective, Func<IReadOnlyCollection<string>> leftOut)
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(leftOut);
        Enter();
        bool done = false;
        try
        {
            double first = objective();
            Advance(new StepInputs<T>(first, Objective: Evaluate, LeftOut: StepInputs<T>.Marked(leftOut(), Layout)));
            done = true;
            return first;
        }
        finally
        {
            try
            {
                if (!done && !HasFailed && tensors.IsDisplaced)
                {
                    HasFailed = true;
                    tensors.Write(tensors.FlatParameters());
                    HasFailed = false;
                }
            }
            finally
            {
                EndStep();
            }
        }

        Tuple<double, TensorSet<T>> Evaluate(TensorSet<T> at)
        {
            tensors.Displace();
            tensors.Write(at);
            double loss = objective();
            return new(loss, tensors.NewGradient());
        }
    }

    /// <summary>Applies the gradients pending in an outermost <see cref="Accumulate"/>; does nothing if there are none. See <see cref="Optimizer.Flush{T}"/>.</summary>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public void Flush()
    {
        Enter();
        ReadOnlyMemory<T>[]? own = null;
        try
        {
            if (OptimizerState<T>.Gathered(Rule, StepCount) > 0)
            {
                own = tensors.ReplaceGradients([.. Layout.Select(shape => (ReadOnlyMemory<T>)new T[shape.Length])]);
                Advance(new(Flushes: true));
            }
        }
        finally
        {
            if (own is not null)
            {
                tensors.ReplaceGradients(own);
            }

            EndStep();
        }
    }

    /// <summary>Sets the maximum number of threads.</summary>
    /// <param name="maxThreads">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public void SetMaxThreads(int maxThreads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxThreads, 1);
        engine = engine.WithThreads(maxThreads);
    }

    /// <summary>Sets the backend.</summary>
    /// <param name="backend">The backend. Intel MKL is loaded if necessary.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such backend.</exception>
    /// <exception cref="InvalidOperationException">Intel MKL is needed and not available; the message has the reason.</exception>
    public void SetBackend(Backend backend) => engine = engine.WithBackend(backend);

    /// <summary>Stores slots in another format; see <see cref="OptimizerState{T}.WithSlotFormat"/>.</summary>
    /// <param name="format">The format.</param>
    /// <param name="names">Which slots; none for all that are laid out as the parameters.</param>
    /// <exception cref="ArgumentException">There is no slot of a name; the message lists those there are.</exception>
    public void SetSlotFormat(SlotFormat format, params string[] names)
    {
        Enter();
        try
        {
            var before = slots;
            slots = before.WithFormats(SlotFormats.After(format, names, this.names.Slots, before.Layouts.Span, Layout, before.Formats.Span));
            before.Release();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>A snapshot as an immutable state, including parameters, which later steps do not change. That of a part is a state of its own: a step of it asks no other part.</summary>
    public OptimizerState<T> Snapshot()
    {
        if (Volatile.Read(ref besideEvaluation) is { } state)
        {
            return state;
        }

        Enter();
        try
        {
            return Copied();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Calls a function while the application's memory holds the parameters for evaluating a model (<see cref="OptimizerState{T}.EvaluationParameters"/>); afterwards, even if it throws, that holds the parameters again.</summary>
    /// <typeparam name="TResult">What the function returns.</typeparam>
    /// <param name="function">Reads the parameters. It may not step or load; a <see cref="Snapshot"/> is that of the state before.</param>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public TResult AtEvaluationParameters<TResult>(Func<TResult> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        Enter();
        try
        {
            var before = Copied();
            var values = before.EvaluationParameters;
            tensors.RequireParametersReachable();
            Volatile.Write(ref occupation, "Until the function of AtEvaluationParameters returns, the arrays hold the evaluation parameters: a step would be lost.");
            Volatile.Write(ref besideEvaluation, before);
            try
            {
                tensors.Write(values);
                return function();
            }
            finally
            {
                HasFailed = true;
                tensors.Write(before.Parameters);
                HasFailed = false;
            }
        }
        finally
        {
            Volatile.Write(ref besideEvaluation, null);
            Volatile.Write(ref occupation, null);
            Leave();
        }
    }

    /// <summary>Continues from a state: its rule, step counter, slots, scalars and parameters, which are copied into the application's memory.</summary>
    /// <param name="state">The state; it stays valid.</param>
    /// <exception cref="ArgumentException">The state's parameters have another layout; the message names the tensor.</exception>
    public void Load(OptimizerState<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Enter(failedToo: true);
        try
        {
            StepInputs<T>.Require(state.Parameters, Layout, "state");
            var (before, copy, numbers, newPlan) = (slots, state.CopySlots(), state.AllScalars.ToArray(), new Plan<T>(Layout, gather));
            tensors.RequireParametersReachable();
            HasFailed = true;
            tensors.Write(state.Parameters);
            (Rule, StepCount, names, slots, scalars, plan) = (state.Rule, state.StepCount, state.Names, copy, numbers, newPlan);
            HasFailed = false;
            before.Release();
            tensors.Release();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Continues with another rule with the same slots and scalars, usually with other hyperparameters.</summary>
    /// <param name="rule">The rule.</param>
    /// <exception cref="ArgumentException">The rule keeps other slots or scalars, or its hyperparameters are inconsistent.</exception>
    public void Continue(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Enter();
        try
        {
            Rule = names.Fitting<T>(LateJoin.KeepingClocks(rule, Rule), Layout, slots.Layouts);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The global Euclidean norm of the gradients, as used by <see cref="ClipByGlobalNorm"/>.</summary>
    public double GradientNorm()
    {
        Enter();
        try
        {
            tensors.RequireReachable();
            return GlobalNorm.Of(tensors.Gradients, Layout, 2, Chunks.ThreadsFor(Layout.Length, engine.Threads), engine.Peers);
        }
        finally
        {
            EndStep();
        }
    }

    /// <summary>Releases the state's memory, not the application's.</summary>
    public void Dispose()
    {
        if (!IsDisposed)
        {
            Enter(failedToo: true);
            try
            {
                IsDisposed = true;
                slots.Release();
                tensors.Release();
            }
            finally
            {
                Leave();
            }
        }
    }
}
