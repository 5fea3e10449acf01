using System.Numerics;
using Optim.Checkpoints;

namespace Optim.Properties.Checkpoints;

/// <summary>Checkpoints without a disk, and folders that go away.</summary>
internal static class InMemory
{
    public static byte[] Saved<T>(OptimizerState<T> state, bool saveRule = true)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (parts, metadata) = CheckpointContent.Of(state, saveRule, null, null);
        using MemoryStream stream = new();
        SafetensorsWriter.Write(stream, parts, metadata);
        return stream.ToArray();
    }

    public static OptimizerState<T> Loaded<T>(ReadOnlyMemory<byte> bytes, Rule? rule = null, IReadOnlyList<Rule>? ownRules = null, bool convert = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var file = Opened(bytes);
        return Checkpoint.LoadFrom<T>(file, rule, RuleContext.Of(ownRules ?? [], []), convert);
    }

    public static SafetensorsFile Opened(ReadOnlyMemory<byte> bytes) => SafetensorsFile.Of(ByteSource.Of(bytes), "memory");
}

/// <summary>A folder for one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("optim-");

    public string this[string name] => System.IO.Path.Combine(folder.FullName, name);

    public string Path => folder.FullName;

    public void Dispose() => folder.Delete(recursive: true);
}
