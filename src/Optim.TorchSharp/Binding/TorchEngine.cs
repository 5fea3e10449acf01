using System.Numerics;
using Optim.CSharp;
using TorchSharp;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace Optim.TorchSharp;

/// <summary>An <see cref="InPlaceOptimizer{T}"/> on a module's tensors.</summary>
internal sealed partial class TorchEngine<T> : ITorchEngine
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly MissingGradient missing;
    private readonly Absent<T> absent = new();
    private readonly List<Binding<T>> bindings;
    private InPlaceOptimizer<T> optimizer;

    public TorchEngine(Rule rule, Func<IEnumerable<(string Name, TorchParameter Parameter)>> source, TensorSelector? tensors, MissingGradient missing)
    {
        (this.source, this.tensors, this.missing) = (source, tensors, missing);
        var all = source().ToList();
        bindings = [.. all.Where(IsTaken).Select(p => new Binding<T>(p.Name, p.Parameter, absent))];
        waiting = tensors is null ? [.. all.Where(p => !IsTaken(p))] : [];
        NativeMemoryOverlap.Refuse(bindings);
        optimizer = new(rule, bindings.Select(binding => binding.Parameter));
    }

    public Rule Rule => optimizer.Rule;

    public long StepCount => optimizer.StepCount;

    public int MaxThreads
    {
        get => optimizer.MaxThreads;
        set => optimizer.MaxThreads = value;
    }

    public Backend Backend
    {
        get => optimizer.Backend;
        set => optimizer.Backend = value;
    }

    public IReadOnlyDictionary<string, double> Hyperparameters => optimizer.Hyperparameters;

    public int InPlaceCount => bindings.Count(binding => binding.IsInPlace);

    public double Scalar(string name) => optimizer.Scalar(name);

    public void Adjust(string path, Schedule value) => optimizer.Adjust(path, value);

    public void Continue(Rule rule) => optimizer.Continue(rule);

    public void Step(double? loss)
    {
        using var none = torch.no_grad();
        BindValues();
        string[] leftOut = BindGradients();
        if (leftOut.Length == bindings.Count)
        {
            return;
        }

        if (leftOut.Length == 0)
        {
            optimizer.Step(loss);
            WriteBack();
            return;
        }

        optimizer.StepWithout(leftOut, loss);
        var resting = leftOut.ToHashSet(StringComparer.Ordinal);
        foreach (var binding in bindings.Where(binding => !resting.Contains(binding.Name)))
        {
            binding.WriteBack();
        }
    }

    public torch.Tensor StepOn(Func<torch.Tensor> closure)
    {
        torch.Tensor? first = null;
        string[] leftOut = [];
        using (torch.no_grad())
        {
            BindValues();
        }

        try
        {
            optimizer.StepOn(Evaluate, () => leftOut);
        }
        finally
        {
            using var none = torch.no_grad();
            WriteBack();
        }

        return first!;

        double Evaluate()
        {
            if (first is not null)
            {
                // The trial point, for tensors that do not lie where the step works.
                using var none = torch.no_grad();
                WriteBack();
            }

            torch.Tensor loss;
            using (torch.enable_grad())
            {
                loss = closure();
            }

            using var noGradient = torch.no_grad();
            string[] without = BindGradients();
            using var exact = loss.to(torch.ScalarType.Float64, torch.CPU);
            double value = exact.item<double>();
            if (first is not null)
            {
                loss.Dispose();
                return value;
            }

            (first, leftOut) = (loss, without);
            return leftOut.Length < bindings.Count || bindings.Count == 0
                ? value
                : throw new InvalidOperationException("The closure must compute the gradients, by loss.backward(); no parameter has one.");
        }
    }

    public void Flush()
    {
        using var none = torch.no_grad();
        BindValues();
        optimizer.Flush();
        WriteBack();
    }

    public void ClearGradients(bool setToNone)
    {
        FindDisposed();
        foreach (var binding in bindings)
        {
            binding.ClearGradient(setToNone);
        }
    }

    public double GradientNorm()
    {
        using var none = torch.no_grad();
        BindValues();
        BindGradients(mayMiss: true);
        return optimizer.GradientNorm();
    }

    public TResult Evaluate<TResult>(Func<TResult> function)
    {
        using (torch.no_grad())
        {
            BindValues();
        }

        try
        {
            return optimizer.AtEvaluationParameters(() =>
            {
                using (torch.no_grad())
                {
                    WriteBack();
                }

                return function();
            });
        }
        finally
        {
            using var none = torch.no_grad();
            WriteBack();
        }
    }

    public void Dispose()
    {
        optimizer.Dispose();
        bindings.ForEach(binding => binding.Dispose());
    }

    private void BindValues()
    {
        FindDisposed();
        TakeThoseThatRequireGradientsNow();
        bindings.ForEach(binding => binding.BindValues());
    }

    /// <summary>Finds the gradients.</summary>
    /// <returns>The parameters that have none and are left out.</returns>
    private string[] BindGradients(bool mayMiss = false)
    {
        var without = bindings.Where(binding => !binding.BindGradient()).ToList();
        if (without.Count > 0 && FindReplaced(without))
        {
            without.ForEach(binding => binding.BindValues());
            without.RemoveAll(binding => binding.BindGradient());
        }

        if (without.Count == 0 || mayMiss || missing == MissingGradient.Zero)
        {
            return [];
        }

        return missing == MissingGradient.Skip
            ? [.. without.Select(binding => binding.Name)]
            : throw new InvalidOperationException($"Parameter '{without[0].Name}' must have a gradient, has none: it took no part in the loss, or backward() was not called.");
    }

    private void WriteBack() => bindings.ForEach(binding => binding.WriteBack());
}
