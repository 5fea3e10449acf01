using System.Numerics;
using Optim.CSharp;

namespace Optim.Distributed;

/// <summary>The gradients of an application's parameters as one vector.</summary>
internal static class Gradients
{
    public static void Collect<T>(IReadOnlyList<Parameter<T>> parameters, Layout layout, Span<T> vector)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            parameters[i].Gradient.Span.CopyTo(vector.Slice(layout.OffsetOf(i), layout[i].Length));
        }
    }

    /// <summary>Evaluates this rank's shards of a batch, and adds them; what the objective throws ends all ranks.</summary>
    public static void AddShards<T>(ShardSum<T> sum, int items, Func<Shard, double> objective, IReadOnlyList<Parameter<T>> parameters, Layout layout, T[] vector)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        sum.Own(() =>
        {
            foreach (var shard in sum.Begin(items))
            {
                double loss = 0;
                if (shard.Count > 0)
                {
                    loss = objective(shard);
                    Collect(parameters, layout, vector);
                }

                sum.Add(shard, shard.Count == 0 ? [] : vector.AsSpan(), loss);
            }
        });
    }

    public static void Spread<T>(ReadOnlySpan<T> vector, IReadOnlyList<Parameter<T>> parameters, Layout layout)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            vector.Slice(layout.OffsetOf(i), layout[i].Length).CopyTo(parameters[i].Gradient.Span);
        }
    }
}
