using System.Numerics;
using Optim.Checkpoints;

namespace Optim;

/// <summary>Parameters, or any named tensors, as safetensors files: the format that PyTorch, NumPy, JAX and others read and write. For a whole optimizer state, see <see cref="Checkpoint"/>.</summary>
public static class Safetensors
{
    /// <summary>Writes a set of tensors, each under its name, as F32 or F64. The file is replaced atomically.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">Strings to store under <c>__metadata__</c>; none by default.</param>
    /// <exception cref="ArgumentException">A name is not valid Unicode, or is <c>__metadata__</c>.</exception>
    /// <exception cref="IOException">The disk is full or fails; the old file is unchanged.</exception>
    public static void Save<T>(string path, TensorSet<T> tensors, IReadOnlyDictionary<string, string>? metadata = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        SafetensorsPart[] parts = [.. tensors.Select(tensor => SafetensorsPart.Of(tensor.Name, tensor))];
        AtomicFile.Write(path, stream => SafetensorsWriter.Write(stream, parts, metadata ?? new Dictionary<string, string>()));
    }

    /// <summary>Reads every tensor of a file, whatever its type (see <see cref="SafetensorsFile.Read{T}"/>), in the order of the file's bytes or of a layout.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="layout">The exact names and shapes that the file must have; its own by default.</param>
    /// <exception cref="CheckpointException">It is not a valid safetensors file, or does not match; its <see cref="CheckpointException.Report"/> lists why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TensorSet<T> Load<T>(string path, Layout? layout = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var file = SafetensorsFile.Open(path);
        var reading = new TensorMatch(file, convert: true);
        layout ??= reading.LayoutOf(file.Tensors.Select(entry => (entry, entry.Name)));
        reading.Expect<T>(layout, "");
        reading.RequireAll();
        return reading.Read<T>(layout, "");
    }
}
