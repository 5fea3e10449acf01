using System.Numerics;

namespace Optim.TorchSharp;

/// <summary>Refuses parameters that share native memory: of two updates of an element one would be lost. Parameters that are one tensor (tied weights) are one parameter, and never come here twice.</summary>
internal static class NativeMemoryOverlap
{
    /// <exception cref="ArgumentException">Two parameters share elements; the message has their names.</exception>
    public static unsafe void Refuse<T>(IEnumerable<Binding<T>> bindings)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var ordered = bindings.Where(binding => binding.Address != 0 && binding.Parameter.Shape.Length > 0).OrderBy(binding => binding.Address).ToList();
        for (int i = 1; i < ordered.Count; i++)
        {
            var (one, other) = (ordered[i - 1], ordered[i]);
            if (one.Address + ((nint)one.Parameter.Shape.Length * sizeof(T)) > other.Address)
            {
                throw new ArgumentException(
                    $"Parameters must not share memory; '{one.Name}' and '{other.Name}' do. Weights that are tied must be one Parameter in both modules.", nameof(bindings));
            }
        }
    }
}
