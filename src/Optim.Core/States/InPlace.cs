using System.Numerics;
using Optim.LinearAlgebra;
using Optim.Tensors;
using Optim.Threading;

namespace Optim.Execution;

/// <summary>
/// Steps on parameters and gradients that the application owns, wherever they lie; slots and scalars are its own. The bits are those of
/// <see cref="Optimizer.Step{T}"/> on the same values.
/// </summary>
/// <remarks>
/// Rules that go element by element work where the arrays are, and such a step allocates nothing once the first has been taken. Where a rule must see
/// whole tensors (norms, matrices, the objective), the step is the flat set's: parameters and gradients are gathered into buffers that are kept,
/// and the new parameters scattered. If a step throws, everything is as before. Not safe for several threads at once.
/// </remarks>
internal sealed unsafe class InPlace<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly Stage<T> Through = new Stage<T, PassThrough<T>>(default, 0);

    private readonly Memory<T>[] parameters;
    private readonly ReadOnlyMemory<T>[] current;
    private ReadOnlyMemory<T>[] gradients;
    private readonly Func<TensorSet<T>> gather;
    private readonly List<Stage<T>> stages = [];
    private readonly Job<Ranges<T>> job = new();
    private StageCache<T> cache = new();
    private Plan<T> plan;
    private StateNames names;
    private SlotBank<T> slots;
    private double[] scalars;
    private TensorSet<T>? flat;
    private TensorSet<T>? flatGradient;
    private Gathered gathered;

    /// <param name="rule">The rule.</param>
    /// <param name="layout">What the tensors are called, and their shapes.</param>
    /// <param name="parameters">Each tensor's elements.</param>
    /// <param name="gradients">Each tensor's gradient, in the same order and of the same lengths.</param>
    public InPlace(Rule rule, Layout layout, Memory<T>[] parameters, ReadOnlyMemory<T>[] gradients)
    {
        rule.Validate();
        rule.ValidateFor(layout);
        (Rule, Layout, this.parameters, this.gradients) = (rule, layout, parameters, gradients);
        current = Array.ConvertAll(parameters, memory => (ReadOnlyMemory<T>)memory);
        gather = Parameters;
        plan = new(layout, gather, cache);
        names = StateNames.Of(rule);
        scalars = [.. rule.AllScalars().Select(scalar => scalar.Initial)];
        slots = SlotBank<T>.Initial(Parameters(), rule.DeclareSlots());
        Forget();
        ReleaseBuffers();
    }

    public Rule Rule { get; private set; }

    public Layout Layout { get; }

    public long StepCount { get; private set; }

    /// <summary>What steps compute with.</summary>
    public Engine Engine { get; set; } = new(Environment.ProcessorCount);

    public IReadOnlyDictionary<string, double> Hyperparameters => RuleTree.Values(Rule, StepCount, scalars);

    /// <summary>One step with the gradients as they are.</summary>
    public void Step(in StepInputs<T> inputs)
    {
        try
        {
            Advance(inputs);
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>One step on an objective, which reads the parameters where they are, writes the gradients and returns the loss.</summary>
    public void StepOn(Func<double> objective)
    {
        bool done = false;
        try
        {
            Advance(new StepInputs<T>(objective(), Objective: Evaluate));
            done = true;
        }
        finally
        {
            if (!done && (gathered & Gathered.Displaced) != 0)
            {
                Scatter(flat!);
            }

            Forget();
        }

        Tuple<double, TensorSet<T>> Evaluate(TensorSet<T> at)
        {
            Parameters();
            Gradient();
            gathered |= Gathered.Displaced;
            Scatter(at);
            double loss = objective();
            var gradient = TensorSet.Uninitialized<T>(Layout);
            Gather(gradients, gradient.Writable);
            return new(loss, gradient);
        }
    }

    /// <summary>Steps on the gradients that have been gathered; see <see cref="Optimizer.Flush{T}"/>.</summary>
    public void Flush()
    {
        if (OptimizerState<T>.Gathered(Rule, StepCount) == 0)
        {
            return;
        }

        var own = gradients;
        gradients = [.. Layout.Select(shape => (ReadOnlyMemory<T>)new T[shape.Length])];
        try
        {
            Step(new(Flushes: true));
        }
        finally
        {
            gradients = own;
        }
    }

    /// <summary>Everything as a state of its own, which later steps do not touch.</summary>
    public OptimizerState<T> Snapshot()
    {
        var values = TensorSet.Uninitialized<T>(Layout);
        Gather(current, values.Writable);
        return OptimizerState<T>.Of(
            Rule, names, StepCount, values, SlotBank<T>.Copied([.. Enumerable.Range(0, slots.Count).Select(i => slots[i])]), [.. scalars], Engine);
    }

    /// <summary>Goes on from a state, its parameters included.</summary>
    public void Load(OptimizerState<T> state)
    {
        StepInputs<T>.Require(state.Parameters, Layout, "state");
        var copy = SlotBank<T>.Copied(state.AllSlots);
        Scatter(state.Parameters);
        slots.Release();
        (Rule, StepCount, names, slots, scalars) = (state.Rule, state.StepCount, state.Names, copy, state.AllScalars.ToArray());
        cache = new();
        plan = new(Layout, gather, cache);
    }

    /// <summary>Goes on with another rule that keeps the same slots and scalars.</summary>
    public void Continue(Rule rule)
    {
        names.RequireFit(rule, Layout, slots.LayoutOf);
        Rule = rule;
    }

    /// <summary>A norm of the gradients, the one that <see cref="ClipByGlobalNorm"/> sees.</summary>
    public double GradientNorm()
    {
        try
        {
            fixed (T* g = Gradient().Span)
            {
                return GlobalNorm.Of(g, Layout, 2, Chunks.ThreadsFor(Layout.Length, Engine.Threads));
            }
        }
        finally
        {
            Forget();
        }
    }

    public void Dispose()
    {
        slots.Release();
        ReleaseBuffers();
    }

    private void Advance(in StepInputs<T> inputs)
    {
        inputs.Check(Layout);
        OptimizerState<T>.RequireAnotherStep(StepCount);
        plan.Begin(StepCount, inputs, scalars);
        plan.PrepareState(Rule, slots.Count);
        if (plan.IsElementwise && (gathered & Gathered.Displaced) == 0)
        {
            SweepWhereTheyLie();
        }
        else
        {
            SweepGathered();
        }

        scalars = plan.NewScalars;
        StepCount = inputs.Flushes ? OptimizerState<T>.AfterFlush(Rule, StepCount) : StepCount + 1;
    }

    private void SweepWhereTheyLie()
    {
        stages.Clear();
        for (int i = 0; i < plan.Items.Count; i++)
        {
            Executor.Append(stages, (Stage<T>)plan.Items[i], cache);
        }

        if (stages.Count == 0)
        {
            stages.Add(Through);
        }

        T** table = stackalloc T*[slots.Count + 1];
        fixed (T* s = slots.Pinnable)
        {
            for (int slot = 0; slot < slots.Count; slot++)
            {
                table[slot] = slots.Pointer(slot, s);
            }

            Chunks.Run(
                new Ranges<T>(Layout, parameters, gradients, stages, table, Engine.Vectors<T>(), plan.PlacesParameters ? Ending.Placed : Ending.Parameters),
                (Layout.Length + Executor.ChunkLength - 1) / Executor.ChunkLength, Chunks.ThreadsFor(Layout.Length, Engine.Threads), job);
        }
    }

    private void SweepGathered()
    {
        var before = slots;
        (flat, slots) = Executor.Run(plan, Gradient(), Parameters(), before, donated: true, Engine);
        before.Release();
        Scatter(flat);
    }

    /// <summary>The parameters before this step, as one set.</summary>
    private TensorSet<T> Parameters() => Collected(Gathered.Parameters, ref flat);

    private TensorSet<T> Gradient() => Collected(Gathered.Gradient, ref flatGradient);

    private TensorSet<T> Collected(Gathered what, ref TensorSet<T>? buffer)
    {
        buffer ??= TensorSet.Uninitialized<T>(Layout);
        if ((gathered & what) == 0)
        {
            Gather(what == Gathered.Gradient ? gradients : current, buffer.Writable);
            gathered |= what;
        }

        return buffer;
    }

    private void Gather(ReadOnlyMemory<T>[] tensors, Span<T> set)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i].Span.CopyTo(set[Layout.OffsetOf(i)..]);
        }
    }

    private void Scatter(TensorSet<T> set)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            set.Span.Slice(Layout.OffsetOf(i), Layout[i].Length).CopyTo(parameters[i].Span);
        }
    }

    private void Forget() => gathered = Gathered.Nothing;

    private void ReleaseBuffers()
    {
        flat?.Storage.Release();
        flatGradient?.Storage.Release();
        (flat, flatGradient) = (null, null);
    }

    /// <summary>What of this step is in the buffers.</summary>
    [Flags]
    private enum Gathered
    {
        Nothing = 0,
        Parameters = 1,
        Gradient = 2,

        /// <summary>The arrays hold what the objective was asked for; the parameters are in the buffer.</summary>
        Displaced = 4,
    }
}
