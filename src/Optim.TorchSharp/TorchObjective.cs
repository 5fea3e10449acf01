using System.Numerics;
using TorchSharp;

namespace Optim.TorchSharp;

/// <summary>A module's loss and gradient, by autograd, as functions of its parameters: for folds, <see cref="Optimizer.StepOn"/>, <see cref="Optimizer.Minimize"/>, <see cref="GradientCheck"/> and everything else that takes an objective.</summary>
public static class TorchObjective
{
    /// <summary>The objective on each batch, in float.</summary>
    /// <typeparam name="TBatch">What the loss is computed of.</typeparam>
    /// <param name="module">The module. It is what the loss is computed with, and is left with the parameters of the last evaluation.</param>
    /// <param name="loss">From a batch to the loss at the module's parameters: one number, which <c>backward()</c> can be called on.</param>
    public static TorchObjective<float, TBatch> Of<TBatch>(torch.nn.Module module, Func<TBatch, torch.Tensor> loss) => new(module, loss);

    /// <summary>The objective on all data, in float: from parameters to the loss and its gradient.</summary>
    /// <param name="module">The module.</param>
    /// <param name="loss">The loss at the module's parameters: one number.</param>
    public static Func<TensorSet<float>, Tuple<double, TensorSet<float>>> Of(torch.nn.Module module, Func<torch.Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return new TorchObjective<float, Func<torch.Tensor>>(module, evaluate => evaluate()).At(loss);
    }

    /// <summary>The objective on each batch, in double; the module computes in the type it has (<c>module.to(torch.float64)</c>).</summary>
    /// <typeparam name="TBatch">What the loss is computed of.</typeparam>
    /// <param name="module">The module.</param>
    /// <param name="loss">From a batch to the loss at the module's parameters: one number.</param>
    public static TorchObjective<double, TBatch> InDouble<TBatch>(torch.nn.Module module, Func<TBatch, torch.Tensor> loss) => new(module, loss);

    /// <summary>The objective on all data, in double: from parameters to the loss and its gradient.</summary>
    /// <param name="module">The module.</param>
    /// <param name="loss">The loss at the module's parameters: one number.</param>
    public static Func<TensorSet<double>, Tuple<double, TensorSet<double>>> InDouble(torch.nn.Module module, Func<torch.Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return new TorchObjective<double, Func<torch.Tensor>>(module, evaluate => evaluate()).At(loss);
    }
}

/// <summary>A module's loss and gradient on each batch, as functions of its parameters; see <see cref="TorchObjective"/>.</summary>
/// <remarks>
/// <code>
/// var objective = TorchObjective.Of(model, (Batch batch) => cross_entropy(model.call(batch.X), batch.Y));
/// var state = Optimizer.Init(new AdamW(), objective.Parameters());
/// foreach (var batch in batches)
/// {
///     (state, _) = Optimizer.StepOn(state, objective.At(batch));
/// }
/// </code>
/// <para>
/// The functions are pure as far as the loss is: dropout draws other numbers each time, and batch normalization changes its running means as in any forward pass; <c>module.eval()</c> stops both. A parameter that takes no part in the
/// loss has a gradient of 0. Several threads may call: they take turns, as there is one module. Parameters are those that required a gradient when the objective was made.
/// </para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <typeparam name="TBatch">What the loss is computed of.</typeparam>
public sealed class TorchObjective<T, TBatch>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly torch.nn.Module module;
    private readonly Func<TBatch, torch.Tensor> loss;
    private readonly Lock turn;

    internal TorchObjective(torch.nn.Module module, Func<TBatch, torch.Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(loss);
        (this.module, this.loss) = (module, loss);
        Layout = TorchParameters.LayoutOf(TorchParameters.Trained(module));
        turn = ModuleTurn.Of(module);
    }

    /// <summary>The parameters' names and shapes.</summary>
    public Layout Layout { get; }

    /// <summary>A copy of the parameters that the module has now: where to begin.</summary>
    public TensorSet<T> Parameters()
    {
        using var mine = turn.EnterScope();
        return TorchParameters.Read<T>(module);
    }

    /// <summary>The objective on one batch: from parameters to the loss and its gradient.</summary>
    /// <param name="batch">The batch.</param>
    public Func<TensorSet<T>, Tuple<double, TensorSet<T>>> At(TBatch batch) => parameters =>
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using var mine = turn.EnterScope();
        using var scope = torch.NewDisposeScope();
        var list = Named(parameters.Layout);
        TorchParameters.Write(list, parameters);
        foreach (var (_, parameter) in list)
        {
            parameter.grad = null;
        }

        double value;
        using (torch.enable_grad())
        {
            var result = loss(batch);
            result.backward();
            value = result.detach().to(torch.ScalarType.Float64, torch.CPU).item<double>();
        }

        return Tuple.Create(value, TensorSet.Create<T>(Layout, (span, layout) =>
        {
            using var none = torch.no_grad();
            for (int i = 0; i < list.Length; i++)
            {
                using var gradient = list[i].Parameter.grad;
                if (gradient is not null)
                {
                    TorchParameters.Read(gradient, span.Slice(layout.OffsetOf(i), layout[i].Length));
                }
            }
        }));
    };

    private (string Name, global::TorchSharp.Modules.Parameter Parameter)[] Named(Layout given)
    {
        if (!given.Equals(Layout))
        {
            throw new ArgumentException($"The parameters must have the module's layout, {Layout}, had {given}.", nameof(given));
        }

        var now = module.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        return [.. Layout.Select(shape => (shape.Name, now[shape.Name]))];
    }
}
