namespace Optim;

/// <summary>How often a rule on the objective has evaluated it, and how often a search has failed, over all its steps: scalars that influence nothing.</summary>
internal static class SearchTally
{
    /// <summary>The scalar that counts searches without success.</summary>
    public const string FailuresName = "line_search_failures";

    private const string EvaluationsName = "func_evals";

    /// <summary>The scalars.</summary>
    public static IEnumerable<ScalarDeclaration> Scalars => [new(EvaluationsName) { IsTally = true }, new(FailuresName) { IsTally = true }];

    /// <summary>Adds what one step has taken.</summary>
    public static void Add<T>(TensorStepContext<T> context, double evaluations, double failures)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        context.SetScalar(EvaluationsName, context.Scalar(EvaluationsName) + evaluations);
        context.SetScalar(FailuresName, context.Scalar(FailuresName) + failures);
    }
}
