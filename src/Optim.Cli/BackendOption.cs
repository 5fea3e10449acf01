using System.CommandLine;

namespace Optim.Cli;

/// <summary><c>--backend</c>: the backend of a command's steps.</summary>
internal static class BackendOption
{
    private static readonly IReadOnlyDictionary<string, Backend> Names = new Dictionary<string, Backend>(StringComparer.OrdinalIgnoreCase)
    {
        ["simd"] = Backend.Simd, ["mkl-matrices"] = Backend.MklMatrices, ["mkl"] = Backend.Mkl,
    };

    public static Option<Backend> Create()
    {
        var option = new Option<Backend>("--backend")
        {
            Description = "The backend: simd (default; the same bits everywhere), mkl-matrices (Intel MKL for matrices only) or mkl (for vectors too).",
            CustomParser = result =>
            {
                if (Names.TryGetValue(result.Tokens[0].Value, out var backend))
                {
                    return backend;
                }

                result.AddError(Unknown(result.Tokens[0].Value));
                return default;
            },
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. Names.Keys]);
        return option;
    }

    /// <summary>All names.</summary>
    public static IEnumerable<string> KnownNames => Names.Keys;

    /// <summary>Finds a backend by name.</summary>
    /// <exception cref="FormatException">It is unknown, or not available.</exception>
    public static Backend Parse(string name) => Names.TryGetValue(name, out var backend) ? OnThisMachine(backend) : throw new FormatException(Unknown(name));

    /// <summary>
    /// A backend that a command is about to use. Not checked while parsing, so that the same command lines are valid on every machine.
    /// </summary>
    /// <exception cref="FormatException">It is not available.</exception>
    public static Backend OnThisMachine(Backend backend) => backend == Backend.Simd || Acceleration.Mkl.IsAvailable
        ? backend
        : throw new FormatException($"--backend {NameOf(backend)} needs Intel MKL. {Acceleration.Mkl.Reason}");

    /// <summary>The name of a backend.</summary>
    public static string NameOf(Backend backend) => Names.Single(pair => pair.Value == backend).Key;

    private static string Unknown(string name) => $"--backend must be one of {string.Join(", ", Names.Keys)}, was {name}.";
}
