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

    /// <summary>Releases the state's memory, not the application's.</summary>
    public void Dispose()
    {
        Occupy();
        try
        {
            if (!IsDisposed)
            {
                IsDisposed = true;
                slots.Release();
                tensors.Release();
            }
        }
        finally
        {
            Leave();
        }
    }

    private void Enter(bool failedToo = false)
    {
        Occupy();

        // Not before: another thread may have disposed of it in between.
        bool isDisposed = IsDisposed;
        if (isDisposed || (HasFailed && !failedToo))
        {
            Leave();
            ObjectDisposedException.ThrowIf(isDisposed, this);
            throw new InvalidOperationException("An earlier step, or a call of Load, threw after it had begun to write: parameters and slots may be half updated. Load a state to continue.");
        }
    }

    private void Occupy()
    {
        if (Interlocked.Exchange(ref busy, 1) != 0)
        {
            throw new InvalidOperationException(Volatile.Read(ref occupation) ?? "The optimizer is within a step: another thread uses it, or the objective calls it.");
        }
    }

    private void Leave() => Volatile.Write(ref busy, 0);

    /// <summary>The end of all that reads the application's memory: whatever it throws, the state is free again.</summary>
    private void EndStep()
    {
        try
        {
            tensors.EndStep();
        }
        finally
        {
            Leave();
        }
    }
}
