using System.Numerics;
using Optim.CSharp;
using TorchSharp;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace Optim.TorchSharp;

/// <summary>
/// One parameter of a module, as an optimizer sees it. Contiguous tensors in this process's memory and of the optimizer's own type are updated where they lie. All others (bfloat16, half, on
/// another device, not contiguous) have a master copy here, which libtorch copies to and fro.
/// </summary>
internal sealed unsafe class Binding<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly TorchMemory<T> values, gradient;
    private readonly int length;
    private readonly Absent<T> absent;
    private torch.Tensor? master, staged, nothing;

    public Binding(string name, TorchParameter tensor, Absent<T> absent)
    {
        ElementTypes.RequireFloatingPoint(name, tensor);
        (Name, Tensor, this.absent) = (name, tensor, absent);
        var shape = ElementTypes.ShapeOf(name, tensor);
        length = shape.Length;
        (values, gradient) = (new(length), new(length));
        BindValues();
        gradient.MoveTo(absent.Zeros(length));
        Parameter = new(shape, values.Memory, gradient.Memory);
    }

    public string Name { get; }

    public TorchParameter Tensor { get; private set; }

    public Parameter<T> Parameter { get; }

    /// <summary>Whether it is updated where the module has it.</summary>
    public bool IsInPlace => master is null;

    /// <summary>Where its values lie in the module; 0 where they do not lie here.</summary>
    public nint Address => IsInPlace ? (nint)values.Address : 0;

    /// <summary>Goes on with another tensor of the same name in the module.</summary>
    public void Replace(TorchParameter tensor)
    {
        ElementTypes.RequireFloatingPoint(Name, tensor);
        if (!tensor.shape.SequenceEqual(Parameter.Shape.Dimensions.Select(size => (long)size)))
        {
            throw new InvalidOperationException(
                $"Parameter '{Name}' must keep its shape while an optimizer has it, was {Parameter.Shape} and is now {ElementTypes.ShapeOf(Name, tensor)}: make a new optimizer.");
        }

        Tensor = tensor;
        nothing?.Dispose();
        nothing = null;
    }

    /// <summary>Before a step: where the values are now. A master learns what the application has changed.</summary>
    public void BindValues()
    {
        if (ElementTypes.LiesHere<T>(Tensor))
        {
            master?.Dispose();
            master = null;
            values.MoveTo(TorchMemory<T>.Of(Tensor));
            return;
        }

        if (master is null)
        {
            master = Tensor.detach().to(ElementTypes.Of<T>(), torch.CPU, copy: true).contiguous().DetachFromDisposeScope();
        }
        else if (Tensor.ElementSize < sizeof(T))
        {
            // The master has more digits than the module: it counts, unless the application has written something else there.
            using var rounded = master.to(Tensor.dtype, Tensor.device);
            using var alike = rounded.eq(Tensor);
            using var all = alike.all();
            if (!all.item<bool>())
            {
                master.copy_(Tensor);
            }
        }
        else
        {
            master.copy_(Tensor);
        }

        values.MoveTo(TorchMemory<T>.Of(master));
    }

    /// <summary>Before a step reads it: where the gradient is now. False where there is none.</summary>
    public bool BindGradient()
    {
        using var grad = Tensor.grad;
        if (grad is null)
        {
            gradient.MoveTo(absent.Zeros(length));
            return false;
        }

        if (!grad.is_sparse && ElementTypes.LiesHere<T>(grad))
        {
            // The module holds it.
            gradient.MoveTo(TorchMemory<T>.Of(grad));
            return true;
        }

        staged ??= torch.empty(Tensor.shape, ElementTypes.Of<T>(), torch.CPU).DetachFromDisposeScope();
        using var dense = grad.is_sparse ? grad.to_dense() : null;
        staged.copy_(dense ?? grad);
        gradient.MoveTo(TorchMemory<T>.Of(staged));
        return true;
    }

    /// <summary>After a step, and before the module is asked for the loss at a trial point.</summary>
    public void WriteBack()
    {
        if (master is not null)
        {
            Tensor.copy_(master);
            return;
        }

        // What was written past libtorch must count as an operation in place, or backward() on an older graph would be wrong rather than fail. An operation on no elements counts.
        nothing ??= Tensor.view(-1).narrow(0, 0, 0).DetachFromDisposeScope();
        nothing.zero_();
    }

    public void ClearGradient(bool setToNone)
    {
        if (setToNone)
        {
            Tensor.grad = null;
            return;
        }

        using var grad = Tensor.grad;
        grad?.zero_();
    }

    public void Dispose()
    {
        master?.Dispose();
        staged?.Dispose();
        nothing?.Dispose();
    }
}
