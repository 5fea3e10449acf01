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
                string name = result.Tokens[0].Value;
                if (!Names.TryGetValue(name, out var backend))
                {
                    result.AddError($"--backend must be one of {string.Join(", ", Names.Keys)}, was {name}.");
                }
                else if (backend != Backend.Simd && !Acceleration.Mkl.IsAvailable)
                {
                    result.AddError($"--backend {name} needs Intel MKL. {Acceleration.Mkl.Reason}");
                }

                return backend;
            },
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. Names.Keys]);
        return option;
    }
}
