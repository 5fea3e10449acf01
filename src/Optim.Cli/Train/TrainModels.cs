using System.Numerics;
using Optim.Cli.Training;

namespace Optim.Cli.Train;

/// <summary>The models there are by name, and the data they are for.</summary>
internal static class TrainModels
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["mlp"];

    /// <summary>The model of a name for some data.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static Model<T> Create<T>(string name, Dataset data, int threads)
        where T : unmanaged, IFloatingPointIeee754<T> => name.ToLowerInvariant() switch
        {
            "mlp" => (Model<T>)(object)Models.Digits,
            _ => throw new FormatException($"--model must be a known name, was '{name}'; {UnknownName.Hint(name, [.. Names])}"),
        };
}
