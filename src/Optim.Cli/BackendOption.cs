using System.CommandLine;

namespace Optim.Cli;

/// <summary><c>--backend</c>: who does the arithmetic of a command's steps.</summary>
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
            Description = "Who does the arithmetic: simd (default; the same bits everywhere), mkl-matrices (Intel MKL for matrices alone) or mkl (for vectors too).",
            CustomParser = result =>
            {
                try
                {
                    return Parse(result.Tokens[0].Value);
                }
                catch (FormatException e)
                {
                    result.AddError(e.Message);
                    return default;
                }
            },
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. Names.Keys]);
        return option;
    }

    /// <summary>All names.</summary>
    public static IEnumerable<string> KnownNames => Names.Keys;

    /// <summary>The backend of a name.</summary>
    /// <exception cref="FormatException">There is none, or it needs what is not here.</exception>
    public static Backend Parse(string name) =>
        !Names.TryGetValue(name, out var backend) ? throw new FormatException($"--backend must be one of {string.Join(", ", Names.Keys)}, was {name}.")
        : backend != Backend.Simd && !Acceleration.Mkl.IsAvailable ? throw new FormatException($"--backend {name} needs Intel MKL. {Acceleration.Mkl.Reason}")
        : backend;

    /// <summary>The name of a backend.</summary>
    public static string NameOf(Backend backend) => Names.Single(pair => pair.Value == backend).Key;
}
