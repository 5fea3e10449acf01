namespace Optim;

/// <summary>Optimizers with the hyperparameters and schedules of well-known papers, as rules.</summary>
/// <remarks>
/// A recipe is an ordinary rule: it can be read, compared, adjusted (<see cref="Rule.Adjust(string, Schedule)"/>) and chained. <see cref="RecipeRegistry"/> gives the source of
/// every number; <c>optim recipes</c> and docs/recipes.md show them. Steps are optimizer steps, not epochs or micro-batches.
/// If its steps are not given, the warmup is the paper's, or a tenth of the run if that is shorter (our choice). Warmups start at the
/// peak divided by their steps; papers whose code starts at 0 waste their first step.
/// </remarks>
public static partial class Recipes
{
    /// <summary>Biases and the parameters of normalisation layers, by the usual names: <c>*bias</c>, <c>*norm*</c>, <c>*Norm*</c>.</summary>
    /// <remarks>If yours have other names, pass your own selector: <c>TensorSelector.OfRank(0, 1)</c> selects them by shape.</remarks>
    public static TensorSelector BiasesAndNorms { get; } = TensorSelector.Named("*bias", "*norm*", "*Norm*").OrNone();

    private static Rule Excepting(Rule rule, TensorSelector? withoutDecay) =>
        TensorSelector.None.Equals(withoutDecay) ? rule : rule.NoDecayOn(withoutDecay ?? BiasesAndNorms);

    /// <summary>The requested warmup, else the paper's, at most a tenth of the run.</summary>
    private static long Warmup(long? warmupSteps, long usual, long totalSteps)
    {
        Constraint.CheckSteps(totalSteps, 1, nameof(totalSteps));
        if (warmupSteps is not { } asked)
        {
            return Math.Min(usual, totalSteps / 10);
        }

        return Constraint.CheckSteps(asked, 0, nameof(warmupSteps)) < totalSteps
            ? asked
            : throw new ArgumentOutOfRangeException(
                nameof(warmupSteps), FormattableString.Invariant($"{nameof(warmupSteps)} must be less than totalSteps, {totalSteps}, was {asked}."));
    }

    /// <summary>A fraction of the run, rounded down.</summary>
    private static long Part(long totalSteps, int numerator, int denominator) => (long)((Int128)totalSteps * numerator / denominator);
}
