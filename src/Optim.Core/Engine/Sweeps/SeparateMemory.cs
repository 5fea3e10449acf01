using System.Globalization;
using System.Numerics;
using Optim.Tensors;

namespace Optim.Execution;

/// <summary>
/// Parameters and gradients that lie wherever their owner has them, tensor by tensor, and the flat copies of them that a step has asked for: sweeps, norms and sums need none, rules on matrices do.
/// </summary>
internal sealed unsafe class SeparateMemory<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Layout layout;
    private readonly ReadOnlyMemory<T>[] own;
    private ReadOnlyMemory<T>[] ownGradients;
    private FlatCopy parameterCopy, gradientCopy;
    private Storage<T>? updateBuffer;
    private IReadOnlyList<bool>? leftOut;

    public SeparateMemory(Layout layout, Memory<T>[] parameters, ReadOnlyMemory<T>[] gradients)
    {
        (this.layout, Targets, ownGradients) = (layout, parameters, gradients);
        Parameters = own = Array.ConvertAll(parameters, memory => (ReadOnlyMemory<T>)memory);
        Gradients = gradients;
        RequireLengths(own, nameof(parameters));
        RequireLengths(gradients, nameof(gradients));
    }

    /// <summary>Where new parameters are written.</summary>
    public Memory<T>[] Targets { get; }

    /// <summary>The parameters before the step.</summary>
    public ReadOnlyMemory<T>[] Parameters { get; private set; }

    /// <summary>The gradients of the step.</summary>
    public ReadOnlyMemory<T>[] Gradients { get; private set; }

    /// <summary>Whether the owner's memory holds a trial point of the objective, and the parameters and gradients of the step are in the flat copies.</summary>
    public bool IsDisplaced => Parameters != own;

    /// <summary>The parameters before the step as one set, valid until the step ends.</summary>
    public TensorSet<T> FlatParameters() => parameterCopy.Of(Parameters, layout, null);

    /// <summary>The gradients as one set, valid until the step ends; zeros of tensors left out.</summary>
    public TensorSet<T> FlatGradient() => gradientCopy.Of(Gradients, layout, leftOut);

    /// <summary>The parameters before the step, flat. The memory is pinned.</summary>
    public T* ParameterAddress() => FlatParameters().Storage.PinnedAddress;

    /// <summary>Memory for an update that must be whole. It is pinned.</summary>
    public T* UpdateBuffer() => (updateBuffer ??= Storage<T>.AllocatePinned(layout.Length)).PinnedAddress;

    /// <summary>Moves the step's parameters and gradients out of the way, so that the objective can be evaluated in the owner's memory.</summary>
    public void Displace()
    {
        if (!IsDisplaced)
        {
            FlatParameters();
            FlatGradient();
            (Parameters, Gradients) = (parameterCopy.Slices(layout), gradientCopy.Slices(layout));
        }
    }

    /// <summary>Until the step ends, no gradient of these tensors is read.</summary>
    public void LeaveOut(IReadOnlyList<bool>? tensors) => leftOut = tensors;

    /// <summary>The gradients that the objective has left in the owner's memory; zeros of tensors left out.</summary>
    public TensorSet<T> NewGradient()
    {
        var gradient = TensorSet.Uninitialized<T>(layout);
        Gather(ownGradients, layout, gradient.Writable, leftOut);
        return gradient;
    }

    /// <summary>The values in the owner's memory, as a set that later steps do not change.</summary>
    public TensorSet<T> Copied()
    {
        var values = TensorSet.Uninitialized<T>(layout);
        Gather(own, layout, values.Writable);
        return values;
    }

    /// <summary>Writes a set into the owner's memory.</summary>
    public void Write(TensorSet<T> set)
    {
        for (int i = 0; i < Targets.Length; i++)
        {
            set.Span.Slice(layout.OffsetOf(i), layout[i].Length).CopyTo(Targets[i].Span);
        }
    }

    /// <summary>Takes the gradients from elsewhere from now on.</summary>
    /// <returns>Where they were.</returns>
    public ReadOnlyMemory<T>[] ReplaceGradients(ReadOnlyMemory<T>[] gradients)
    {
        var before = ownGradients;
        Gradients = ownGradients = gradients;
        return before;
    }

    /// <summary>Asks each tensor's owner for its memory, so that one that is gone throws before anything is written.</summary>
    public void RequireReachable()
    {
        RequireParametersReachable();
        for (int i = 0; i < Gradients.Length; i++)
        {
            if (leftOut is null || !leftOut[i])
            {
                RequireReachable(Gradients[i], i);
            }
        }
    }

    /// <summary>As <see cref="RequireReachable()"/>, of the parameters alone.</summary>
    public void RequireParametersReachable()
    {
        for (int i = 0; i < own.Length; i++)
        {
            RequireReachable(own[i], i);
        }
    }

    /// <summary>Ends the step: the owner's memory counts again, and flat copies handed out are no longer valid.</summary>
    public void EndStep()
    {
        (Parameters, Gradients, leftOut) = (own, ownGradients, null);
        parameterCopy.Forget();
        gradientCopy.Forget();
    }

    public void Release()
    {
        parameterCopy.Release();
        gradientCopy.Release();
        updateBuffer?.Release();
        updateBuffer = null;
    }

    /// <summary>Copies tensors into a flat set, zeros in place of those left out.</summary>
    public static void Gather(ReadOnlyMemory<T>[] tensors, Layout layout, Span<T> set, IReadOnlyList<bool>? leftOut = null)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            if (leftOut is not null && leftOut[i])
            {
                set.Slice(layout.OffsetOf(i), layout[i].Length).Clear();
            }
            else
            {
                tensors[i].Span.CopyTo(set[layout.OffsetOf(i)..]);
            }
        }
    }

    private void RequireReachable(ReadOnlyMemory<T> tensor, int i)
    {
        int length = tensor.Span.Length;
        if (length != layout[i].Length)
        {
            throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"The memory of tensor '{layout[i].Name}' must have {layout[i].Length} elements, has {length} now."));
        }
    }

    private void RequireLengths(ReadOnlyMemory<T>[] tensors, string name)
    {
        if (tensors.Length != layout.Count)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} must be {layout.Count}, one for each tensor of {layout}, were {tensors.Length}."), name);
        }

        for (int i = 0; i < tensors.Length; i++)
        {
            if (tensors[i].Length != layout[i].Length)
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"{name} of tensor '{layout[i].Name}' must have {layout[i].Length} elements, had {tensors[i].Length}."), name);
            }
        }
    }

    /// <summary>A flat copy of tensors, made when it is first asked for; its memory is kept from step to step.</summary>
    private struct FlatCopy
    {
        private Storage<T>? storage;
        private TensorSet<T>? set;

        public TensorSet<T> Of(ReadOnlyMemory<T>[] tensors, Layout layout, IReadOnlyList<bool>? leftOut)
        {
            if (set is null)
            {
                storage ??= Storage<T>.AllocatePinned(layout.Length);
                var copy = new TensorSet<T>(layout, storage, storage.Origin);
                Gather(tensors, layout, copy.Writable, leftOut);
                set = copy;
            }

            return set;
        }

        public readonly ReadOnlyMemory<T>[] Slices(Layout layout)
        {
            var all = new ReadOnlyMemory<T>(storage!.Array, storage.Origin, layout.Length);
            return [.. Enumerable.Range(0, layout.Count).Select(i => all.Slice(layout.OffsetOf(i), layout[i].Length))];
        }

        public void Forget()
        {
            if (set is not null)
            {
                // Whoever kept the set must not read the next step's values in it.
                storage = storage!.Shared ? null : storage.HandOn();
                set = null;
            }
        }

        public void Release()
        {
            storage?.Release();
            (storage, set) = (null, null);
        }
    }
}
