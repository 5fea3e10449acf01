using System.Numerics;
using TorchSharp;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace Optim.TorchSharp;

/// <summary>A module's parameters as a set, and back. Those that require a gradient, by the names that <c>named_parameters()</c> gives them.</summary>
public static class TorchParameters
{
    /// <summary>A copy of a module's parameters.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; elements of other types are converted.</typeparam>
    /// <param name="module">The module.</param>
    /// <exception cref="ArgumentException">A parameter is not of a floating-point type.</exception>
    public static TensorSet<T> Read<T>(torch.nn.Module module)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var list = Trained(module);
        return TensorSet.Create<T>(LayoutOf(list), (span, layout) =>
        {
            using var none = torch.no_grad();
            for (int i = 0; i < list.Length; i++)
            {
                Read(list[i].Parameter, span.Slice(layout.OffsetOf(i), layout[i].Length));
            }
        });
    }

    /// <summary>Writes a set into a module, which counts as an operation in place.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; where the module has another type, elements are rounded to it.</typeparam>
    /// <param name="module">The module.</param>
    /// <param name="values">The values, of the module's layout.</param>
    /// <exception cref="ArgumentException">The set has other tensors than the module; the message names the first.</exception>
    public static void Write<T>(torch.nn.Module module, TensorSet<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(values);
        var list = Trained(module);
        if (LayoutOf(list).Except(values.Layout).FirstOrDefault() is { } missing || list.Length != values.Count)
        {
            throw new ArgumentException($"{nameof(values)} must have the module's parameters, {LayoutOf(list)}, had {values.Layout}.", nameof(values));
        }

        Write(list, values);
    }

    internal static (string Name, TorchParameter Parameter)[] Trained(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        (string Name, TorchParameter Parameter)[] list = [.. module.named_parameters().Where(p => p.parameter.requires_grad)];
        foreach (var (name, parameter) in list)
        {
            ElementTypes.RequireFloatingPoint(name, parameter);
        }

        return list;
    }

    internal static Layout LayoutOf(IEnumerable<(string Name, TorchParameter Parameter)> list) => Layout.OfSequence(list.Select(p => ElementTypes.ShapeOf(p.Name, p.Parameter)));

    internal static void Write<T>((string Name, TorchParameter Parameter)[] list, TensorSet<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var none = torch.no_grad();
        foreach (var (name, parameter) in list)
        {
            using var source = torch.empty(parameter.shape, ElementTypes.Of<T>());
            values[name].Span.CopyTo(TorchMemory<T>.SpanOf(source));
            parameter.copy_(source);
        }
    }

    /// <summary>Copies a tensor's elements, whatever its type and wherever it is.</summary>
    internal static void Read<T>(torch.Tensor tensor, Span<T> target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (ElementTypes.LiesHere<T>(tensor))
        {
            TorchMemory<T>.SpanOf(tensor).CopyTo(target);
            return;
        }

        using var dense = tensor.is_sparse ? tensor.to_dense() : tensor.alias();
        using var here = dense.detach().to(ElementTypes.Of<T>(), torch.CPU, copy: true);
        using var contiguous = here.contiguous();
        TorchMemory<T>.SpanOf(contiguous).CopyTo(target);
    }
}
