using Optim.CSharp;
using TorchSharp;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace Optim.TorchSharp;

/// <content>Parameters that come, go and are replaced while the optimizer has them.</content>
internal sealed partial class TorchEngine<T>
{
    private readonly Func<IEnumerable<(string Name, TorchParameter Parameter)>> source;
    private readonly TensorSelector? tensors;
    private List<(string Name, TorchParameter Parameter)> waiting;

    public IEnumerable<TorchParameter> Parameters
    {
        get
        {
            FindDisposed();
            return bindings.Select(binding => binding.Tensor);
        }
    }

    /// <summary>Takes more parameters, by the rule it has or, where one is given, by a rule of their own.</summary>
    public void Add(IReadOnlyList<(string Name, TorchParameter Parameter)> parameters, Rule? rule)
    {
        var added = new List<Binding<T>>();
        try
        {
            using var none = torch.no_grad();
            BindValues();
            foreach (var (name, parameter) in parameters)
            {
                if (bindings.Concat(added).FirstOrDefault(binding => binding.Name == name || binding.Tensor.Handle == parameter.Handle) is { } known)
                {
                    throw new ArgumentException($"Parameter '{name}' must not be the optimizer's already; it has '{known.Name}'.", nameof(parameters));
                }

                added.Add(new(name, parameter, absent));
            }

            NativeMemoryOverlap.Refuse(bindings.Concat(added));
            var state = optimizer.Snapshot();
            var values = TensorSet.OfTensors([.. added.Select(binding => Tensor.OfSpan<T>(binding.Parameter.Shape, binding.Parameter.Values.Span))]);
            GoOn((rule is null ? state : ParameterGroups.WithGroup(state, [.. added.Select(binding => binding.Name)], rule)).AddTensors(values), added);
        }
        catch
        {
            added.ForEach(binding => binding.Dispose());
            throw;
        }

        waiting.RemoveAll(other => parameters.Any(p => p.Name == other.Name));
    }

    private void GoOn(OptimizerState<T> state, List<Binding<T>> added)
    {
        var next = new InPlaceOptimizer<T>(state.Rule, bindings.Concat(added).Select(binding => binding.Parameter)) { MaxThreads = MaxThreads, Backend = Backend };
        next.Load(state);
        optimizer.Dispose();
        optimizer = next;
        bindings.AddRange(added);
    }

    private bool IsTaken((string Name, TorchParameter Parameter) p) =>
        tensors is null ? p.Parameter.requires_grad : tensors.Takes(ElementTypes.ShapeOf(p.Name, p.Parameter));

    /// <summary>A module that changes its device or type disposes of its parameters and makes others: they are found again by name.</summary>
    private void FindDisposed()
    {
        if (bindings.Exists(binding => binding.Tensor.IsInvalid))
        {
            var now = Now();
            foreach (var binding in bindings)
            {
                binding.Replace(now.TryGetValue(binding.Name, out var parameter) && !parameter.IsInvalid
                    ? parameter
                    : throw new InvalidOperationException($"Parameter '{binding.Name}' has been disposed, and there is no other of that name in its place."));
            }
        }

        if (waiting.Exists(p => p.Parameter.IsInvalid))
        {
            var now = Now();
            waiting = [.. waiting.Where(p => now.TryGetValue(p.Name, out var parameter) && !parameter.IsInvalid).Select(p => (p.Name, now[p.Name]))];
        }
    }

    /// <summary>Whether some of the parameters, which have no gradient, are no longer the module's, which has others of their names.</summary>
    private bool FindReplaced(List<Binding<T>> without)
    {
        var now = Now();
        bool found = false;
        foreach (var binding in without)
        {
            if (now.TryGetValue(binding.Name, out var parameter) && parameter.Handle != binding.Tensor.Handle)
            {
                binding.Replace(parameter);
                found = true;
            }
        }

        return found;
    }

    private void TakeThoseThatRequireGradientsNow()
    {
        if (waiting.Count > 0 && waiting.FindAll(p => p.Parameter.requires_grad) is { Count: > 0 } moving)
        {
            waiting.RemoveAll(moving.Contains);
            try
            {
                Add(moving, rule: null);
            }
            catch
            {
                waiting.AddRange(moving);
                throw;
            }
        }
    }

    private Dictionary<string, TorchParameter> Now() => source().ToDictionary(p => p.Name, p => p.Parameter, StringComparer.Ordinal);
}
