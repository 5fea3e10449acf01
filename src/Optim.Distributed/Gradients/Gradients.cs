using System.Numerics;
using Optim.CSharp;

namespace Optim.Distributed;

/// <summary>The gradients of an application's parameters, joined to one vector, of which a sum over shards is made.</summary>
internal sealed class Gradients<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ShardSum<T> sum;
    private readonly IReadOnlyList<Parameter<T>> parameters;
    private readonly Layout layout;
    private readonly bool[] added;
    private readonly EventHandler[] completed;
    private Shard shard;

    public Gradients(ShardSum<T> sum, IReadOnlyList<Parameter<T>> parameters, Layout layout)
    {
        (this.sum, this.parameters, this.layout, added) = (sum, parameters, layout, new bool[parameters.Count]);
        completed = [.. parameters.Select((_, i) => (EventHandler)((_, _) => Add(i)))];
    }

    /// <summary>Evaluates this rank's shards of a batch, and adds them: the gradients that the objective says are complete at once, the others when it has returned. What it throws ends all ranks.</summary>
    /// <param name="items">The number of the batch's items.</param>
    /// <param name="objective">From a shard to its mean loss; writes the gradients.</param>
    /// <param name="ends">As <see cref="ShardSum{T}.Begin"/>.</param>
    public void AddShards(int items, Func<Shard, double> objective, IReadOnlyList<int>? ends) => sum.Own(() =>
    {
        foreach (var next in sum.Begin(items, ends))
        {
            if (next.Count == 0)
            {
                sum.Add(next, []);
                continue;
            }

            shard = next;
            Array.Clear(added);
            double loss = Listening(objective);
            for (int i = parameters.Count - 1; i >= 0; i--)
            {
                if (!added[i])
                {
                    Add(i);
                }
            }

            sum.EndShard(shard, loss);
        }
    });

    /// <summary>Writes a vector into the parameters' gradients.</summary>
    public void Spread(ReadOnlySpan<T> vector)
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            vector.Slice(layout.OffsetOf(i), layout[i].Length).CopyTo(parameters[i].Gradient.Span);
        }
    }

    private double Listening(Func<Shard, double> objective)
    {
        for (int i = 0; i < completed.Length; i++)
        {
            parameters[i].GradientCompleted += completed[i];
        }

        try
        {
            return objective(shard);
        }
        finally
        {
            for (int i = 0; i < completed.Length; i++)
            {
                parameters[i].GradientCompleted -= completed[i];
            }
        }
    }

    private void Add(int parameter)
    {
        if (added[parameter])
        {
            throw new InvalidOperationException($"The gradient of '{parameters[parameter].Name}' was complete before in this evaluation: an objective calls {nameof(Parameter<T>.CompleteGradient)} once, when it does not change it again.");
        }

        added[parameter] = true;
        sum.AddPart(shard, layout.OffsetOf(parameter), parameters[parameter].Gradient.Span);
    }
}
